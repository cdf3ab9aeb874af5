"""Hidden checks of Lab 05: clipping by value, by norm and by global norm, and the training step
around it.

Parameters and gradients live in the student's process, since clipping edits them there: the checks
hold handles, and ask for the values after the student's function has run. Tolerances cover both m /
norm and PyTorch's m / (norm + 1e-6).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from autograder.checking import (
    Draw,
    Handle,
    Mismatch,
    Student,
    StudentError,
    advise,
    allows,
    assert_from_scratch,
    assert_matches,
    bonus,
    gate,
    points,
)

FORBIDDEN = ("torch.nn.utils",)

RTOL, ATOL = 1e-4, 1e-6
NOTHING = (
    "the gradients are longer than allowed, but after the call `.grad` holds what it held before"
)


@dataclass
class Laid:
    """A parameter in the student's process: handles of it and of its gradient, and the values that
    they had.
    """

    parameter: Handle
    gradient: Handle | None
    weight_before: torch.Tensor
    gradient_before: torch.Tensor | None


def lay(student: Student, gradients: Sequence[torch.Tensor | None]) -> list[Laid]:
    """One parameter for each gradient.

    None for a parameter that has none. Weights are known and far from 0.
    """
    laid = []
    for i, gradient in enumerate(gradients):
        shape = (3,) if gradient is None else tuple(gradient.shape)
        weight = 3.0 + i + 0.1 * torch.arange(float(torch.Size(shape).numel())).reshape(shape)
        parameter = student.put(weight.clone().requires_grad_())
        handle = None
        if gradient is not None:
            handle = student.put(gradient.clone())
            parameter.grad = handle
        laid.append(Laid(parameter, handle, weight, gradient))
    return laid


def handles(laid: Sequence[Laid]) -> list[Handle]:
    """What the student's functions are called with."""
    return [one.parameter for one in laid]


def assert_gradients(
    laid: Sequence[Laid], expected: Sequence[torch.Tensor | None], what: str
) -> None:
    """Every parameter's .grad has these values; None stays None."""
    for one, right in zip(laid, expected, strict=True):
        mine = one.parameter.grad
        if right is None:
            if mine is not None:
                raise Mismatch("a parameter whose gradient was None has a gradient now")
            continue
        assert_matches(mine, right, what, rtol=RTOL, atol=ATOL)


def assert_in_place(laid: Sequence[Laid]) -> None:
    """Each gradient has changed, and in the very tensor that was .grad before."""
    for one in laid:
        assert_changed(one)
        assert one.gradient is not None
        held, now = one.gradient.detach(), one.parameter.grad.detach()
        assert_matches(held, now, "the very tensor that was .grad before the call", rtol=0, atol=0)


def assert_weights_untouched(laid: Sequence[Laid]) -> None:
    """The weights are what they were."""
    for one in laid:
        assert_matches(
            one.parameter.detach(), one.weight_before, "the weight after the call", rtol=0, atol=0
        )


def assert_clips(student: Student, draw: Draw, name: str) -> None:
    """The function changes a gradient that is too long.

    A function that does nothing must not pass for a careful one.
    """
    laid = lay(student, [draw.uniform(draw.shape(1), 4.0, 9.0)])
    getattr(student, name)(handles(laid), 1.0)
    assert_changed(laid[0])


def assert_changed(one: Laid) -> None:
    """This gradient has changed, in one way or the other."""
    mine, before = one.parameter.grad, one.gradient_before
    if before is None or not isinstance(mine, torch.Tensor) or torch.equal(mine, before):
        raise Mismatch(NOTHING)


def assert_one_direction(laid: Sequence[Laid], what: str) -> None:
    """All gradients taken together point where they pointed before."""
    before = torch.cat(
        [one.gradient_before.flatten() for one in laid if one.gradient_before is not None]
    ).double()
    found = [one.parameter.grad for one in laid]
    if not all(isinstance(mine, torch.Tensor) for mine in found):
        raise Mismatch("a gradient is gone after the call")
    after = torch.cat([mine.detach().flatten() for mine in found]).double()
    if after.shape != before.shape or not bool(after.norm() > 0):
        raise Mismatch(f"{what} is gone after the call")
    assert_matches(
        after / after.norm(),
        before / before.norm(),
        f"the direction of {what}",
        rtol=RTOL,
        atol=1e-5,
    )


def generator(student: Student, laid: Sequence[Laid]) -> Handle:
    """The parameters as `module.parameters()` hands them out: walked through once, then empty."""
    module = student.get("nn").Module()
    for i, one in enumerate(laid):
        module.register_parameter(f"p{i}", one.parameter)
    parameters: Handle = module.parameters()
    return parameters


def as_parameters(student: Student, laid: list[Laid]) -> list[Laid]:
    """The same as nn.Parameters, which is what a module takes."""
    nn = student.get("nn")
    for one in laid:
        parameter = nn.kept("Parameter", one.weight_before.clone())
        if one.gradient is not None:
            parameter.grad = one.gradient
        one.parameter = parameter
    return laid


def total_norm(gradients: Sequence[torch.Tensor | None]) -> float:
    """The Euclidean norm over all of them."""
    return math.sqrt(sum(float(g.double().square().sum()) for g in gradients if g is not None))


def by_global_norm(
    gradients: Sequence[torch.Tensor | None], max_norm: float
) -> list[torch.Tensor | None]:
    """All gradients clipped by their common norm."""
    factor = min(1.0, max_norm / max(total_norm(gradients), 1e-30))
    return [None if g is None else g * factor for g in gradients]


def assorted(draw: Draw, scale: float = 1.0) -> list[torch.Tensor]:
    """Gradients of different shapes and very different lengths."""
    return [
        draw.normal(draw.shape(2), scale=3.0 * scale),
        draw.normal(draw.shape(1), scale=0.5 * scale),
        draw.normal((), scale=scale) + 2.0 * scale,
        draw.normal(draw.shape(3, 2, 4), scale=scale),
    ]


def as_number(found: object, what: str) -> float:
    """What came back as a number: a tensor of one element, or a number."""
    if isinstance(found, torch.Tensor) and found.numel() == 1:
        return float(found)
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        raise Mismatch(f"{what} should be a tensor of shape (), got {type(found).__name__}")
    return float(found)


def assert_norm(found: object, expected: float, what: str) -> None:
    """A number with this value."""
    assert_matches(
        torch.tensor(as_number(found, what)), torch.tensor(expected), what, rtol=RTOL, atol=ATOL
    )


def assert_by_global_norm(
    student: Student, draw: Draw, gradients: Sequence[torch.Tensor], what: str
) -> None:
    """These gradients, clipped to a fraction of their global norm."""
    max_norm = draw.number(0.2, 0.8) * total_norm(gradients)
    laid = lay(student, gradients)
    student.clip_by_global_norm(handles(laid), max_norm)
    assert_gradients(laid, by_global_norm(gradients, max_norm), what)


# -- Part 1: by value ------------------------------------------------------------------------------


def assert_by_value(
    student: Student, draw: Draw, gradient: torch.Tensor, limit: float, what: str
) -> None:
    """This gradient beside another one, clipped by value."""
    other = draw.normal(draw.shape(1), scale=0.1 * limit).clamp(-limit, limit)
    laid = lay(student, [other, gradient])
    student.clip_by_value(handles(laid), limit)
    assert_gradients(laid[1:], [gradient.clamp(-limit, limit)], what)


@points(0.5)
def test_value_upper(student: Student, draw: Draw) -> None:
    """clip_by_value: entries above the limit become the limit."""
    limit = draw.number(0.5, 2.0)
    assert_by_value(
        student,
        draw,
        draw.uniform(draw.shape(2), 1.5 * limit, 9.0 * limit),
        limit,
        "a large positive entry",
    )


@points(0.5)
def test_value_lower(student: Student, draw: Draw) -> None:
    """clip_by_value: entries below minus the limit become minus the limit."""
    limit = draw.number(0.5, 2.0)
    assert_by_value(
        student,
        draw,
        -draw.uniform(draw.shape(2), 1.5 * limit, 9.0 * limit),
        limit,
        "a large negative entry",
    )


@points(0.5)
def test_value_within(student: Student, draw: Draw) -> None:
    """clip_by_value: entries within the limit stay as they are, also beside large ones."""
    assert_clips(student, draw, "clip_by_value")
    limit = draw.number(0.5, 2.0)
    gradient = draw.uniform(draw.shape(1, 5, 9), -0.9 * limit, 0.9 * limit)
    gradient[0] = 5 * limit
    laid = lay(student, [gradient])
    student.clip_by_value(handles(laid), limit)
    mine = laid[0].parameter.grad
    if not isinstance(mine, torch.Tensor) or mine.shape != gradient.shape:
        raise Mismatch("the gradient has lost its shape")
    assert_matches(mine[1:], gradient[1:], "an entry within the limit", rtol=RTOL, atol=ATOL)


@points(0.5)
def test_value_in_place(student: Student, draw: Draw) -> None:
    """clip_by_value changes the gradient tensors themselves, in place."""
    limit = draw.number(0.5, 2.0)
    laid = lay(student, [draw.uniform(draw.shape(n), 2 * limit, 9 * limit) for n in (2, 1)])
    student.clip_by_value(handles(laid), limit)
    assert_in_place(laid)


@points(0.5)
def test_value_weights(student: Student, draw: Draw) -> None:
    """clip_by_value leaves the weights alone; module.parameters(), which is no list, will do."""
    assert_clips(student, draw, "clip_by_value")
    laid = as_parameters(student, lay(student, assorted(draw, 2.0)))
    student.clip_by_value(generator(student, laid), draw.number(0.1, 0.3))
    assert_weights_untouched(laid)


@points(0.5)
def test_value_skips_none(student: Student, draw: Draw) -> None:
    """clip_by_value skips parameters that have no gradient."""
    limit = draw.number(0.5, 2.0)
    gradient = draw.uniform(draw.shape(2), 2 * limit, 9 * limit)
    laid = lay(student, [None, gradient, None])
    student.clip_by_value(handles(laid), limit)
    assert_changed(laid[1])
    assert_gradients([laid[0], laid[2]], [None, None], "a gradient")


# -- Part 2: by norm, each tensor on its own -------------------------------------------------------


def assert_by_norm(student: Student, draw: Draw, gradient: torch.Tensor, what: str) -> None:
    """This gradient, alone, clipped to a fraction of its norm."""
    max_norm = draw.number(0.2, 0.8) * float(gradient.norm())
    laid = lay(student, [gradient])
    student.clip_by_norm(handles(laid), max_norm)
    expected = gradient * (max_norm / float(gradient.double().norm()))
    assert_gradients(laid, [expected], what)


@points(0.5)
def test_norm_number(student: Student, draw: Draw) -> None:
    """clip_by_norm: a gradient that is a single number becomes max_norm with its sign."""
    for shape in ((), (1,)):
        gradient = draw.signs(shape) * draw.uniform(shape, 2.0, 9.0)
        assert_by_norm(student, draw, gradient, "a gradient that is a single number")


@points(0.5)
def test_norm_vector(student: Student, draw: Draw) -> None:
    """clip_by_norm: a vector that is too long gets the length max_norm."""
    assert_by_norm(student, draw, draw.normal(draw.shape(1, 4, 9), scale=4.0), "a vector")


@points(0.5)
def test_norm_matrix(student: Student, draw: Draw) -> None:
    """clip_by_norm: the length of a matrix is taken over all of its entries."""
    assert_by_norm(student, draw, draw.normal(draw.shape(2, 3, 7), scale=4.0), "a matrix")
    assert_by_norm(
        student, draw, draw.normal(draw.shape(3, 2, 5), scale=4.0), "a tensor of three dimensions"
    )


@points(0.5)
def test_norm_direction(student: Student, draw: Draw) -> None:
    """clip_by_norm: each gradient keeps its direction."""
    assert_clips(student, draw, "clip_by_norm")
    for gradient in assorted(draw, 2.0):
        laid = lay(student, [gradient])
        student.clip_by_norm(handles(laid), 0.4 * float(gradient.norm()))
        assert_one_direction(laid, "a gradient")


@points(0.5)
def test_norm_leaves_short(student: Student, draw: Draw) -> None:
    """clip_by_norm: a gradient that is short enough stays as it is."""
    assert_clips(student, draw, "clip_by_norm")
    short = draw.normal(draw.shape(2), scale=0.01)
    laid = lay(student, [short])
    student.clip_by_norm(handles(laid), draw.number(1.0, 2.0))
    assert_gradients(laid, [short], "a gradient that is short enough")


@points(0.5)
def test_norm_each_alone(student: Student, draw: Draw) -> None:
    """clip_by_norm: a long gradient does not change what becomes of the others."""
    max_norm = draw.number(1.0, 2.0)
    other = draw.uniform(draw.shape(2), 2.0, 4.0)
    by_itself = lay(student, [other])
    student.clip_by_norm(handles(by_itself), max_norm)
    assert_changed(by_itself[0])
    beside = lay(student, [draw.uniform(draw.shape(1), 30.0, 90.0), other])
    student.clip_by_norm(handles(beside), max_norm)
    expected = by_itself[0].parameter.grad.detach()
    assert_gradients(beside[1:], [expected], "a gradient beside a longer one")


@points(0.25)
def test_norm_zero(student: Student, draw: Draw) -> None:
    """clip_by_norm: a gradient of zeros stays one."""
    assert_clips(student, draw, "clip_by_norm")
    zero = torch.zeros(draw.shape(2))
    laid = lay(student, [zero])
    student.clip_by_norm(handles(laid), draw.number(0.5, 2.0))
    assert_gradients(laid, [zero], "a gradient of zeros")


@points(0.5)
def test_norm_in_place(student: Student, draw: Draw) -> None:
    """clip_by_norm changes the gradient tensors in place, and not the weights; module.parameters(),
    which is no list, will do.
    """
    laid = as_parameters(
        student, lay(student, [draw.uniform(draw.shape(n), 3.0, 9.0) for n in (2, 1)])
    )
    student.clip_by_norm(generator(student, laid), draw.number(0.5, 2.0))
    assert_in_place(laid)
    assert_weights_untouched(laid)


@points(0.25)
def test_norm_skips_none(student: Student, draw: Draw) -> None:
    """clip_by_norm skips parameters that have no gradient."""
    laid = lay(student, [None, draw.uniform(draw.shape(2), 3.0, 9.0), None])
    student.clip_by_norm(handles(laid), draw.number(0.5, 2.0))
    assert_changed(laid[1])
    assert_gradients([laid[0], laid[2]], [None, None], "a gradient")


# -- Part 3: by global norm ------------------------------------------------------------------------


@points(0.5)
def test_global_norm_number(student: Student, draw: Draw) -> None:
    """clip_by_global_norm: one parameter, whose gradient is a single number, is clipped to
    max_norm.
    """
    gradients = [draw.signs((1,)) * draw.uniform((1,), 3.0, 9.0)]
    assert_by_global_norm(student, draw, gradients, "a gradient that is a single number")


@points(0.5)
def test_global_norm_single(student: Student, draw: Draw) -> None:
    """clip_by_global_norm: one parameter, whose gradient is a matrix, is clipped to max_norm."""
    assert_by_global_norm(
        student, draw, [draw.normal(draw.shape(2), scale=4.0)], "the gradient of a single parameter"
    )


@points(1)
def test_global_norm_clips(student: Student, draw: Draw) -> None:
    """clip_by_global_norm: several gradients are clipped as by torch.nn.utils.clip_grad_norm_."""
    for count in (4, 2):
        assert_by_global_norm(
            student, draw, assorted(draw, 2.0)[:count], "a gradient clipped by the global norm"
        )


@points(0.5)
def test_global_norm_direction(student: Student, draw: Draw) -> None:
    """clip_by_global_norm: one factor for all gradients, so that the direction of the whole is
    kept.
    """
    gradients = assorted(draw, 2.0)
    assert_clips(student, draw, "clip_by_global_norm")
    laid = lay(student, gradients)
    student.clip_by_global_norm(handles(laid), 0.3 * min(float(g.norm()) for g in gradients))
    assert_one_direction(laid, "all gradients together")


def plain_result(
    student: Student, gradients: Sequence[torch.Tensor], max_norm: float
) -> list[torch.Tensor]:
    """What the student's function makes of these gradients in an ordinary list; right or wrong is
    asked elsewhere.
    """
    laid = lay(student, gradients)
    student.clip_by_global_norm(handles(laid), max_norm)
    found = []
    for one in laid:
        assert_changed(one)
        found.append(one.parameter.grad.detach())
    return found


@points(0.5)
def test_global_norm_order(student: Student, draw: Draw) -> None:
    """clip_by_global_norm: the order of the parameters makes no difference."""
    gradients = [draw.uniform(draw.shape(dims), 3.0, 9.0) for dims in (2, 1, 3)]
    max_norm = draw.number(0.5, 2.0)
    expected = plain_result(student, gradients, max_norm)
    laid = lay(student, gradients[::-1])
    student.clip_by_global_norm(handles(laid), max_norm)
    assert_gradients(laid, expected[::-1], "a gradient after the parameters came in another order")


@points(0.5)
def test_global_norm_leaves_short(student: Student, draw: Draw) -> None:
    """clip_by_global_norm: gradients whose global norm is below max_norm stay as they are."""
    assert_clips(student, draw, "clip_by_global_norm")
    gradients = assorted(draw, 0.1)
    laid = lay(student, gradients)
    student.clip_by_global_norm(handles(laid), draw.number(100.0, 200.0) * total_norm(gradients))
    assert_gradients(laid, gradients, "a gradient that is short enough")


@points(0.5)
def test_global_norm_returns_number(student: Student, draw: Draw) -> None:
    """clip_by_global_norm returns a number, as a tensor of shape ()."""
    as_number(
        student.clip_by_global_norm(handles(lay(student, assorted(draw, 2.0))), 1.0),
        "the returned norm",
    )


@points(0.5)
def test_global_norm_returns(student: Student, draw: Draw) -> None:
    """clip_by_global_norm returns the global norm before clipping."""
    gradients = assorted(draw, 2.0)
    found = student.clip_by_global_norm(
        handles(lay(student, gradients)), 0.5 * total_norm(gradients)
    )
    assert_norm(found, total_norm(gradients), "the returned norm")


@points(0.5)
def test_global_norm_returns_short(student: Student, draw: Draw) -> None:
    """clip_by_global_norm returns the global norm where nothing has to be clipped, too."""
    gradients = assorted(draw, 0.1)
    found = student.clip_by_global_norm(
        handles(lay(student, gradients)), 3.0 * total_norm(gradients)
    )
    assert_norm(found, total_norm(gradients), "the returned norm where nothing was clipped")


@points(0.5)
def test_global_norm_in_place(student: Student, draw: Draw) -> None:
    """clip_by_global_norm changes the gradient tensors themselves, in place."""
    laid = lay(student, [draw.uniform(draw.shape(n), 3.0, 9.0) for n in (2, 1)])
    student.clip_by_global_norm(handles(laid), draw.number(0.5, 2.0))
    assert_in_place(laid)


@points(0.5)
def test_global_norm_weights(student: Student, draw: Draw) -> None:
    """clip_by_global_norm leaves the weights alone."""
    assert_clips(student, draw, "clip_by_global_norm")
    laid = lay(student, assorted(draw, 2.0))
    student.clip_by_global_norm(handles(laid), draw.number(0.5, 2.0))
    assert_weights_untouched(laid)


@points(0.5)
def test_edge_none(student: Student, draw: Draw) -> None:
    """clip_by_global_norm: parameters without a gradient make no difference, wherever they are."""
    first, second = draw.uniform(draw.shape(2), 3.0, 9.0), draw.uniform(draw.shape(1), 3.0, 9.0)
    max_norm = draw.number(0.5, 2.0)
    expected = plain_result(student, [first, second], max_norm)
    laid = lay(student, [None, first, None, second])
    student.clip_by_global_norm(handles(laid), max_norm)
    assert_gradients(
        laid, [None, expected[0], None, expected[1]], "a gradient beside a parameter that has none"
    )


@points(0.5)
def test_edge_empty(student: Student, draw: Draw) -> None:
    """clip_by_global_norm: without parameters the norm is 0, and nothing happens."""
    assert_clips(student, draw, "clip_by_global_norm")
    assert_norm(
        student.clip_by_global_norm([], draw.number(0.5, 2.0)), 0.0, "the norm of no parameters"
    )


@points(0.5)
def test_edge_all_none(student: Student, draw: Draw) -> None:
    """clip_by_global_norm: if no parameter has a gradient the norm is 0, and nothing happens."""
    assert_clips(student, draw, "clip_by_global_norm")
    laid = lay(student, [None, None])
    found = student.clip_by_global_norm(handles(laid), draw.number(0.5, 2.0))
    assert_norm(found, 0.0, "the norm where no parameter has a gradient")
    assert_gradients(laid, [None, None], "a gradient")


@points(0.5)
def test_edge_zero(student: Student, draw: Draw) -> None:
    """clip_by_global_norm: gradients of zeros stay zeros."""
    assert_clips(student, draw, "clip_by_global_norm")
    zeros = [torch.zeros(draw.shape(2)), torch.zeros(3)]
    laid = lay(student, zeros)
    student.clip_by_global_norm(handles(laid), draw.number(0.5, 2.0))
    assert_gradients(laid, zeros, "a gradient of zeros")


@points(1)
def test_edge_generator(student: Student, draw: Draw) -> None:
    """clip_by_global_norm: module.parameters(), which can be walked through only once, works like a
    list.
    """
    gradients = [draw.uniform(draw.shape(2), 3.0, 9.0), draw.uniform(draw.shape(1), 3.0, 9.0)]
    max_norm = draw.number(0.5, 2.0)
    expected = plain_result(student, gradients, max_norm)
    laid = as_parameters(student, lay(student, gradients))
    student.clip_by_global_norm(generator(student, laid), max_norm)
    assert_gradients(laid, expected, "a gradient of a generator's parameter")


def broken_gradients(draw: Draw) -> list[torch.Tensor]:
    """Gradients of which the last holds a NaN or an infinity."""
    gradients = assorted(draw, 2.0)
    gradients[-1].view(-1)[draw.integer(0, gradients[-1].numel() - 1)] = draw.choice(
        (float("nan"), float("inf"))
    )
    return gradients


@points(0.5)
def test_edge_nonfinite_raises(student: Student, draw: Draw) -> None:
    """error_if_nonfinite=True: a NaN or infinite norm raises RuntimeError, a finite one is no
    different.
    """
    gradients = [draw.uniform(draw.shape(2), 3.0, 9.0), draw.uniform(draw.shape(1), 3.0, 9.0)]
    expected = plain_result(student, gradients, 1.0)
    laid = lay(student, gradients)
    student.clip_by_global_norm(handles(laid), 1.0, error_if_nonfinite=True)
    assert_gradients(laid, expected, "a finite gradient with error_if_nonfinite=True")
    try:
        student.clip_by_global_norm(
            handles(lay(student, broken_gradients(draw))), 1.0, error_if_nonfinite=True
        )
    except StudentError as error:
        if not error.is_a("RuntimeError"):
            raise
        return
    raise Mismatch(
        "a gradient is NaN or infinite and error_if_nonfinite=True, but no RuntimeError came"
    )


@points(0.5)
def test_edge_nonfinite_unchanged(student: Student, draw: Draw) -> None:
    """error_if_nonfinite=True: if the norm is NaN or infinite, every gradient is left as it was."""
    assert_clips(student, draw, "clip_by_global_norm")
    broken = broken_gradients(draw)
    laid = lay(student, broken)
    try:
        student.clip_by_global_norm(handles(laid), 1.0, error_if_nonfinite=True)
    except StudentError as error:
        if error.kind != "error":
            raise
    for one, before in zip(laid, broken, strict=True):
        mine = one.parameter.grad
        if not isinstance(mine, torch.Tensor) or not torch.equal(
            mine.nan_to_num(), before.nan_to_num()
        ):
            raise Mismatch(
                "with error_if_nonfinite=True and a NaN or infinite gradient, "
                "some gradients were changed"
            )
    advise_on_overflow(student)


def advise_on_overflow(student: Student) -> None:
    """Say what happens to gradients whose squares overflow; honest answers differ, PyTorch's own
    makes them 0.
    """
    try:
        found = student.clip_by_global_norm(
            handles(lay(student, [torch.tensor([3e20, 4e20])])), 1.0
        )
    except StudentError:
        return
    if isinstance(found, torch.Tensor) and found.numel() == 1 and not bool(found.isfinite().all()):
        advise(
            "For gradients near 1e20 your norm overflows to infinity, as "
            "PyTorch's does, and the factor becomes 0. "
            "Squares overflow long before norms: dividing by the largest entry "
            "first, or float64, avoids it."
        )


# -- Part 4: the training step ---------------------------------------------------------------------


@dataclass
class Step:
    """Parameters with a linear loss, whose gradients are therefore known, and an optimizer, in the
    student's process.
    """

    parameters: list[Handle]
    weights: list[torch.Tensor]
    slopes: list[torch.Tensor]
    rate: float
    optimizer: Handle
    loss: Handle

    def assert_moved(self, max_norm: float, what: str) -> None:
        """Every weight has moved by the clipped gradient times the learning rate."""
        for handle, weight, slope in zip(
            self.parameters, self.weights, by_global_norm(self.slopes, max_norm), strict=True
        ):
            assert slope is not None
            assert_matches(handle.detach(), weight - self.rate * slope, what, rtol=1e-4, atol=1e-5)


def linear_step(student: Student, draw: Draw) -> Step:
    """Two parameters p, q and the loss sum(a p) + sum(b q)."""
    slopes = [draw.normal(draw.shape(2), scale=3.0), draw.normal(draw.shape(1), scale=2.0)]
    weights = [draw.normal(slope.shape) for slope in slopes]
    parameters = [student.put(weight.clone().requires_grad_()) for weight in weights]
    terms = [
        p.kept("mul", student.put(slope)).kept("sum")
        for p, slope in zip(parameters, slopes, strict=True)
    ]
    rate = draw.number(0.2, 0.8)
    optimizer = student.get("torch").optim.SGD(parameters, lr=rate)
    return Step(parameters, weights, slopes, rate, optimizer, terms[0].kept("add", terms[1]))


@points(1)
@allows("torch.nn.utils")  # part 4 may clip with PyTorch\'s own
def test_step_update(student: Student, draw: Draw) -> None:
    """clipped_step: the weights move by the clipped gradient."""
    step = linear_step(student, draw)
    max_norm = draw.number(0.3, 0.6) * total_norm(step.slopes)
    student.clipped_step(step.loss, step.parameters, step.optimizer, max_norm)
    step.assert_moved(max_norm, "a weight after the step")


@points(0.5)
@allows("torch.nn.utils")  # part 4 may clip with PyTorch\'s own
def test_step_returns(student: Student, draw: Draw) -> None:
    """clipped_step returns the norm of this step's gradients before clipping."""
    step = linear_step(student, draw)
    found = student.clipped_step(
        step.loss, step.parameters, step.optimizer, 0.5 * total_norm(step.slopes)
    )
    assert_norm(found, total_norm(step.slopes), "the returned norm")


@points(0.5)
@allows("torch.nn.utils")  # part 4 may clip with PyTorch\'s own
def test_step_fresh(student: Student, draw: Draw) -> None:
    """clipped_step: gradients left over from an earlier step play no part."""
    step = linear_step(student, draw)
    for parameter, weight in zip(step.parameters, step.weights, strict=True):
        parameter.grad = student.put(draw.normal(weight.shape, scale=10.0))
    max_norm = 2.0 * total_norm(step.slopes)
    student.clipped_step(step.loss, step.parameters, step.optimizer, max_norm)
    step.assert_moved(max_norm, "a weight after a step that began with old gradients")


def rnn_loss(
    parameters: Sequence[torch.Tensor], inputs: torch.Tensor, targets: torch.Tensor
) -> torch.Tensor:
    """The recurrent network of the notebook."""
    w_in, w_recurrent, bias, w_out = parameters
    h = inputs.new_zeros(inputs.shape[0], w_recurrent.shape[0])
    for k in range(inputs.shape[1]):
        h = torch.relu(inputs[:, k : k + 1] @ w_in.T + h @ w_recurrent.T + bias)
    return ((h @ w_out.T).squeeze(1) - targets).square().mean()


@points(1)
@allows("torch.nn.utils")  # part 4 may clip with PyTorch\'s own
def test_step_network(student: Student, draw: Draw) -> None:
    """clipped_step trains the notebook's recurrent network just as with PyTorch's own clipping."""
    hidden, batch, length = draw.integer(4, 8), draw.integer(5, 9), draw.integer(8, 12)
    weights = [draw.normal((hidden, 1), scale=0.3), 1.1 * torch.eye(hidden), torch.zeros(hidden)]
    weights.append(draw.normal((1, hidden), scale=0.3))
    mine = [student.put(weight.clone().requires_grad_()) for weight in weights]
    theirs = [weight.clone().requires_grad_() for weight in weights]
    my_optimizer = student.get("torch").optim.SGD(mine, lr=0.05)
    their_optimizer = torch.optim.SGD(theirs, lr=0.05)
    for _ in range(4):
        inputs = draw.uniform((batch, length), -0.5, 0.5)
        targets = inputs.sum(dim=1)
        loss = student.keep.rnn_loss(mine, student.put(inputs), student.put(targets))
        student.clipped_step(loss, mine, my_optimizer, 1.0)
        their_optimizer.zero_grad()
        rnn_loss(theirs, inputs, targets).backward()
        torch.nn.utils.clip_grad_norm_(theirs, 1.0)
        their_optimizer.step()
    for handle, right in zip(mine, theirs, strict=True):
        assert_matches(
            handle.detach(),
            right,
            "a weight of the recurrent network after four steps",
            rtol=1e-3,
            atol=1e-4,
        )


# -- Extra credit: sparse gradients ----------------------------------------------------------------


def sparse_parameter(student: Student, draw: Draw, repeated: bool) -> tuple[Handle, torch.Tensor]:
    """A table with a sparse gradient, and that gradient as an ordinary tensor."""
    rows, columns = draw.shape(2, 4, 8)
    found = draw.order(rows)[:3]
    if repeated:
        found = [found[0], found[0], found[1], found[0]]
    values = draw.normal((len(found), columns)) + 1.0
    dense = torch.zeros(rows, columns).index_add(0, torch.tensor(found), values)
    indices = student.put(torch.tensor([found]))
    gradient = student.get("torch").sparse_coo_tensor(indices, student.put(values), [rows, columns])
    parameter = student.put(draw.normal((rows, columns), requires_grad=True))
    parameter.grad = gradient
    return parameter, dense


def assert_sparse(student: Student, draw: Draw, repeated: bool) -> None:
    """A sparse and a dense gradient, clipped together."""
    table, gradient = sparse_parameter(student, draw, repeated)
    dense = draw.normal(draw.shape(2))
    (other,) = lay(student, [dense])
    norm = total_norm([gradient, dense])
    found = student.clip_sparse_by_global_norm([table, other.parameter], 0.5 * norm)
    assert_norm(found, norm, "the norm of a sparse and a dense gradient")
    after = table.grad
    if isinstance(after, torch.Tensor) or not after.is_sparse:
        raise Mismatch("the sparse gradient has become dense")
    assert_matches(
        after.to_dense(), 0.5 * gradient, "the sparse gradient after clipping", rtol=RTOL, atol=ATOL
    )
    assert_matches(
        other.parameter.grad, 0.5 * dense, "the dense gradient beside it", rtol=RTOL, atol=ATOL
    )


@bonus(1)
def test_sparse_clips(student: Student, draw: Draw) -> None:
    """clip_sparse_by_global_norm: a sparse and a dense gradient get one factor; the sparse one
    stays sparse.
    """
    assert_sparse(student, draw, repeated=False)


@bonus(1)
def test_sparse_repeated(student: Student, draw: Draw) -> None:
    """clip_sparse_by_global_norm: a sparse gradient may list a row more than once."""
    assert_sparse(student, draw, repeated=True)


# -- From scratch ----------------------------------------------------------------------------------


@gate
def test_from_scratch(student: Student) -> None:
    """Clipping is done by your own code, not by torch.nn.utils."""
    assert_from_scratch(student)
