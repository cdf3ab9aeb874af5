"""Hidden checks of Lab 05: clipping by value, by norm and by global norm, and the training step
around it.

Parameters and gradients live in the student's process, since clipping edits them there: the checks
hold handles, and ask for the values after the student's function has run. Tolerances cover both m /
norm and PyTorch's m / (norm + 1e-6).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from autograder.checking import (
    Draw,
    ErrorKind,
    Handle,
    Mismatch,
    Program,
    Reading,
    Step,
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
MANY = 1100  # parameters
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


# -- scenes: what a function does to gradients, asked in one request -------------------------------


@dataclass(frozen=True)
class Scene:
    """A call with gradients of the grader's making.

    Attributes:
        about: what is special, for a message.
        gradients: one a parameter, None where there is none.
        limit: of the clipping.
        lies: how each gradient lies in memory: "as it is", "turned", or "every second" entry of a
            longer one.
        once: hand over an iterable that can be walked through once.
        again: numbers that are written into the gradients for a second call, by parameter.
    """

    about: str
    gradients: tuple[torch.Tensor | None, ...]
    limit: float
    lies: str = "as it is"
    once: bool = False
    again: tuple[torch.Tensor | None, ...] = ()


Clipped = Callable[[Sequence[torch.Tensor | None], float], list[torch.Tensor | None]]


class Asked:
    """A scene, asked of a function: what it returned, and what became of everything."""

    def __init__(self, scene: Scene, name: str) -> None:
        self.scene, self.program = scene, Program(scene.about)
        program = self.program
        self.weights: list[tuple[torch.Tensor, Reading]] = []
        self.now: list[Reading] = []
        self.held: list[Reading | None] = []
        self.bases: list[Reading | None] = []
        laid = [self._lay(number, gradient) for number, gradient in enumerate(scene.gradients)]
        given = program.put([parameter for parameter, _, _ in laid])
        self.returned = program.read(self._call(name, given))
        for (_, view, _), numbers in zip(laid, scene.again, strict=False):
            if view is not None and numbers is not None:
                program.method(view, "copy_", program.put(numbers))
        if scene.again:
            self.returned = program.read(self._call(name, given))
        self.count = program.read(program.method(given, "__len__"))
        for number, (parameter, view, base) in enumerate(laid):
            self.weights.append((_weight(number, scene.gradients[number]), program.read(parameter)))
            self.now.append(program.read(program.get(parameter, "grad")))
            self.held.append(None if view is None else program.read(view))
            self.bases.append(None if base is None else program.read(base))

    def _call(self, name: str, given: Step) -> Step:
        parameters = self.program.method(given, "__iter__") if self.scene.once else given
        return self.program.call(name, parameters, self.scene.limit)

    def _lay(
        self, number: int, gradient: torch.Tensor | None
    ) -> tuple[Step, Step | None, Step | None]:
        """A parameter, its gradient, and the tensor behind that."""
        program = self.program
        parameter = program.put(_weight(number, gradient).requires_grad_())
        if gradient is None:
            return parameter, None, None
        base = program.put(self._behind(gradient))
        view = base
        if self.scene.lies == "turned" and gradient.dim() == 2:
            view = program.method(base, "t")
        elif self.scene.lies == "every second" and gradient.dim() == 1:
            view = program.method(base, "__getitem__", slice(None, None, 2))
        program.method(parameter, "__setattr__", "grad", view)
        return parameter, view, base

    def _behind(self, gradient: torch.Tensor) -> torch.Tensor:
        if self.scene.lies == "turned" and gradient.dim() == 2:
            return gradient.t().contiguous()
        if self.scene.lies == "every second" and gradient.dim() == 1:
            return torch.stack([gradient, torch.full_like(gradient, 9.0)], dim=1).reshape(-1)
        return gradient.clone()

    def check(self, clipped: Clipped, atol: float = ATOL) -> None:
        """Every gradient is clipped as it should be, in the memory that it had; nothing else is.

        Raises:
            Mismatch, StudentError: it is not.
        """
        scene = self.scene
        before = scene.again or scene.gradients
        expected = clipped(before, scene.limit)
        if self.returned.failed is not None:
            raise self.returned.failed
        if self.count.value != len(scene.gradients):
            raise Mismatch(f"the list of parameters itself was changed {scene.about}")
        for number, right in enumerate(expected):
            weight, found = self.weights[number]
            assert_matches(found.value, weight, f"a weight {scene.about}", rtol=0, atol=0)
            now, held, base = self.now[number], self.held[number], self.bases[number]
            if right is None or held is None or base is None:
                if now.value is not None:
                    raise Mismatch(f"a parameter without a gradient has one now {scene.about}")
                continue
            for what, reading, value in (
                ("a gradient", now, right),
                ("the very tensor that was .grad before", held, right),
                ("the memory that the gradient was in before", base, self._behind(right)),
            ):
                assert_matches(reading.value, value, f"{what} {scene.about}", rtol=RTOL, atol=atol)


def _weight(number: int, gradient: torch.Tensor | None) -> torch.Tensor:
    """A weight that is known and far from 0."""
    shape = torch.Size((3,)) if gradient is None else gradient.shape
    dtype = torch.float32 if gradient is None else gradient.dtype
    return (3.0 + number % 7 + 0.125 * torch.arange(shape.numel())).reshape(shape).to(dtype)


def ask_scenes(
    student: Student, name: str, scenes: Sequence[Scene], clipped: Clipped, atol: float = ATOL
) -> list[Asked]:
    """Ask a function all of these scenes in one request, and check what became of the gradients."""
    asked = [Asked(scene, name) for scene in scenes]
    student.run([one.program for one in asked])
    for one in asked:
        one.check(clipped, atol)
    return asked


def ask_many(student: Student, draw: Draw, name: str, clipped: Clipped, limit: float = 1.0) -> None:
    """Ask a function for more parameters than Python calls itself deep, and than a byte counts.

    Each is a row of one tensor, and so is its gradient: they are laid out, and read, in few steps.
    """
    gradients = draw.signs((MANY, 1)) * draw.uniform((MANY, 1), 2.0 * limit, 9.0 * limit)
    weights = 3.0 + torch.arange(float(MANY)).reshape(MANY, 1)
    program = Program("of many parameters")
    laid, behind = program.put(weights), program.put(gradients)
    parameters = program.each(program.method(laid, "unbind"), "requires_grad_")
    views = program.method(behind, "unbind")
    program.each(parameters, "__setattr__", "grad", views)
    returned = program.read(program.call(name, parameters, limit))
    now = program.read(program.stacked(program.each(parameters, "__getattribute__", "grad")))
    held, weight = program.read(behind), program.read(laid)
    student.run([program])
    if returned.failed is not None:
        raise returned.failed
    right = torch.stack([g for g in clipped(list(gradients), limit) if g is not None])
    assert_matches(weight.value, weights, "a weight of many", rtol=0, atol=0)
    for what, reading in (("a gradient", now), ("the very tensor that was .grad before", held)):
        assert_matches(reading.value, right, f"{what} of many parameters", rtol=RTOL, atol=ATOL)


def by_value(gradients: Sequence[torch.Tensor | None], limit: float) -> list[torch.Tensor | None]:
    """Every entry cut off."""
    return [None if g is None else g.clamp(-limit, limit) for g in gradients]


def by_own_norm(
    gradients: Sequence[torch.Tensor | None], limit: float
) -> list[torch.Tensor | None]:
    """Each gradient clipped by its own norm."""
    return [None if g is None else by_global_norm([g], limit)[0] for g in gradients]


def usual_scenes(draw: Draw, *, limit: float = 1.0) -> list[Scene]:
    """Where answers have been seen to clip a copy, or the wrong tensors."""

    def long(*shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
        return (draw.signs(shape) * draw.uniform(shape, 2.0 * limit, 9.0 * limit)).to(dtype)

    short = 0.05 * limit * draw.signs((2,))
    return [
        Scene("in float64", (long(2, 3, dtype=torch.float64),), limit),
        Scene("that is transposed", (long(3, 2), long(4)), limit, lies="turned"),
        Scene("that is a slice", (long(5), long(2, 2)), limit, lies="every second"),
        Scene("of shape ()", (long(), long(1)), limit),
        Scene("beside an empty one", (torch.zeros(0), long(3)), limit),
        Scene("beside one that is short", (short, long(3), short.clone(), long(2, 2)), limit),
        Scene("beside parameters that have none", (None, long(3), None, long(2)), limit),
        Scene("of an iterable", (long(3), None, long(2, 2)), limit, once=True),
        Scene("in a second call", (long(3), long(2)), limit, again=(long(3) * 10, long(2))),
    ]


def short_scenes() -> list[Scene]:
    """Gradients that are short enough, some just so."""
    made = []
    for length in (1e-8, 0.3, 0.6, 0.995):
        for dtype in (torch.float32, torch.float64):
            one = torch.tensor([0.6 * length, -0.8 * length], dtype=dtype)
            made.append(Scene(f"of length {length:g} with the limit 1", (one,), 1.0))
    return made


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
    small = torch.tensor([1e-8, -1e-30, 0.0, 1e-3])
    edge = torch.tensor([limit, -limit, 2 * limit])
    scenes = [Scene("with small entries", (small, edge), limit)]
    ask_scenes(student, "clip_by_value", scenes, by_value, atol=0.0)
    zero = [Scene("with the limit 0", (gradient,), 0.0)]
    ask_scenes(student, "clip_by_value", zero, by_value, atol=0.0)


@points(0.5)
def test_value_in_place(student: Student, draw: Draw) -> None:
    """clip_by_value changes the gradient tensors themselves, in place: any dtype, any layout."""
    limit = draw.number(0.5, 2.0)
    laid = lay(student, [draw.uniform(draw.shape(n), 2 * limit, 9 * limit) for n in (2, 1)])
    student.clip_by_value(handles(laid), limit)
    assert_in_place(laid)
    ask_scenes(student, "clip_by_value", usual_scenes(draw, limit=limit), by_value)
    ask_many(student, draw, "clip_by_value", by_value, limit)


@points(0.5)
def test_value_weights(student: Student, draw: Draw) -> None:
    """clip_by_value leaves the weights alone; module.parameters(), which is no list, will do."""
    laid = as_parameters(student, lay(student, assorted(draw, 2.0)))
    student.clip_by_value(generator(student, laid), draw.number(0.1, 0.3))
    assert_weights_untouched(laid)  # first: who clips the weights does do something
    assert_clips(student, draw, "clip_by_value")


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
    far = draw.uniform((2, 3), 1e60, 1e61, torch.float64)
    ask_scenes(student, "clip_by_norm", [Scene("near 1e60", (far,), 1.0)], by_own_norm)


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
    ask_scenes(student, "clip_by_norm", short_scenes(), by_own_norm, atol=0.0)


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
    ask_scenes(student, "clip_by_norm", usual_scenes(draw), by_own_norm)
    ask_many(student, draw, "clip_by_norm", by_own_norm)


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
    mixed = (draw.uniform((3,), 3.0, 9.0), draw.uniform((2, 2), 3.0, 9.0, torch.float64))
    far = (draw.uniform((2, 3), 1e60, 1e61, torch.float64),)
    little = (torch.tensor([0.18, -0.24]), torch.tensor([0.4]))
    scenes = [Scene("of two dtypes", mixed, 1.0), Scene("near 1e60", far, 1.0)]
    scenes.append(Scene("with a limit below 1", little, 0.2))
    ask_scenes(student, "clip_by_global_norm", scenes, by_global_norm)


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
    ask_scenes(student, "clip_by_global_norm", short_scenes(), by_global_norm, atol=0.0)


@points(0.5)
def test_global_norm_returns_number(student: Student, draw: Draw) -> None:
    """clip_by_global_norm returns a number, as a tensor of shape ()."""
    assert_clips(student, draw, "clip_by_global_norm")
    for gradients in (assorted(draw, 2.0), []):
        found = student.clip_by_global_norm(handles(lay(student, gradients)), 1.0)
        if not isinstance(found, torch.Tensor) or found.shape != ():
            kind = f"shape {tuple(found.shape)}" if isinstance(found, torch.Tensor) else type(found)
            raise Mismatch(f"the returned norm should be a tensor of shape (), got {kind}")


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
    """clip_by_global_norm changes the gradient tensors themselves, in place, of any dtype, layout
    and number.
    """
    laid = lay(student, [draw.uniform(draw.shape(n), 3.0, 9.0) for n in (2, 1)])
    student.clip_by_global_norm(handles(laid), draw.number(0.5, 2.0))
    assert_in_place(laid)
    ask_scenes(student, "clip_by_global_norm", usual_scenes(draw), by_global_norm)
    ask_many(student, draw, "clip_by_global_norm", by_global_norm)


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
    different. Without it what is broken spreads, as in PyTorch.
    """
    gradients = [draw.uniform(draw.shape(2), 3.0, 9.0), draw.uniform(draw.shape(1), 3.0, 9.0)]
    expected = plain_result(student, gradients, 1.0)
    laid = lay(student, gradients)
    student.clip_by_global_norm(handles(laid), 1.0, error_if_nonfinite=True)
    assert_gradients(laid, expected, "a finite gradient with error_if_nonfinite=True")
    for value in (math.nan, math.inf, -math.inf):
        for place in (0, 1):  # the first gradient is broken, or the last
            broken = [g.clone() for g in gradients]
            broken[place].view(-1)[0] = value
            assert_raises(student, broken)
            assert_spreads(student, broken, place)


def assert_raises(student: Student, broken: Sequence[torch.Tensor]) -> None:
    """With error_if_nonfinite=True these gradients raise."""
    try:
        student.clip_by_global_norm(handles(lay(student, broken)), 1.0, error_if_nonfinite=True)
    except StudentError as error:
        if not error.is_a("RuntimeError"):
            raise
        return
    raise Mismatch(
        "a gradient is NaN or infinite and error_if_nonfinite=True, but no RuntimeError came"
    )


def assert_spreads(student: Student, broken: Sequence[torch.Tensor], place: int) -> None:
    """Without it a NaN makes every entry NaN; an infinity makes itself NaN, and all others 0."""
    laid = lay(student, broken)
    student.clip_by_global_norm(handles(laid), 1.0)
    is_nan = any(bool(g.isnan().any()) for g in broken)
    for number, one in enumerate(laid):
        mine = one.parameter.grad
        if not isinstance(mine, torch.Tensor):
            raise Mismatch("a gradient is gone after the call")
        found = mine.detach().reshape(-1)
        right = torch.full_like(found, math.nan if is_nan else 0.0)
        if number == place:
            right[0] = math.nan
        if not torch.equal(found.isnan(), right.isnan()) or bool(
            (found[~found.isnan()] != 0).any()
        ):
            what = "NaN" if is_nan else "an infinity"
            raise Mismatch(f"{what} in a gradient does not spread to the others as in PyTorch")


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
class Training:
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


def linear_step(student: Student, draw: Draw) -> Training:
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
    return Training(parameters, weights, slopes, rate, optimizer, terms[0].kept("add", terms[1]))


@points(1)
@allows("torch.nn.utils")  # part 4 may clip with PyTorch\'s own
def test_step_update(student: Student, draw: Draw) -> None:
    """clipped_step: the weights move by the clipped gradient."""
    step = linear_step(student, draw)
    max_norm = draw.number(0.3, 0.6) * total_norm(step.slopes)
    student.clipped_step(step.loss, step.parameters, step.optimizer, max_norm)
    step.assert_moved(max_norm, "a weight after the step")
    assert_trains(student, draw, "SGD", {"lr": 0.3, "momentum": 0.9})
    assert_trains(student, draw, "Adam", {"lr": 0.1})


def assert_trains(student: Student, draw: Draw, kind: str, options: dict[str, float]) -> None:
    """Three steps by an optimizer of this kind, over two groups of parameters, one of which takes
    no part in the loss.
    """
    shapes = ((2, 3), (4,), (2,))
    weights = [draw.normal(shape) for shape in shapes]
    theirs = [weight.clone().requires_grad_() for weight in weights]
    mine = [student.put(weight.clone().requires_grad_()) for weight in weights]
    optimizer = getattr(torch.optim, kind)(theirs[:1], **options)
    optimizer.add_param_group({"params": theirs[1:]})
    their_optimizer = getattr(student.get("torch").optim, kind)(mine[:1], **options)
    their_optimizer.add_param_group({"params": mine[1:]})
    for _ in range(3):
        slopes = [draw.normal(shape, scale=3.0) for shape in shapes[:2]]
        optimizer.zero_grad()
        sum((p * slope).sum() for p, slope in zip(theirs, slopes, strict=False)).backward()  # type: ignore[union-attr]
        torch.nn.utils.clip_grad_norm_(theirs, 1.0)
        optimizer.step()
        terms = [
            p.kept("mul", student.put(slope)).kept("sum")
            for p, slope in zip(mine, slopes, strict=False)
        ]
        student.clipped_step(terms[0].kept("add", terms[1]), mine, their_optimizer, 1.0)
    for handle, right in zip(mine, theirs, strict=True):
        what = f"a weight after three steps of {kind}"
        assert_matches(handle.detach(), right.detach(), what, rtol=1e-3, atol=1e-4)


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


# -- for the page ----------------------------------------------------------------------------------


def evidence(student: Student) -> list[str]:
    """What each function makes of gradients that can be reckoned with by hand, in sentences."""
    row, pair = (torch.tensor([3.0, -4.0]),), (torch.tensor([3.0]), torch.tensor([-4.0]))
    asked = [
        (Asked(Scene("", gradients, 1.0), name), name, clipped(gradients, 1.0))
        for name, gradients, clipped in (
            ("clip_by_value", row, by_value),
            ("clip_by_norm", row, by_own_norm),
            ("clip_by_global_norm", pair, by_global_norm),
        )
    ]
    student.run([one.program for one, _, _ in asked])
    return [said for one, name, right in asked for said in _differs(one, name, right)]


def _differs(one: Asked, name: str, right: Sequence[torch.Tensor | None]) -> list[str]:
    before = " and ".join(map(_numbers, one.scene.gradients))
    call = f"`{name}` with the limit 1, for gradients of {before},"
    failed = one.returned.failed
    if failed is not None:
        return [f"{call} raises {failed}."] if failed.kind == ErrorKind.ERROR else []
    found = [reading.value for reading in one.now]
    if all(
        isinstance(got, torch.Tensor) and want is not None and torch.allclose(got, want, RTOL, ATOL)
        for got, want in zip(found, right, strict=True)
    ):
        return []
    return [
        f"{call} leaves {' and '.join(map(_numbers, found))}; "
        f"it should leave {' and '.join(map(_numbers, right))}."
    ]


def _numbers(found: object) -> str:
    """Numbers as a page says them."""
    if not isinstance(found, torch.Tensor):
        return "none"
    return "(" + ", ".join(f"{number:.4g}" for number in found.flatten().tolist()) + ")"


# -- Extra credit: sparse gradients ----------------------------------------------------------------


def sparse_parameter(student: Student, draw: Draw, repeated: bool) -> Laid:
    """A table with a sparse gradient; what that was, as an ordinary tensor."""
    rows, columns = draw.shape(2, 4, 8)
    found = draw.order(rows).tolist()[:3]
    if repeated:
        found = [found[0], found[0], found[1], found[0]]
    values = draw.normal((len(found), columns)) + 1.0
    dense = torch.zeros(rows, columns).index_add(0, torch.tensor(found), values)
    indices = student.put(torch.tensor([found]))
    gradient = student.get("torch").sparse_coo_tensor(indices, student.put(values), [rows, columns])
    weight = draw.normal((rows, columns))
    return Laid(student.put(weight.clone().requires_grad_()), gradient, weight, dense)


def assert_sparse(student: Student, draw: Draw, repeated: bool) -> None:
    """A sparse and a dense gradient, clipped together."""
    sparse = sparse_parameter(student, draw, repeated)
    held, gradient = sparse.gradient, sparse.gradient_before
    assert held is not None
    assert gradient is not None
    dense = draw.normal(draw.shape(2))
    other, without = lay(student, [dense, None])
    norm = total_norm([gradient, dense])
    parameters = as_parameters(student, [sparse, without, other])
    table = sparse.parameter
    found = student.clip_sparse_by_global_norm(generator(student, parameters), 0.5 * norm)
    assert_norm(found, norm, "the norm of a sparse and a dense gradient")
    after = table.grad
    if isinstance(after, torch.Tensor) or not after.is_sparse:
        raise Mismatch("the sparse gradient has become dense")
    assert_matches(
        after.to_dense(), 0.5 * gradient, "the sparse gradient after clipping", rtol=RTOL, atol=ATOL
    )
    assert_matches(
        held.to_dense(), 0.5 * gradient, "the tensor that was .grad before", rtol=RTOL, atol=ATOL
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
