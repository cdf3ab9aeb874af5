"""Hidden checks of Lab 04: binary cross-entropy with logits, Huber, and focal loss as autograd
Functions.

Values are judged against float64, never against PyTorch's own loss: at z = -17, t = 0 that one
returns 0 in float32, and a student's log1p is right with 4.1e-8. Absolute tolerances cover the
rounding of either.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch

from autograder.checking import (
    Argument,
    Contract,
    Draw,
    Mismatch,
    Options,
    Points,
    Refusal,
    Student,
    allows,
    assert_from_scratch,
    assert_gradcheck,
    assert_matches,
    at_points,
    battery,
    bonus,
    gate,
    points,
)

FORBIDDEN = (
    *("binary_cross_entropy_with_logits", "binary_cross_entropy", "soft_margin_loss"),
    *("cross_entropy", "huber_loss", "smooth_l1_loss"),
)
REDUCTIONS = ("mean", "sum")
NO_REDUCTIONS = ("average", "MEAN", " sum ", "", None)
# A mean over nothing is NaN in PyTorch; the text promises nothing there.
FILLED = (
    (),
    (1,),
    (6,),
    (3, 4),
    (4, 4),
    (1, 5),
    (5, 1),
    (2, 3, 4),
    (2, 5, 4),
    (2, 1, 3, 2, 2),
    (71, 73),
)


def tolerance(dtype: torch.dtype) -> tuple[float, float]:
    """float32: PyTorch's own arrangement of the terms is off by up to 1e-6 near |z| = 15. float64:
    its softplus leaves out e^-z from z = 20 on, which is 2e-9.
    """
    return (1e-9, 5e-9) if dtype == torch.float64 else (1e-5, 2e-6)


def reduced(loss: torch.Tensor, reduction: str) -> torch.Tensor:
    """The losses of the elements, reduced."""
    if reduction == "none":
        return loss
    return loss.mean() if reduction == "mean" else loss.sum()


def refusals(draw: Draw, first: str, second: str) -> Sequence[Refusal]:
    """Calls with shapes that differ, most of which would broadcast, and with no known reduction."""
    one = draw.normal((4, 1))
    shapes = ((4,), (), (4, 3), (1, 4), (1,), (4, 1, 1), (2, 1))
    made = [
        Refusal(f"{first} of shape (4, 1) with {second} of shape {s}", (one, torch.ones(s)), {})
        for s in shapes
    ]
    made.append(
        Refusal(f"{first} of shape () with {second} of shape (1,)", (one[0, 0], torch.ones(1)), {})
    )
    return made


def unknown_reductions(draw: Draw) -> Sequence[Refusal]:
    """Calls with a reduction that is none of the three."""
    one = draw.normal((4, 1))
    return [
        Refusal(f"the reduction {name!r}", (one, torch.ones(4, 1)), {"reduction": name})
        for name in NO_REDUCTIONS
    ]


# -- Part 1: binary cross-entropy with logits ------------------------------------------------------


def bce(logits: torch.Tensor, targets: torch.Tensor, reduction: str = "mean") -> torch.Tensor:
    """The loss; `logaddexp` is right at any size, and so is its derivative."""
    return reduced(torch.logaddexp(torch.zeros_like(logits), logits) - targets * logits, reduction)


def soft(draw: Draw, shape: Sequence[int], dtype: torch.dtype) -> torch.Tensor:
    """Targets between 0 and 1."""
    return draw.uniform(shape, 0.05, 0.95, torch.float64).to(dtype)


def hard(draw: Draw, shape: Sequence[int], dtype: torch.dtype) -> torch.Tensor:
    """Targets 0 and 1, in turn and then shuffled, so that there are both."""
    places = draw.order(torch.Size(shape).numel())
    return (places % 2).view(torch.Size(shape)).to(dtype)


def _targets(values: Callable[[Draw, Sequence[int], torch.dtype], torch.Tensor]) -> Argument:
    return Argument("the targets", gradient=False, draw=values)


BCE = Contract(
    "bce_with_logits",
    right=bce,
    arguments=(Argument("the logits", seams=(0.0, -0.0)), _targets(hard)),
    function="BCEWithLogitsFunction",
    options=lambda draw: ({"reduction": "none"},),
    tolerance=tolerance,
    strict=False,
    result="the loss",
)
BCE_SOFT = replace(BCE, arguments=(BCE.arguments[0], _targets(soft)))


def _with(contract: Contract, **options: object) -> Contract:
    """The contract for these options, of a loss that is one number."""
    reduction = options.get("reduction")
    return replace(
        contract,
        options=lambda draw: (options,),
        shapes=FILLED,
        elementwise=False,
        result=f'the loss with reduction "{reduction}"' if reduction else "the loss by default",
    )


def _any(contract: Contract, **options: object) -> Contract:
    """The contract for these options and each reduction."""
    settings = tuple({**options, "reduction": name} for name in ("none", *REDUCTIONS))
    return replace(
        contract, options=lambda draw: settings, shapes=FILLED, elementwise=False, result="the loss"
    )


BCE_MEAN, BCE_SUM = (_with(BCE, reduction=name) for name in REDUCTIONS)
BCE_DEFAULT = _with(BCE)
BCE_ANY = _any(BCE)


HARD = (0.0, 1.0)


def at(
    sizes: torch.Tensor,
    where: str,
    signs: Sequence[int] = (1, -1),
    targets: Sequence[float] = HARD,
) -> battery.Given:
    """Logits of these sizes and signs, with each of these targets."""
    return [
        (
            f"of {where} logits with target {target:g}",
            (sign * sizes, torch.full_like(sizes, target)),
        )
        for sign in signs
        for target in targets
    ]


def middling(draw: Draw) -> torch.Tensor:
    """Logits from 5 to 20, where e^-z still counts."""
    return torch.cat(
        [torch.arange(5.0, 20.0, dtype=torch.float64), draw.uniform((6,), 5, 20, torch.float64)]
    )


def large(draw: Draw) -> torch.Tensor:
    """Logits from 20 to 80: sigmoid has rounded to 0 or 1 in float32, exp is still finite."""
    return torch.cat([torch.tensor([20.0, 50.0]), draw.uniform((6,), 20.0, 80.0)]).double()


def far(draw: Draw) -> torch.Tensor:
    """Logits from 90 to 1000: exp is infinite in float32, and from 710 on in float64."""
    return torch.cat(
        [torch.tensor([90.0, 120.0, 750.0, 1000.0]), draw.uniform((6,), 90.0, 1000.0)]
    ).double()


@points(1)
def test_forward_hard(student: Student, draw: Draw) -> None:
    """The loss of ordinary logits with targets 0 and 1, one for each element."""
    battery.ask_values(student, draw, BCE)
    battery.ask_without_gradients(student, draw, BCE)


@points(0.5)
def test_forward_soft(student: Student, draw: Draw) -> None:
    """The loss with soft targets between 0 and 1."""
    battery.ask_values(student, draw, BCE_SOFT)
    battery.ask_given_values(student, draw, BCE, at(middling(draw), "middling", targets=(0.25,)))


@points(0.5)
def test_forward_shapes(student: Student, draw: Draw) -> None:
    """Any shape and dtype: a single number, no element at all, five dimensions, thousands of
    elements; float64 stays float64, to its last digits.
    """
    battery.ask_shapes(student, draw, BCE)
    exact = BCE.exact
    battery.ask_values(student, draw, exact)
    battery.ask_given_values(student, draw, exact, at(middling(draw), "middling", targets=HARD))


@points(0.5)
def test_stable_finite(student: Student, draw: Draw) -> None:
    """The loss is a finite number for logits up to 1000 of both signs."""
    battery.assert_works(student, draw, BCE, backward=False)
    sizes = torch.cat([torch.tensor([17.0]).double(), large(draw), far(draw)])
    for about, (z, t) in at(sizes, "large", targets=(*HARD, 0.25)):
        for dtype in BCE.dtypes:
            mine = student.bce_with_logits(z.to(dtype), t.to(dtype), reduction="none")
            if not isinstance(mine, torch.Tensor) or mine.shape != z.shape:
                raise Mismatch("the loss of large logits is not one number for each logit")
            if broken := int((~torch.isfinite(mine)).sum()):
                raise Mismatch(f"the loss {about} is NaN or infinite for {broken} of {len(z)}")


@points(0.5)
def test_stable_positive(student: Student, draw: Draw) -> None:
    """The loss is right for logits from 20 to 80."""
    battery.ask_given_values(student, draw, BCE_ANY, at(large(draw), "large positive", (1,)))


@points(0.5)
def test_stable_negative(student: Student, draw: Draw) -> None:
    """The loss is right for logits from -80 to -20."""
    battery.ask_given_values(student, draw, BCE_ANY, at(large(draw), "large negative", (-1,)))


@points(0.5)
def test_stable_far_positive(student: Student, draw: Draw) -> None:
    """The loss is right for logits from 90 to 1000."""
    battery.ask_given_values(student, draw, BCE_ANY, at(far(draw), "very large positive", (1,)))


@points(0.5)
def test_stable_far_negative(student: Student, draw: Draw) -> None:
    """The loss is right for logits from -1000 to -90."""
    battery.ask_given_values(student, draw, BCE_ANY, at(far(draw), "very large negative", (-1,)))


@points(0.5)
def test_stable_gradient(student: Student, draw: Draw) -> None:
    """The gradient is right for logits from 5 to 80 of both signs."""
    given = [*at(middling(draw), "middling"), *at(large(draw), "large")]
    battery.ask_given_gradients(student, draw, BCE, given)


@points(1)
def test_stable_gradient_far(student: Student, draw: Draw) -> None:
    """The gradient is right for logits from 90 to 1000 of both signs."""
    given = at(far(draw), "very large", targets=(*HARD, 0.25))
    battery.ask_given_gradients(student, draw, BCE_ANY, given)


@points(1)
def test_backward_upstream(student: Student, draw: Draw) -> None:
    """The gradient for any upstream gradient, shape and layout, whatever was called in between."""
    families = (
        battery.ask_upstreams,
        battery.ask_gradient_shapes,
        battery.ask_views,
        battery.ask_same_input_twice,
        battery.ask_several_calls,
        battery.ask_second_backward,
    )
    battery.ask_all(families, student, draw, BCE)
    battery.ask_gradients(student, draw, BCE.exact)


@points(1)
def test_backward_zero_logit(student: Student, draw: Draw) -> None:
    """At a logit of exactly 0 the gradient is 0.5 - t."""
    for contract in (BCE, BCE_SOFT):
        battery.ask_seams(student, draw, contract)


@points(1)
def test_backward_gradcheck(student: Student, draw: Draw) -> None:
    """Your backward fits your forward: gradcheck in float64."""
    shape = draw.shape(2, 2, 4)
    z, t = draw.off_zero(shape), draw.uniform(shape, 0.0, 1.0, torch.float64)
    assert_matches(
        student.bce_with_logits(z, t, reduction="none"), bce(z.detach(), t, "none"), "the loss"
    )
    assert_gradcheck(lambda logits: student.bce_with_logits(logits, t, reduction="none"), [z])


@points(1)
def test_backward_own(student: Student, draw: Draw) -> None:
    """The gradient comes from your BCEWithLogitsFunction, not from operations that autograd
    recorded.
    """
    battery.ask_own_rule(student, draw, BCE_ANY, reduces=True)


@points(1)
def test_reduction_values(student: Student, draw: Draw) -> None:
    """ "mean" and "sum" give one number each, for any shape, and "mean" is the default."""
    battery.ask_values(student, draw, BCE_ANY)
    for contract in (BCE_MEAN, BCE_SUM, BCE_DEFAULT):
        battery.ask_shapes(student, draw, contract)


@points(0.5)
def test_reduction_mean_gradient(student: Student, draw: Draw) -> None:
    """The gradient of a multiple of the mean of a vector: upstream times 1/N times the slope."""
    vectors = replace(BCE_MEAN, shapes=((1,), (6,), (5003,)))
    battery.ask_gradient_shapes(student, draw, vectors)


@points(0.5)
def test_reduction_mean_gradient_shapes(student: Student, draw: Draw) -> None:
    """The gradient of a multiple of the mean of a table, or of a single number.

    N counts all elements.
    """
    battery.ask_gradient_shapes(student, draw, BCE_MEAN)
    battery.ask_upstreams(student, draw, BCE_MEAN)
    battery.ask_several_calls(student, draw, BCE_ANY)


@points(1)
def test_reduction_sum_gradient(student: Student, draw: Draw) -> None:
    """The gradient of a multiple of the sum: upstream times the slope, and nothing else."""
    battery.ask_gradient_shapes(student, draw, BCE_SUM)
    battery.ask_upstreams(student, draw, BCE_SUM)


@points(0.5)
def test_contract_shapes(student: Student, draw: Draw) -> None:
    """ValueError if the shapes of logits and targets differ."""
    asked = replace(BCE, refuses=lambda draw: refusals(draw, "logits", "targets"))
    battery.ask_refusals(student, draw, asked)


@points(0.5)
def test_contract_reduction(student: Student, draw: Draw) -> None:
    """ValueError if the reduction is none of "none", "mean" and "sum"."""
    battery.ask_refusals(student, draw, replace(BCE, refuses=unknown_reductions))


@points(0.5)
def test_contract_targets(student: Student, draw: Draw) -> None:
    """Targets are data: they get no gradient, even if they require one."""
    battery.ask_no_gradient_for_others(student, draw, BCE_ANY)


@points(0.5)
def test_contract_untouched(student: Student, draw: Draw) -> None:
    """Logits, targets and the upstream gradient are left as they came."""
    for contract in (BCE, BCE_ANY):
        battery.ask_all_untouched(student, draw, contract)


# -- Part 2: Huber ---------------------------------------------------------------------------------


def huber(
    input: torch.Tensor, target: torch.Tensor, delta: float = 1.0, reduction: str = "mean"
) -> torch.Tensor:
    """The Huber loss; its parabola is never computed where it would overflow."""
    size = (input - target).abs()
    near = size.clamp(max=delta)
    return reduced(near * (size - near / 2), reduction)


def deltas(draw: Draw) -> tuple[float, float]:
    """A threshold below 1 and one above, well away from it."""
    return draw.number(0.3, 0.7), draw.number(1.5, 3.0)


def both_sides(draw: Draw, shape: Sequence[int], dtype: torch.dtype) -> torch.Tensor:
    """Numbers of both signs, of which every fourth is past all thresholds."""
    count = int(torch.Size(shape).numel())
    places = torch.arange(count)
    sizes = draw.uniform((count,), 0.2, 2.0, torch.float64) * torch.where(places % 4 < 2, 1.0, 4.0)
    return (sizes * (1 - 2 * (places % 2))).view(torch.Size(shape)).to(dtype)


def _huber(*, to_target: bool) -> Contract:
    return Contract(
        "huber_loss",
        right=huber,
        arguments=(
            Argument("the input", draw=both_sides),
            Argument("the target", gradient=to_target),
        ),
        function="HuberFunction",
        options=lambda draw: tuple({"delta": d, "reduction": "none"} for d in (1.0, *deltas(draw))),
        tolerance=lambda dtype: (1e-9, 1e-11) if dtype == torch.float64 else (1e-5, 2e-6),
        strict=False,
        result="the Huber loss",
    )


HUBER = _huber(to_target=False)
HUBER_BOTH = _huber(to_target=True)
# With no target in the way, a residual can be a threshold exactly.
ZEROS = Argument(
    "the target", gradient=False, draw=lambda draw, shape, dtype: torch.zeros(shape, dtype=dtype)
)


def huber_seams(delta: float) -> Contract:
    """Residuals of exactly 0 and delta."""
    return replace(
        HUBER,
        arguments=(Argument("the input", seams=(0.0, -0.0, delta, -delta)), ZEROS),
        options=lambda draw: ({"delta": delta, "reduction": "none"},),
    )


def residuals(draw: Draw, sizes: torch.Tensor, about: str) -> battery.Given:
    """Inputs whose residuals have these sizes and both signs."""
    target = draw.normal(sizes.shape, torch.float64)
    return [(about, (target + sizes, target)), (about, (target - sizes, target))]


@points(0.5)
def test_huber_near(student: Student, draw: Draw) -> None:
    """The Huber loss of residuals well below delta: half their square."""
    sizes = torch.cat([draw.uniform((6,), 0.01, 0.28, torch.float64), torch.zeros(1).double()])
    battery.ask_given_values(student, draw, HUBER, residuals(draw, sizes, "near zero"))


@points(0.5)
def test_huber_far(student: Student, draw: Draw) -> None:
    """The Huber loss of residuals beyond delta: a straight line."""
    sizes = torch.cat([draw.uniform((6,), 3.2, 9.0, torch.float64), torch.tensor([150.0]).double()])
    battery.ask_given_values(student, draw, HUBER, residuals(draw, sizes, "beyond delta"))


@points(0.5)
def test_huber_default(student: Student, draw: Draw) -> None:
    """The Huber loss with delta = 1, the default, for any shape and dtype, exactly at delta too."""
    default = replace(HUBER, options=lambda draw: ({"reduction": "none"},))
    battery.ask_values(student, draw, default.exact)
    battery.ask_shapes(student, draw, default)
    for delta in (1.0, 0.5, 2.0):
        where = torch.tensor([delta, delta - 2**-10, delta + 2**-10], dtype=torch.float64)
        given = [("at delta", (sign * where, torch.zeros(3).double())) for sign in (1, -1)]
        battery.ask_given_values(student, draw, huber_seams(delta), given)


@points(0.5)
def test_huber_large(student: Student, draw: Draw) -> None:
    """The Huber loss of residuals up to 1e30 in float32, whose squares are infinite: finite and
    right.
    """
    size = torch.tensor([1e30, 1e25, 1e20], dtype=torch.float64) * draw.number(0.5, 1.0)
    given = [("of huge residuals", (torch.cat([size, -size]), torch.zeros(6).double()))]
    for contract in (HUBER, _any(HUBER, delta=draw.choice(deltas(draw)))):
        battery.ask_given_values(student, draw, contract, given)
        battery.ask_given_gradients(student, draw, contract, given)


@points(1)
def test_huber_gradient(student: Student, draw: Draw) -> None:
    """The gradient of the Huber loss for the input, for any upstream gradient, by your own
    HuberFunction.
    """
    families = (
        battery.ask_upstreams,
        battery.ask_gradient_shapes,
        battery.ask_views,
        battery.ask_several_calls,
        battery.ask_second_backward,
        battery.ask_own_rule,
    )
    battery.ask_all(families, student, draw, HUBER)
    battery.ask_gradients(student, draw, HUBER.exact)
    for delta in (1.0, 0.5, 2.0):
        battery.ask_seams(student, draw, huber_seams(delta))
    near_zero = replace(huber_seams(1.0), scales=lambda dtype: (1e-30, 1e-9, 1e-4))
    battery.ask_gradient_magnitudes(student, draw, near_zero, atol=0.0)


def target_gradients(
    student: Student, draw: Draw, of: Callable[[torch.Tensor], torch.Tensor], what: str
) -> None:
    """One property of what the target gets, in both dtypes and for every delta."""
    for dtype in HUBER.dtypes:
        for delta in (1.0, *deltas(draw)):
            shape = draw.shape(2, 3, 6)
            x, y = both_sides(draw, shape, dtype), draw.normal(shape, dtype)
            x.requires_grad_()
            y.requires_grad_()
            upstream = draw.signs(shape, dtype) * draw.uniform(shape, 1.5, 4.0, dtype)
            mine = student.huber_loss(x, y, delta=delta, reduction="none")
            assert_matches(mine, huber(x, y, delta, "none").detach(), "the Huber loss", rtol=1e-4)
            _, gradient = torch.autograd.grad(mine, (x, y), upstream, allow_unused=True)
            if gradient is None:
                raise Mismatch("the target gets no gradient")
            right = -upstream * (x - y).detach().clamp(-delta, delta)
            rtol, atol = HUBER.tolerance(dtype) if HUBER.tolerance else (1e-5, 2e-6)
            assert_matches(of(gradient), of(right), what, rtol=rtol, atol=atol)


@points(0.5)
def test_huber_target(student: Student, draw: Draw) -> None:
    """The target of the Huber loss, which may be a prediction too, gets a gradient of the right
    size.
    """
    target_gradients(student, draw, torch.abs, "the size of the gradient for the target")


@points(0.5)
def test_huber_target_sign(student: Student, draw: Draw) -> None:
    """The Huber gradient for the target points the other way than that for the input."""
    target_gradients(student, draw, torch.sign, "the sign of the gradient for the target")


@points(0.5)
def test_huber_reduction(student: Student, draw: Draw) -> None:
    """The Huber loss with "mean" and "sum", and the gradients of a multiple of each, for both."""
    for reduction in REDUCTIONS:
        contract = _with(HUBER_BOTH, delta=draw.choice(deltas(draw)), reduction=reduction)
        battery.ask_shapes(student, draw, contract)
        battery.ask_gradient_shapes(student, draw, contract)
        battery.ask_upstreams(student, draw, contract)
    battery.ask_values(student, draw, _with(HUBER))
    battery.ask_gradients_apart(student, draw, _any(HUBER_BOTH))
    battery.ask_several_calls(student, draw, _any(HUBER_BOTH))


@points(0.5)
def test_huber_contract(student: Student, draw: Draw) -> None:
    """The Huber loss: ValueError if the shapes differ or the reduction is unknown; nothing that is
    handed over is written to.
    """
    for refuses in (lambda draw: refusals(draw, "an input", "a target"), unknown_reductions):
        battery.ask_refusals(student, draw, replace(HUBER, refuses=refuses))
    for contract in (HUBER_BOTH, _any(HUBER_BOTH)):
        battery.ask_all_untouched(student, draw, contract)


def evidence(student: Student) -> list[str]:
    """What both losses do at a few numbers, in sentences, where no mistake is recognized."""
    z, t, upstream = (2.0, -2.0, 0.0, 1000.0), (1.0, 1.0, 0.0, 0.0), (3.0, -5.0, 7.0, 1.0)
    r, y = (0.5, -3.0, 3.0), (0.0, 0.0, 1.0)
    return at_points(
        student,
        [
            Points(BCE, [z, t], upstream, {"reduction": "none"}),
            Points(HUBER_BOTH, [r, y], upstream[:3], {"delta": 2.0, "reduction": "none"}),
        ],
    )


@gate
def test_from_scratch(student: Student) -> None:
    """Both losses are computed by your own code, not by PyTorch's finished ones under any name."""
    assert_from_scratch(student)


# -- Extra credit: focal, which may build on PyTorch's losses --------------------------------------


def focal(
    logits: torch.Tensor,
    targets: torch.Tensor,
    alpha: float = 0.25,
    gamma: float = 2.0,
    reduction: str = "mean",
) -> torch.Tensor:
    """The focal loss, as a function of s = z where t = 1 and s = -z where t = 0."""
    s = (2 * targets - 1) * logits
    weight = alpha * targets + (1 - alpha) * (1 - targets)
    cross_entropy = torch.logaddexp(torch.zeros_like(s), -s)
    return reduced(weight * torch.exp(gamma * _log_sigmoid(-s)) * cross_entropy, reduction)


def _log_sigmoid(s: torch.Tensor) -> torch.Tensor:
    return -torch.logaddexp(torch.zeros_like(s), -s)


def focal_tolerance(dtype: torch.dtype) -> tuple[float, float]:
    """A weight picked by `torch.where(targets > 0, alpha, 1 - alpha)` is rounded to float32."""
    return (1e-7, 5e-9) if dtype == torch.float64 else (1e-4, 1e-5)


def focal_settings(draw: Draw) -> Sequence[Options]:
    """Settings of alpha and gamma, unreduced; gamma below 1, of 0, 1 and 2, and drawn ones."""
    pairs = [(draw.number(0.6, 0.9), draw.number(1.2, 4.0)), (0.25, 2.0), (0.4, 0.5), (0.7, 0.0)]
    pairs += [(0.0, 1.0), (1.0, 1.5)]
    return [{"alpha": a, "gamma": g, "reduction": "none"} for a, g in pairs]


FOCAL = Contract(
    "focal_loss",
    right=focal,
    arguments=(Argument("the logits", seams=(0.0, -0.0)), _targets(hard)),
    function="FocalLossFunction",
    options=focal_settings,
    tolerance=focal_tolerance,
    strict=False,
    result="the focal loss",
)


def focal_any(draw: Draw) -> Contract:
    """The focal loss with each reduction."""
    return _any(FOCAL, alpha=draw.number(0.2, 0.8), gamma=draw.number(1.2, 4.0))


def focal_extremes(draw: Draw, gammas: Sequence[float]) -> tuple[Contract, battery.Given]:
    """Large and very large logits, each with both signs and both targets."""
    size = torch.cat([middling(draw), large(draw), far(draw)])
    z = torch.cat([size, -size])
    given: battery.Given = [(f"with target {t:g}", (z, torch.full_like(z, t))) for t in (0.0, 1.0)]
    settings = tuple({"gamma": gamma, "reduction": "none"} for gamma in gammas)
    return replace(
        FOCAL, options=lambda draw: settings, result="the focal loss of large logits"
    ), given


@bonus(1)
@allows(*FORBIDDEN)
def test_focal_values(student: Student, draw: Draw) -> None:
    """The focal loss for any alpha and gamma, with every reduction; refusals as in part 1."""
    battery.ask_values(student, draw, FOCAL.exact)
    battery.ask_shapes(student, draw, FOCAL)
    battery.ask_without_gradients(student, draw, FOCAL)
    for contract in (focal_any(draw), _with(FOCAL)):
        battery.ask_values(student, draw, contract)
    for refuses in (lambda draw: refusals(draw, "logits", "targets"), unknown_reductions):
        battery.ask_refusals(student, draw, replace(FOCAL, refuses=refuses))


@bonus(1)
@allows(*FORBIDDEN)
def test_focal_gradient(student: Student, draw: Draw) -> None:
    """The gradient of the focal loss for any upstream gradient, by your own FocalLossFunction."""
    families = (
        battery.ask_gradients,
        battery.ask_upstreams,
        battery.ask_gradient_shapes,
        battery.ask_views,
        battery.ask_seams,
        battery.ask_several_calls,
        battery.ask_own_rule,
        battery.ask_no_gradient_for_others,
        battery.ask_all_untouched,
    )
    battery.ask_all(families, student, draw, FOCAL)
    reduced_too = focal_any(draw)
    in_any = (
        battery.ask_gradients,
        battery.ask_several_calls,
        battery.ask_no_gradient_for_others,
        battery.ask_upstream_untouched,
    )
    battery.ask_all(in_any, student, draw, reduced_too)


@bonus(0.5)
@allows(*FORBIDDEN)
def test_focal_stable(student: Student, draw: Draw) -> None:
    """The focal loss is finite and right for logits up to 1000, whatever gamma."""
    contract, given = focal_extremes(draw, (draw.number(0.3, 0.7), 0.0, 2.0))
    battery.ask_given_values(student, draw, contract, given)


@bonus(0.5)
@allows(*FORBIDDEN)
def test_focal_stable_gradient(student: Student, draw: Draw) -> None:
    """The gradient of the focal loss is finite and right for logits up to 1000, for gamma below 1
    as well.
    """
    contract, given = focal_extremes(draw, (draw.number(0.3, 0.7), 0.0))
    battery.ask_given_gradients(student, draw, contract, given)
