"""Hidden checks of Lab 04: binary cross-entropy with logits, Huber, and focal loss as autograd
Functions.

Values are judged against float64, never against PyTorch's own loss: at z = -17, t = 0 that one
returns 0 in float32, and a student's log1p is right with 4.1e-8. Absolute tolerances cover the
rounding of either.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from autograder.checking import (
    Draw,
    Handle,
    Mismatch,
    Student,
    StudentError,
    allows,
    assert_from_scratch,
    assert_gradcheck,
    assert_matches,
    bonus,
    gate,
    points,
)

RTOL, ATOL = (
    1e-5,
    2e-6,
)  # float32; PyTorch's arrangement of the terms is off by up to 1e-6 near |z| = 15
FORBIDDEN = (
    *("binary_cross_entropy_with_logits", "binary_cross_entropy", "soft_margin_loss"),
    *("cross_entropy", "huber_loss", "smooth_l1_loss"),
)
MAX_NODES = 50


def bce(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Each element's loss in float64, rounded to the dtype of `logits`."""
    z, t = logits.detach().double(), targets.double()
    return (torch.logaddexp(torch.zeros_like(z), z) - t * z).to(logits.dtype)


def bce_slope(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Its derivative by the logit, computed in float64."""
    return (torch.sigmoid(logits.detach().double()) - targets.double()).to(logits.dtype)


def huber(input: torch.Tensor, target: torch.Tensor, delta: float) -> torch.Tensor:
    """Each element's Huber loss in float64, rounded to the dtype of `input`."""
    size = (input.detach().double() - target.detach().double()).abs()
    near = size.clamp(max=delta)
    return (near * (size - near / 2)).to(input.dtype)


def huber_slope(input: torch.Tensor, target: torch.Tensor, delta: float) -> torch.Tensor:
    """Its derivative by `input`."""
    return (input.detach().double() - target.detach().double()).clamp(-delta, delta).to(input.dtype)


def focal(
    logits: torch.Tensor, targets: torch.Tensor, alpha: float, gamma: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Each element's focal loss and its derivative by the logit, in float64, rounded to the dtype
    of `logits`.
    """
    side = 2 * targets.double() - 1
    s = side * logits.detach().double()
    weight = alpha * targets.double() + (1 - alpha) * (1 - targets.double())
    p, q, ce = torch.sigmoid(s), torch.sigmoid(-s), torch.logaddexp(torch.zeros_like(s), -s)
    loss = weight * q**gamma * ce
    slope = -side * weight * q**gamma * (gamma * p * ce + q)
    return loss.to(logits.dtype), slope.to(logits.dtype)


def hard_targets(draw: Draw, shape: tuple[int, ...]) -> torch.Tensor:
    """Targets 0 and 1, both of them at least once."""
    targets = (draw.signs(shape) + 1) / 2
    targets.view(-1)[0], targets.view(-1)[-1] = 0.0, 1.0
    return targets


def upstream_for(draw: Draw, shape: tuple[int, ...]) -> torch.Tensor:
    """An upstream gradient of both signs that is nowhere near 1."""
    return draw.signs(shape) * draw.uniform(shape, 1.5, 4.0)


def assert_own_backward(result: Handle, function: str) -> None:
    """The graph behind `result` holds a node of the student's Function of this name."""
    waiting = [result.grad_fn]
    for _ in range(MAX_NODES):
        if not waiting:
            break
        node = waiting.pop(0)
        if node is None:
            continue
        if function in str(node.name()):
            return
        waiting += [pair[0] for pair in node.next_functions]
    raise Mismatch(
        f"the result does not come from `{function}.apply`, so your `backward` is never called"
    )


def refuses(call: Callable[[], Any], what: str) -> None:
    """The student's code answers this call with a ValueError."""
    try:
        call()
    except StudentError as error:
        if error.is_a("ValueError"):
            return
        if error.kind != "error":
            raise
        raise Mismatch(f"{what} should raise ValueError, yours raises {error.type_name}") from None
    raise Mismatch(f"{what} should raise ValueError, yours raises nothing")


# -- Part 1: binary cross-entropy with logits ------------------------------------------------------


@points(1)
def test_forward_hard(student: Student, draw: Draw) -> None:
    """The loss of ordinary logits with targets 0 and 1, one for each element."""
    shape = draw.shape(2)
    z, t = draw.uniform(shape, -5.0, 5.0), hard_targets(draw, shape)
    mine = student.bce_with_logits(z, t, reduction="none")
    assert_matches(mine, bce(z, t), "the loss", rtol=RTOL, atol=ATOL)


@points(0.5)
def test_forward_soft(student: Student, draw: Draw) -> None:
    """The loss with soft targets between 0 and 1."""
    shape = draw.shape(1, 4, 9)
    z, t = draw.uniform(shape, -5.0, 5.0), draw.uniform(shape, 0.05, 0.95)
    mine = student.bce_with_logits(z, t, reduction="none")
    assert_matches(mine, bce(z, t), "the loss with soft targets", rtol=RTOL, atol=ATOL)


@points(0.5)
def test_forward_shapes(student: Student, draw: Draw) -> None:
    """Any shape, memory layout and dtype: a single number, three dimensions, a transposed table,
    float64.
    """
    shape = draw.shape(3)
    table = draw.shape(2)
    cases = [
        ("a single number", draw.normal(()), torch.ones(())),
        ("three dimensions", draw.normal(shape), hard_targets(draw, shape)),
        ("a transposed table", draw.normal(table).T, hard_targets(draw, table).T),
    ]
    for what, z, t in cases:
        mine = student.bce_with_logits(z, t, reduction="none")
        assert_matches(mine, bce(z, t), f"the loss of {what}", rtol=RTOL, atol=ATOL)
    z = draw.normal(table, torch.float64)
    t = hard_targets(draw, table).double()
    assert_matches(student.bce_with_logits(z, t, reduction="none"), bce(z, t), "the float64 loss")


TARGETS = (0.0, 1.0, 0.25)


def large(draw: Draw) -> torch.Tensor:
    """Logits from 20 to 80: sigmoid has rounded to 0 or 1 in float32, exp is still finite."""
    return torch.cat([torch.tensor([20.0, 50.0]), draw.uniform((6,), 20.0, 80.0)])


def far(draw: Draw) -> torch.Tensor:
    """Logits from 90 to 1000: exp is infinite in float32."""
    return torch.cat([torch.tensor([90.0, 120.0, 1000.0]), draw.uniform((6,), 90.0, 1000.0)])


def assert_loss_at(student: Student, z: torch.Tensor, where: str) -> None:
    """The loss of these logits for targets of each kind."""
    for target in TARGETS:
        t = torch.full_like(z, target)
        mine = student.bce_with_logits(z, t, reduction="none")
        assert_matches(
            mine,
            bce(z, t),
            f"the loss of {where} logits with target {target:g}",
            rtol=RTOL,
            atol=ATOL,
        )


def assert_gradient_at(student: Student, z: torch.Tensor, where: str) -> None:
    """The gradient of these logits for targets of each kind."""
    for target in TARGETS:
        logits, t = z.clone().requires_grad_(), torch.full_like(z, target)
        mine = student.bce_with_logits(logits, t, reduction="none")
        (gradient,) = torch.autograd.grad(mine, logits, torch.ones_like(z))
        what = f"the gradient of {where} logits with target {target:g}"
        assert_matches(gradient, bce_slope(z, t), what, rtol=RTOL, atol=ATOL)


@points(0.5)
def test_stable_finite(student: Student, draw: Draw) -> None:
    """The loss is a finite number for logits up to 1000 of both signs."""
    size = torch.cat([torch.tensor([17.0]), large(draw), far(draw)])
    for target in TARGETS:
        for z in (size, -size):
            mine = student.bce_with_logits(z, torch.full_like(z, target), reduction="none")
            if not isinstance(mine, torch.Tensor) or mine.shape != z.shape:
                raise Mismatch("the loss of large logits is not one number for each logit")
            if broken := int((~torch.isfinite(mine)).sum()):
                raise Mismatch(
                    f"the loss is NaN or infinite for {broken} of {len(z)} large "
                    f"logits with target {target:g}"
                )


@points(0.5)
def test_stable_positive(student: Student, draw: Draw) -> None:
    """The loss is right for logits from 20 to 80."""
    assert_loss_at(student, large(draw), "large positive")


@points(0.5)
def test_stable_negative(student: Student, draw: Draw) -> None:
    """The loss is right for logits from -80 to -20."""
    assert_loss_at(student, -large(draw), "large negative")


@points(0.5)
def test_stable_far_positive(student: Student, draw: Draw) -> None:
    """The loss is right for logits from 90 to 1000."""
    assert_loss_at(student, far(draw), "very large positive")


@points(0.5)
def test_stable_far_negative(student: Student, draw: Draw) -> None:
    """The loss is right for logits from -1000 to -90."""
    assert_loss_at(student, -far(draw), "very large negative")


@points(0.5)
def test_stable_gradient(student: Student, draw: Draw) -> None:
    """The gradient is right for logits from 20 to 80 of both signs."""
    size = large(draw)
    assert_gradient_at(student, torch.cat([size, -size]), "large")


@points(1)
def test_stable_gradient_far(student: Student, draw: Draw) -> None:
    """The gradient is right for logits from 90 to 1000 of both signs."""
    size = far(draw)
    assert_gradient_at(student, torch.cat([size, -size]), "very large")


@points(1)
def test_backward_upstream(student: Student, draw: Draw) -> None:
    """The gradient for any upstream gradient, with reduction "none"."""
    shape = draw.shape(2)
    z, t = draw.normal(shape, requires_grad=True), draw.uniform(shape, 0.0, 1.0)
    upstream = upstream_for(draw, shape)
    mine = student.bce_with_logits(z, t, reduction="none")
    (gradient,) = torch.autograd.grad(mine, z, upstream)
    assert_matches(gradient, upstream * bce_slope(z, t), "the gradient", rtol=RTOL, atol=ATOL)


@points(1)
def test_backward_zero_logit(student: Student, draw: Draw) -> None:
    """At a logit of exactly 0 the gradient is 0.5 - t."""
    t = torch.cat([torch.tensor([0.0, 1.0]), draw.uniform((3,), 0.1, 0.9)])
    z = torch.zeros(5, requires_grad=True)
    mine = student.bce_with_logits(z, t, reduction="none")
    (gradient,) = torch.autograd.grad(mine, z, torch.ones(5))
    assert_matches(gradient, 0.5 - t, "the gradient at z = 0", rtol=RTOL, atol=ATOL)


@points(1)
def test_backward_gradcheck(student: Student, draw: Draw) -> None:
    """Your backward fits your forward: gradcheck in float64."""
    shape = draw.shape(2, 2, 4)
    t = draw.uniform(shape, 0.0, 1.0, torch.float64)
    z = draw.off_zero(shape)
    assert_gradcheck(lambda logits: student.bce_with_logits(logits, t, reduction="none"), [z])


@points(1)
def test_backward_own(student: Student, draw: Draw) -> None:
    """The gradient comes from your BCEWithLogitsFunction, not from operations that autograd
    recorded.
    """
    shape = draw.shape(1)
    z, t = (
        student.put(draw.normal(shape, requires_grad=True)),
        student.put(hard_targets(draw, shape)),
    )
    for reduction in ("none", "mean"):
        mine = student.keep.bce_with_logits(z, t, reduction=reduction)
        assert_own_backward(mine, "BCEWithLogitsFunction")


@points(1)
def test_reduction_values(student: Student, draw: Draw) -> None:
    """The reductions "mean" and "sum" give one number each, and "mean" is the default."""
    shape = draw.shape(2)
    z, t = draw.normal(shape), draw.uniform(shape, 0.0, 1.0)
    losses = bce(z, t)
    assert_matches(
        student.bce_with_logits(z, t, reduction="sum"),
        losses.sum(),
        "the summed loss",
        rtol=1e-4,
        atol=ATOL,
    )
    assert_matches(
        student.bce_with_logits(z, t, reduction="mean"),
        losses.mean(),
        "the mean loss",
        rtol=1e-4,
        atol=ATOL,
    )
    assert_matches(
        student.bce_with_logits(z, t), losses.mean(), "the loss by default", rtol=1e-4, atol=ATOL
    )


def assert_reduced_gradient(
    student: Student, draw: Draw, reduction: str, shape: tuple[int, ...]
) -> None:
    """The gradient of a multiple of the reduced loss."""
    z, t = draw.normal(shape, requires_grad=True), draw.uniform(shape, 0.0, 1.0)
    factor = draw.choice((-1, 1)) * draw.number(1.5, 4.0)
    loss = student.bce_with_logits(z, t, reduction=reduction)
    (gradient,) = torch.autograd.grad(factor * loss, z)
    expected = factor * bce_slope(z, t) / (z.numel() if reduction == "mean" else 1)
    assert_matches(
        gradient, expected, f'the gradient with reduction "{reduction}"', rtol=1e-4, atol=ATOL
    )


@points(0.5)
def test_reduction_mean_gradient(student: Student, draw: Draw) -> None:
    """The gradient of a multiple of the mean of a vector: upstream times 1/N times the slope."""
    assert_reduced_gradient(student, draw, "mean", draw.shape(1, 3, 9))


@points(0.5)
def test_reduction_mean_gradient_shapes(student: Student, draw: Draw) -> None:
    """The gradient of a multiple of the mean of a table, or of a single number.

    N counts all elements.
    """
    assert_reduced_gradient(student, draw, "mean", draw.shape(2))
    assert_reduced_gradient(student, draw, "mean", draw.shape(3, 2, 5))
    assert_reduced_gradient(student, draw, "mean", ())


@points(1)
def test_reduction_sum_gradient(student: Student, draw: Draw) -> None:
    """The gradient of a multiple of the sum: upstream times the slope, and nothing else."""
    for shape in (draw.shape(1, 3, 9), draw.shape(2), ()):
        assert_reduced_gradient(student, draw, "sum", shape)


def column(student: Student, draw: Draw) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits and targets of shape (N, 1), whose loss the student's code can compute."""
    count = draw.integer(3, 6)
    z, t = draw.normal((count, 1)), torch.ones(count, 1)
    assert_matches(
        student.bce_with_logits(z, t, reduction="sum"),
        bce(z, t).sum(),
        "the summed loss",
        rtol=1e-4,
        atol=ATOL,
    )
    return z, t


@points(0.5)
def test_contract_shapes(student: Student, draw: Draw) -> None:
    """ValueError if the shapes of logits and targets differ."""
    z, t = column(student, draw)
    refuses(
        lambda: student.bce_with_logits(z, t.squeeze(1)),
        "logits of shape (N, 1) with targets of shape (N,)",
    )
    refuses(
        lambda: student.bce_with_logits(z, torch.ones(())),
        "logits of shape (N, 1) with a single target",
    )


@points(0.5)
def test_contract_reduction(student: Student, draw: Draw) -> None:
    """ValueError if the reduction is none of "none", "mean" and "sum"."""
    z, t = column(student, draw)
    refuses(lambda: student.bce_with_logits(z, t, reduction="average"), "an unknown reduction")


@points(1)
def test_contract_untouched(student: Student, draw: Draw) -> None:
    """Logits, targets and the upstream gradient are left as they came."""
    shape = draw.shape(2)
    values = {
        "the logits": draw.normal(shape, requires_grad=True),
        "the targets": hard_targets(draw, shape),
    }
    values["the upstream gradient"] = upstream_for(draw, shape)
    laid = {name: student.put(value) for name, value in values.items()}
    z, t, upstream = laid.values()
    mine = student.keep.bce_with_logits(z, t, reduction="none")
    mine.backward(upstream)
    if not isinstance(z.grad, torch.Tensor):
        raise Mismatch("the logits got no gradient")
    for name, value in values.items():
        assert_matches(
            laid[name].detach(), value.detach(), f"{name} after the call", rtol=0, atol=0
        )


# -- Part 2: Huber ---------------------------------------------------------------------------------


def other_delta(draw: Draw) -> float:
    """A threshold well away from 1."""
    return float(draw.choice((draw.number(0.3, 0.7), draw.number(1.5, 3.0))))


def within(draw: Draw, count: int, limit: float) -> torch.Tensor:
    """Residuals of both signs, smaller than `limit`."""
    signs = torch.tensor([1.0, -1.0]).repeat(count)[:count]
    return signs * draw.uniform((count,), 0.1 * limit, 0.9 * limit)


def beyond(draw: Draw, count: int, limit: float) -> torch.Tensor:
    """Residuals of both signs, larger than `limit`."""
    signs = torch.tensor([1.0, -1.0]).repeat(count)[:count]
    return signs * draw.uniform((count,), 1.2 * limit, 5.0 * limit)


def mixed_pair(draw: Draw, delta: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Predictions and targets, a table of each, with residuals on both sides of both thresholds."""
    rows, columns = draw.shape(2, 3, 6)
    near = rows * columns // 2
    residual = torch.cat([within(draw, near, delta), beyond(draw, rows * columns - near, delta)])
    residual = residual[draw.order(rows * columns)].reshape(rows, columns)
    target = draw.normal((rows, columns))
    return target + residual, target


def assert_huber(
    student: Student, draw: Draw, residual: torch.Tensor, delta: float, what: str
) -> None:
    """The Huber loss of these residuals, unreduced."""
    target = draw.normal(residual.shape)
    mine = student.huber_loss(target + residual, target, delta=delta, reduction="none")
    assert_matches(mine, huber(target + residual, target, delta), what, rtol=1e-4, atol=1e-5)


@points(0.5)
def test_huber_near(student: Student, draw: Draw) -> None:
    """The Huber loss of residuals well below delta: half their square."""
    for delta in (draw.number(0.4, 0.7), draw.number(1.5, 3.0)):
        assert_huber(student, draw, within(draw, 6, 0.3), delta, "the Huber loss near zero")


@points(0.5)
def test_huber_far(student: Student, draw: Draw) -> None:
    """The Huber loss of residuals beyond delta: a straight line."""
    for delta in (draw.number(0.3, 0.7), draw.number(1.5, 3.0)):
        assert_huber(student, draw, beyond(draw, 6, delta), delta, "the Huber loss beyond delta")


@points(0.5)
def test_huber_default(student: Student, draw: Draw) -> None:
    """The Huber loss with delta = 1, the default, in float64."""
    x, y = (part.double() for part in mixed_pair(draw, 1.0))
    mine = student.huber_loss(x, y, reduction="none")
    assert_matches(mine, huber(x, y, 1.0), "the Huber loss in float64 with the default delta")


@points(0.5)
def test_huber_large(student: Student, draw: Draw) -> None:
    """The Huber loss of residuals up to 1e30 in float32, whose squares are infinite: finite and
    right.
    """
    delta = other_delta(draw)
    size = torch.tensor([1e30, 1e25, 1e20]) * draw.number(0.5, 1.0)
    x = torch.cat([size, -size]).requires_grad_()
    mine = student.huber_loss(x, torch.zeros(6), delta=delta, reduction="none")
    assert_matches(
        mine,
        huber(x, torch.zeros(6), delta),
        "the Huber loss of huge residuals",
        rtol=1e-4,
        atol=1e-5,
    )
    (gradient,) = torch.autograd.grad(mine, x, torch.ones(6))
    expected = huber_slope(x, torch.zeros(6), delta)
    assert_matches(gradient, expected, "the gradient of huge residuals", rtol=1e-4, atol=1e-5)


@points(1)
def test_huber_gradient(student: Student, draw: Draw) -> None:
    """The gradient of the Huber loss for the input, for any upstream gradient, by your own
    HuberFunction.
    """
    delta = other_delta(draw)
    x, y = mixed_pair(draw, delta)
    x.requires_grad_()
    upstream = upstream_for(draw, x.shape)
    mine = student.huber_loss(x, y, delta=delta, reduction="none")
    (gradient,) = torch.autograd.grad(mine, x, upstream)
    assert_matches(
        gradient,
        upstream * huber_slope(x, y, delta),
        "the gradient for the input",
        rtol=1e-4,
        atol=1e-5,
    )
    kept = student.keep.huber_loss(student.put(x), student.put(y), delta=delta, reduction="none")
    assert_own_backward(kept, "HuberFunction")


def target_gradient(student: Student, draw: Draw) -> tuple[torch.Tensor, torch.Tensor]:
    """What the target gets, and what it should get."""
    delta = other_delta(draw)
    x, y = mixed_pair(draw, delta)
    x.requires_grad_()
    y.requires_grad_()
    upstream = upstream_for(draw, x.shape)
    mine = student.huber_loss(x, y, delta=delta, reduction="none")
    _, gradient = torch.autograd.grad(mine, (x, y), upstream, allow_unused=True)
    if gradient is None:
        raise Mismatch("the target gets no gradient")
    return gradient, -upstream * huber_slope(x, y, delta)


@points(0.5)
def test_huber_target(student: Student, draw: Draw) -> None:
    """The target of the Huber loss, which may be a prediction too, gets a gradient of the right
    size.
    """
    gradient, expected = target_gradient(student, draw)
    assert_matches(
        gradient.abs(),
        expected.abs(),
        "the size of the gradient for the target",
        rtol=1e-4,
        atol=1e-5,
    )


@points(0.5)
def test_huber_target_sign(student: Student, draw: Draw) -> None:
    """The Huber gradient for the target points the other way than that for the input."""
    gradient, expected = target_gradient(student, draw)
    assert_matches(
        gradient.sign(), expected.sign(), "the sign of the gradient for the target", rtol=0, atol=0
    )


@points(0.5)
def test_huber_reduction(student: Student, draw: Draw) -> None:
    """The Huber loss with "mean" and "sum", and the gradients of a multiple of each."""
    delta = other_delta(draw)
    for reduction in ("mean", "sum"):
        x, y = mixed_pair(draw, delta)
        x.requires_grad_()
        scale = 1 / x.numel() if reduction == "mean" else 1.0
        factor = draw.choice((-1, 1)) * draw.number(1.5, 4.0)
        loss = student.huber_loss(x, y, delta=delta, reduction=reduction)
        what = f'with reduction "{reduction}"'
        assert_matches(
            loss, scale * huber(x, y, delta).sum(), f"the Huber loss {what}", rtol=1e-4, atol=1e-5
        )
        (gradient,) = torch.autograd.grad(factor * loss, x)
        expected = factor * scale * huber_slope(x, y, delta)
        assert_matches(gradient, expected, f"the gradient {what}", rtol=1e-4, atol=1e-5)


@points(0.5)
def test_huber_contract(student: Student, draw: Draw) -> None:
    """The Huber loss: ValueError if the shapes differ or the reduction is unknown."""
    count = draw.integer(3, 6)
    x, y = draw.normal((count, 1)), torch.zeros(count, 1)
    if not isinstance(student.huber_loss(x, y), torch.Tensor):
        raise Mismatch("the Huber loss should be a tensor")
    refuses(
        lambda: student.huber_loss(x, y.squeeze(1)),
        "an input of shape (N, 1) with a target of shape (N,)",
    )
    refuses(lambda: student.huber_loss(x, y, reduction="average"), "an unknown reduction")


@gate
def test_from_scratch(student: Student) -> None:
    """Both losses are computed by your own code, not by PyTorch's finished ones under any name."""
    assert_from_scratch(student)


# -- Extra credit: focal, which may build on PyTorch's losses --------------------------------------


@bonus(1)
@allows(*FORBIDDEN)
def test_focal_values(student: Student, draw: Draw) -> None:
    """The focal loss for any alpha and gamma, with every reduction."""
    shape = draw.shape(2)
    z, t = draw.normal(shape, scale=2.0), hard_targets(draw, shape)
    alpha, gamma = draw.number(0.6, 0.9), draw.number(1.2, 4.0)
    losses, _ = focal(z, t, alpha, gamma)
    for reduction, expected in (("none", losses), ("mean", losses.mean()), ("sum", losses.sum())):
        mine = student.focal_loss(z, t, alpha=alpha, gamma=gamma, reduction=reduction)
        assert_matches(
            mine, expected, f'the focal loss with reduction "{reduction}"', rtol=1e-4, atol=1e-5
        )
    default, _ = focal(z, t, 0.25, 2.0)
    assert_matches(
        student.focal_loss(z, t), default.mean(), "the focal loss by default", rtol=1e-4, atol=1e-5
    )


@bonus(1)
@allows(*FORBIDDEN)
def test_focal_gradient(student: Student, draw: Draw) -> None:
    """The gradient of the focal loss for any upstream gradient, by your own FocalLossFunction."""
    shape = draw.shape(2)
    z, t = draw.normal(shape, scale=2.0).requires_grad_(), hard_targets(draw, shape)
    alpha, gamma = draw.number(0.2, 0.8), draw.number(1.2, 4.0)
    _, slope = focal(z, t, alpha, gamma)
    upstream = upstream_for(draw, shape)
    mine = student.focal_loss(z, t, alpha=alpha, gamma=gamma, reduction="none")
    (gradient,) = torch.autograd.grad(mine, z, upstream)
    assert_matches(
        gradient, upstream * slope, "the gradient of the focal loss", rtol=1e-4, atol=1e-5
    )
    factor = draw.number(1.5, 4.0)
    loss = student.focal_loss(z, t, alpha=alpha, gamma=gamma, reduction="mean")
    (gradient,) = torch.autograd.grad(factor * loss, z)
    assert_matches(
        gradient,
        factor * slope / z.numel(),
        "the gradient of the mean focal loss",
        rtol=1e-4,
        atol=1e-5,
    )
    kept = student.keep.focal_loss(student.put(z), student.put(t), reduction="none")
    assert_own_backward(kept, "FocalLossFunction")


def focal_extremes(draw: Draw) -> tuple[torch.Tensor, torch.Tensor]:
    """Large and very large logits, each with both signs and both targets."""
    size = torch.cat([large(draw), far(draw)])
    z = torch.cat([size, -size, size, -size])
    return z, torch.cat([torch.zeros(2 * len(size)), torch.ones(2 * len(size))])


@bonus(0.5)
@allows(*FORBIDDEN)
def test_focal_stable(student: Student, draw: Draw) -> None:
    """The focal loss is finite and right for logits up to 1000, whatever gamma."""
    for gamma in (draw.number(0.3, 0.7), 0.0, 2.0):
        z, t = focal_extremes(draw)
        mine = student.focal_loss(z, t, gamma=gamma, reduction="none")
        assert_matches(
            mine,
            focal(z, t, 0.25, gamma)[0],
            "the focal loss of large logits",
            rtol=1e-4,
            atol=1e-5,
        )


@bonus(0.5)
@allows(*FORBIDDEN)
def test_focal_stable_gradient(student: Student, draw: Draw) -> None:
    """The gradient of the focal loss is finite and right for logits up to 1000, for gamma below 1
    as well.
    """
    for gamma in (draw.number(0.3, 0.7), 0.0):
        z, t = focal_extremes(draw)
        z.requires_grad_()
        mine = student.focal_loss(z, t, gamma=gamma, reduction="none")
        (gradient,) = torch.autograd.grad(mine, z, torch.ones_like(z))
        expected = focal(z, t, 0.25, gamma)[1]
        assert_matches(
            gradient,
            expected,
            "the gradient of the focal loss of large logits",
            rtol=1e-4,
            atol=1e-5,
        )
