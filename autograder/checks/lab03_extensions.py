"""Hidden checks of the Lab 03 extensions.

Leaky ReLU, PReLU, ELU, GELU, ReLU in place, and their second derivatives.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F

from autograder.checking import (
    Draw,
    Handle,
    Mismatch,
    StudentError,
    assert_from_scratch,
    assert_gradcheck,
    assert_matches,
    bonus,
    gate,
    points,
)

DOUBLE = torch.float64
FORBIDDEN = (
    *("relu", "threshold", "leaky_relu", "rrelu", "prelu", "elu", "gelu", "hardtanh"),
    "hardswish",
)
# How far from the result a student's own node may be: a view or a cast after `apply` is nobody's
# mistake.
NODES_LOOKED_AT = 6


# -- asking the student's process ------------------------------------------------------------------


def laid(student: Any, values: torch.Tensor) -> tuple[Handle, Handle]:
    """A leaf x of these values that requires a gradient, and h = x * 1, in their process."""
    x = student.put(values.clone().requires_grad_())
    return x, tensor(x.kept("mul", 1))


def tensor(result: Any, what: str = "the result") -> Handle:
    """A tensor that stayed in the student's process."""
    if isinstance(result, Handle) and isinstance(result.detach(), torch.Tensor):
        return result
    raise Mismatch(f"{what} should be a tensor, got {type(result).__name__}")


def attribute(owner: Handle, name: str) -> Any:
    """`owner.name`, with tensors left in the student's process."""
    return owner.kept("__getattribute__", name)


def by_own_function(y: Handle) -> Handle:
    """The node of a Function of the student's that made y.

    PyTorch's own nodes have names that end in a digit.
    """
    node = attribute(y, "grad_fn")
    for _ in range(NODES_LOOKED_AT):
        if not isinstance(node, Handle):
            break
        name = node.name()
        if isinstance(name, str) and not name[-1:].isdigit() and name.endswith("Backward"):
            return node
        before = attribute(node, "next_functions")
        node = before[0][0] if before and before[0] else None
    raise Mismatch("the result does not come from a Function of yours: your backward never runs")


def assert_own_and_clean(student: Any, draw: Draw, call: Callable[[Handle], Any]) -> None:
    """The result comes from a Function of the student's, which writes neither into its input nor
    into the upstream gradient.
    """
    values, upstream = draw.normal((4, 3)), draw.normal((4, 3))
    _, h = laid(student, values)
    y = tensor(call(h))
    by_own_function(y)
    assert_matches(h.detach(), values, "the input after the call", rtol=0, atol=0)
    arriving = student.put(upstream.clone())
    y.backward(arriving)
    assert_matches(
        arriving.detach(), upstream, "the upstream gradient after the backward pass", rtol=0, atol=0
    )


def gradient_of(y: torch.Tensor, x: torch.Tensor, upstream: torch.Tensor) -> torch.Tensor | None:
    """dL/dx for dL/dy = upstream, or None where no gradient arrives."""
    (found,) = torch.autograd.grad(y, x, upstream, allow_unused=True)
    return found


def with_zeros(draw: Draw, count: int = 9, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """Values of both signs, some of them exactly 0."""
    values = draw.off_zero((count,), requires_grad=False).to(dtype)
    values[draw.order(count - 2)[0] + 2] = 0.0
    return values


def slopes(draw: Draw) -> list[float]:
    """One slope of each kind: small, above 1, negative, 0."""
    return [draw.number(0.02, 0.6), draw.number(1.3, 2.5), -draw.number(0.2, 0.8), 0.0]


# -- Leaky ReLU ------------------------------------------------------------------------------------


@points(1)
def test_leaky_value(student: Any, draw: Draw) -> None:
    """Leaky ReLU has the values of F.leaky_relu for small, large and negative slopes, in every
    dtype and shape.
    """
    for slope in slopes(draw):
        for dtype in (torch.float32, DOUBLE, torch.bfloat16):
            x = draw.normal(draw.shape(draw.integer(1, 3)), dtype)
            assert_matches(student.leaky_relu(x, slope), F.leaky_relu(x, slope), "the result")
    x = draw.normal(draw.shape(2)).t()
    assert_matches(
        student.leaky_relu(x),
        F.leaky_relu(x),
        "the result for the default slope and a transposed x",
    )
    x = torch.tensor(-draw.number(0.5, 2.0))
    assert_matches(
        student.leaky_relu(x, 0.3),
        F.leaky_relu(x, 0.3),
        "the result for a tensor without dimensions",
    )


@points(1)
def test_leaky_gradient(student: Any, draw: Draw) -> None:
    """Your own backward gives the gradient of F.leaky_relu for any upstream gradient."""
    for slope in slopes(draw):
        x = draw.normal(draw.shape(2), requires_grad=True)
        upstream = draw.normal(x.shape)
        got = gradient_of(student.leaky_relu(x, slope), x, upstream)
        assert_matches(got, torch.where(x > 0, upstream, slope * upstream), "the gradient")
    assert_own_and_clean(student, draw, lambda h: student.keep.leaky_relu(h, draw.number(0.1, 0.5)))


@points(1)
def test_leaky_kink(student: Any, draw: Draw) -> None:
    """At x = 0 the gradient of Leaky ReLU is the slope."""
    for slope in slopes(draw):
        x = with_zeros(draw).requires_grad_()
        upstream = draw.signs(x.shape) * draw.number(0.5, 2.0)
        got = gradient_of(student.leaky_relu(x, slope), x, upstream)
        assert_matches(
            got, torch.where(x > 0, upstream, slope * upstream), "the gradient where some x are 0"
        )


@points(1)
def test_leaky_upstream(student: Any, draw: Draw) -> None:
    """Your backward leaves grad_output as it was: in leaky_relu(h) + h the other branch needs it
    too.
    """
    slope = draw.number(0.1, 0.6)
    values = draw.off_zero((7,), requires_grad=False).to(torch.float32)
    x, h = laid(student, values)
    y = tensor(student.keep.leaky_relu(h, slope))
    y.kept("add", h).backward(torch.ones(7))
    local = torch.where(values > 0, 1.0, slope)
    assert_matches(x.grad, local + 1, "the gradient of leaky_relu(h) + h")


# -- PReLU -----------------------------------------------------------------------------------------


def prelu_case(
    draw: Draw, channels: int, shape: tuple[int, ...]
) -> tuple[torch.Tensor, torch.Tensor]:
    """An x of this shape, with values of both signs, and a weight for it; both double and requiring
    a gradient.
    """
    x = draw.off_zero(shape, 0.05)
    return x, draw.uniform((channels,), -0.9, 1.6, DOUBLE).requires_grad_()


def per_channel(draw: Draw) -> list[tuple[int, ...]]:
    """Shapes (N, C, ...); in the first, C equals the last size, so that a sum over the wrong
    dimensions still fits.
    """
    n, c, h, w = draw.shape(4)
    return [(n, c, c), (n, c), (n, c, h), (n, c, h, w)]


def all_prelu_cases(draw: Draw) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """One shared slope in 1, 2 and 3 dimensions, then one slope per channel."""
    shared = [prelu_case(draw, 1, draw.shape(dims)) for dims in (1, 2, 3)]
    return shared + [prelu_case(draw, shape[1], shape) for shape in per_channel(draw)]


def about(x: torch.Tensor, weight: torch.Tensor) -> str:
    """The shapes, for a message."""
    return f"for x of shape {tuple(x.shape)} and weight of shape {tuple(weight.shape)}"


@points(1)
def test_prelu_value(student: Any, draw: Draw) -> None:
    """PReLU has the values of F.prelu, with one slope for everything and with one slope per
    channel.
    """
    for x, weight in all_prelu_cases(draw):
        x, weight = x.detach(), weight.detach()
        assert_matches(
            student.prelu(x, weight), F.prelu(x, weight), f"the result {about(x, weight)}"
        )
        single = student.prelu(x.float(), weight.float())
        assert_matches(
            single, F.prelu(x.float(), weight.float()), f"the float32 result {about(x, weight)}"
        )


@points(1)
def test_prelu_gradient(student: Any, draw: Draw) -> None:
    """Your own backward gives the gradient of PReLU for x, at 0 as well."""
    for x, weight in all_prelu_cases(draw):
        with torch.no_grad():
            x.view(-1)[0] = 0.0
        fixed = weight.detach()
        upstream = draw.normal(x.shape, DOUBLE)
        expected = gradient_of(F.prelu(x, fixed), x, upstream)
        assert expected is not None
        assert_matches(
            gradient_of(student.prelu(x, fixed), x, upstream),
            expected,
            f"the gradient {about(x, weight)}",
        )
    assert_own_and_clean(student, draw, lambda h: student.keep.prelu(h, draw.normal((3,))))


def slope_gradient(student: Any, draw: Draw, x: torch.Tensor, weight: torch.Tensor) -> None:
    """The student's gradient for the slope must be that of F.prelu."""
    upstream = draw.normal(x.shape, DOUBLE)
    expected = gradient_of(F.prelu(x, weight), weight, upstream)
    assert expected is not None
    got = gradient_of(student.prelu(x, weight), weight, upstream)
    if got is None:
        raise Mismatch("no gradient reaches weight")
    assert_matches(got, expected, f"the gradient of the slope {about(x, weight)}")


@points(1)
def test_prelu_slope_shared(student: Any, draw: Draw) -> None:
    """The gradient of a slope that all elements share is the sum of their contributions."""
    for dims in (1, 2, 3):
        slope_gradient(student, draw, *prelu_case(draw, 1, draw.shape(dims)))


@points(1)
def test_prelu_slope_channel(student: Any, draw: Draw) -> None:
    """The gradient of one slope per channel sums over everything but the channels, also where two
    sizes are equal.
    """
    for shape in per_channel(draw):
        slope_gradient(student, draw, *prelu_case(draw, shape[1], shape))


# -- ELU -------------------------------------------------------------------------------------------


def alphas(draw: Draw) -> list[float]:
    """At 1 a forgotten alpha is invisible, so there are others."""
    return [1.0, draw.number(0.2, 0.7), draw.number(1.5, 3.0)]


@points(1)
def test_elu_value(student: Any, draw: Draw) -> None:
    """ELU has the values of F.elu for any alpha, in float32 and float64."""
    for alpha in alphas(draw):
        for dtype in (torch.float32, DOUBLE):
            x = draw.normal(draw.shape(draw.integer(1, 3)), dtype, scale=2.0)
            assert_matches(student.elu(x, alpha), F.elu(x, alpha), "the result")
    x = draw.normal(draw.shape(2)).t()
    assert_matches(student.elu(x), F.elu(x), "the result for the default alpha and a transposed x")


@points(1)
def test_elu_gradient(student: Any, draw: Draw) -> None:
    """Your own backward gives the gradient of F.elu for any alpha, and alpha at x = 0."""
    for alpha in alphas(draw):
        x = with_zeros(draw, dtype=DOUBLE).requires_grad_()
        upstream = draw.normal(x.shape, DOUBLE)
        local = torch.where(x > 0, 1.0, alpha * torch.exp(x.clamp(max=0))).detach()
        got = gradient_of(student.elu(x, alpha), x, upstream)
        assert_matches(got, upstream * local.to(DOUBLE), "the gradient")
    assert_own_and_clean(student, draw, lambda h: student.keep.elu(h, 1.0))


@points(1)
def test_elu_near_zero(student: Any, draw: Draw) -> None:
    """Just below zero ELU keeps its digits in float32."""
    x = -draw.uniform((6,), 1.0, 9.0) * torch.tensor([1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4])
    alpha = draw.number(0.5, 2.0)
    expected = (alpha * torch.expm1(x.double())).float()
    assert_matches(
        student.elu(x, alpha),
        expected,
        "the result for x between -1e-3 and -1e-9",
        rtol=1e-4,
        atol=0.0,
    )


@points(1)
def test_elu_large(student: Any, draw: Draw) -> None:
    """For large x, where exp(x) overflows, ELU and its gradient stay finite and right."""
    x = torch.tensor(
        [draw.number(95.0, 200.0), draw.number(1e3, 1e5), -draw.number(95.0, 1e4)],
        requires_grad=True,
    )
    alpha = draw.number(0.5, 2.0)
    upstream = draw.normal((3,))
    y = student.elu(x, alpha)
    assert_matches(y, F.elu(x.detach(), alpha), "the result for |x| > 90")
    assert_matches(
        gradient_of(y, x, upstream),
        upstream * torch.tensor([1.0, 1.0, 0.0]),
        "the gradient for |x| > 90",
    )


@points(1)
def test_elu_saved(student: Any, draw: Draw) -> None:
    """If what backward needs is overwritten after forward, autograd notices, or the gradient is
    still right.
    """
    values = draw.off_zero((6,), requires_grad=False)
    upstream = draw.normal((6,), DOUBLE)
    expected = upstream * torch.where(values > 0, 1.0, torch.exp(values)).to(DOUBLE)
    for edited in ("input", "result"):
        x, h = laid(student, values)
        y = tensor(student.keep.elu(h, 1.0))
        result = tensor(y.kept("mul", 1))
        (h if edited == "input" else y).mul_(-2)
        try:
            result.backward(upstream)
        except StudentError as error:
            if not error.is_a("RuntimeError"):
                raise
            continue
        assert_matches(x.grad, expected, f"the gradient, after the {edited} was overwritten,")


# -- GELU ------------------------------------------------------------------------------------------


def gelu_values(draw: Draw, dtype: torch.dtype = DOUBLE) -> torch.Tensor:
    """Values from the whole range in which the variants differ."""
    return draw.uniform(draw.shape(draw.integer(1, 3)), -4.5, 4.5, dtype)


@points(1)
def test_gelu_exact(student: Any, draw: Draw) -> None:
    """gelu(x) is the exact GELU, by the error function."""
    for x in (
        gelu_values(draw),
        gelu_values(draw, torch.float32),
        draw.normal(draw.shape(2), DOUBLE).t(),
    ):
        assert_matches(student.gelu(x), F.gelu(x), "the exact GELU")


@points(1)
def test_gelu_tanh(student: Any, draw: Draw) -> None:
    """gelu(x, "tanh") is the variant by tanh, not the exact one."""
    for x in (
        gelu_values(draw),
        gelu_values(draw, torch.float32),
        torch.tensor([-2.7, 2.7], dtype=DOUBLE),
    ):
        assert_matches(student.gelu(x, "tanh"), F.gelu(x, approximate="tanh"), "the tanh variant")


@points(1)
def test_gelu_gradient(student: Any, draw: Draw) -> None:
    """Your own backward gives each variant's own derivative."""
    for variant, name in (("none", "exact GELU"), ("tanh", "tanh variant")):
        x = gelu_values(draw).requires_grad_()
        upstream = draw.normal(x.shape, DOUBLE)
        expected = gradient_of(F.gelu(x, approximate=variant), x, upstream)
        assert expected is not None
        assert_matches(
            gradient_of(student.gelu(x, variant), x, upstream),
            expected,
            f"the gradient of the {name}",
        )
    assert_own_and_clean(student, draw, lambda h: student.keep.gelu(h))


# -- ReLU in place ---------------------------------------------------------------------------------


@points(1)
def test_inplace_same(student: Any, draw: Draw) -> None:
    """relu_(h) overwrites h and returns it, whatever its dtype and strides."""
    for dtype in (torch.float32, DOUBLE, torch.bfloat16):
        values = draw.normal(draw.shape(2), dtype)
        for h in (student.put(values), tensor(student.put(values.t()).kept("t"))):
            y = tensor(student.keep.relu_(h))
            assert_matches(y.detach(), values.clamp(min=0), "the result")
            assert_matches(h.detach(), values.clamp(min=0), "h after relu_(h)")
            if y.data_ptr() != h.data_ptr():
                raise Mismatch("relu_(h) returns another tensor than h")


@points(1)
def test_inplace_gradient(student: Any, draw: Draw) -> None:
    """The gradient of relu_ is that of ReLU, 0 at x = 0, and comes from your own backward."""
    values = with_zeros(draw)
    upstream = draw.normal(values.shape)
    x, h = laid(student, values)
    y = tensor(student.keep.relu_(h))
    y.backward(upstream)
    assert_matches(x.grad, upstream * (values > 0), "the gradient of relu_")
    _, h = laid(student, values)
    by_own_function(tensor(student.keep.relu_(h)))


@points(1)
def test_inplace_history(student: Any, draw: Draw) -> None:
    """After relu_(h), gradients through h pass relu_ too, and a leaf that requires a gradient is
    refused.
    """
    values = draw.off_zero((8,), requires_grad=False)
    scale, upstream = draw.normal((8,), DOUBLE), draw.normal((8,), DOUBLE)
    x, h = laid(student, values)
    student.keep.relu_(h)
    h.kept("mul", scale).backward(upstream)
    assert_matches(
        x.grad, scale * upstream * (values > 0), "the gradient of (h * scale) after relu_(h)"
    )
    leaf = student.put(values.clone().requires_grad_())
    with pytest.raises(StudentError) as refused:
        student.keep.relu_(leaf)
    if not refused.value.is_a("RuntimeError"):
        raise refused.value


@points(1)
def test_inplace_saved(student: Any, draw: Draw) -> None:
    """Beyond h itself, relu_ keeps at most one byte per element for backward."""
    values = draw.normal((64,))
    _, h = laid(student, values)
    y = tensor(student.keep.relu_(h))
    node = by_own_function(y)
    there = {h.data_ptr(), y.data_ptr()}
    kept = [t for t in attribute(node, "saved_tensors") if t.data_ptr() not in there]
    on_ctx = attribute(
        node, "__dict__"
    )  # comes by value: what equals the result is taken for the result
    if isinstance(on_ctx, dict):
        tensors = [t for t in on_ctx.values() if isinstance(t, torch.Tensor)]
        kept += [
            t for t in tensors if t.dtype != values.dtype or not torch.equal(t, values.clamp(min=0))
        ]
    extra = sum(t.numel() * t.element_size() for t in kept)
    if extra > values.numel():
        raise Mismatch(
            f"{extra / values.numel():g} bytes per element are kept for backward, "
            f"at most 1 is needed"
        )


# -- stretch: double backward ----------------------------------------------------------------------


@bonus(1)
def test_double_backward_prelu(student: Any, draw: Draw) -> None:
    """The gradient of PReLU can be differentiated again, by x and by the slopes."""
    x, weight = prelu_case(draw, 3, (2, 3))
    assert_gradcheck(student.prelu, (x, weight), second=True)
    assert_gradcheck(student.prelu, prelu_case(draw, 1, (3,)), second=True)


@bonus(1)
def test_double_backward_elu(student: Any, draw: Draw) -> None:
    """The gradient of ELU can be differentiated again, and stays finite where exp(x) overflows."""
    alpha = draw.number(0.5, 2.0)
    assert_gradcheck(lambda x: student.elu(x, alpha), [draw.off_zero((4,))], second=True)
    x = torch.tensor([-draw.number(0.5, 1.5), draw.number(120.0, 900.0)], requires_grad=True)
    (slope,) = torch.autograd.grad(student.elu(x, alpha).sum(), x, create_graph=True)
    (bend,) = torch.autograd.grad(slope.sum(), x)
    expected = torch.where(x > 0, torch.zeros(2), alpha * torch.exp(x.clamp(max=0))).detach()
    assert_matches(bend, expected, "the second derivative")


@bonus(1)
def test_double_backward_gelu(student: Any, draw: Draw) -> None:
    """The gradient of GELU can be differentiated again, in both variants."""
    for variant in ("none", "tanh"):
        x = draw.normal((4,), DOUBLE, requires_grad=True)
        assert_gradcheck(lambda x, variant=variant: student.gelu(x, variant), [x], second=True)


# -- stretch: torch.func ---------------------------------------------------------------------------


def gelu_slope(x: torch.Tensor) -> torch.Tensor:
    """Derivative of the exact GELU, Phi(x) + x * phi(x)."""
    return 0.5 * (1 + torch.erf(x / math.sqrt(2))) + x * density(x)


def gelu_bend(x: torch.Tensor) -> torch.Tensor:
    """Second derivative of the exact GELU."""
    return density(x) * (2 - x**2)


def density(x: torch.Tensor) -> torch.Tensor:
    """Density phi of the standard normal distribution."""
    return torch.exp(-0.5 * x**2) / math.sqrt(2 * math.pi)


@bonus(1)
def test_func_grad(student: Any, draw: Draw) -> None:
    """torch.func.grad goes through gelu_func."""
    x = gelu_values(draw)
    assert_matches(student.gelu_func(x), F.gelu(x), "gelu_func(x)")
    assert_matches(student.gradient(x), gelu_slope(x), "the gradient by torch.func.grad")


@bonus(1)
def test_func_vmap(student: Any, draw: Draw) -> None:
    """torch.func.vmap goes through gelu_func, also over grad and grad of grad, and gives per-sample
    gradients.
    """
    x = draw.uniform((draw.integer(3, 8),), -4.0, 4.0, DOUBLE)
    assert_matches(student.gelu_func(x), F.gelu(x), "gelu_func(x)")
    for order, expected in enumerate((F.gelu(x), gelu_slope(x), gelu_bend(x))):
        assert_matches(student.derivative(x, order), expected, f"vmap over {order} times grad")
    rows = draw.normal(draw.shape(2), DOUBLE)
    w = draw.normal(rows.shape[1:], DOUBLE)
    assert_matches(
        student.per_sample_gradients(rows, w),
        rows * gelu_slope(w * rows),
        "the per-sample gradients",
    )


@bonus(1)
def test_func_forward(student: Any, draw: Draw) -> None:
    """Forward mode goes through gelu_func: torch.func.jvp and torch.func.hessian."""
    x = gelu_values(draw)
    tangent = draw.normal(x.shape, DOUBLE)
    assert_matches(
        student.directional(x, tangent),
        tangent * gelu_slope(x),
        "the directional derivative by jvp",
    )
    x = draw.off_zero((4,), requires_grad=False)
    factors = gelu_slope(x) / F.gelu(x)
    expected = (
        torch.outer(factors, factors).diagonal_scatter(gelu_bend(x) / F.gelu(x)) * F.gelu(x).prod()
    )
    assert_matches(student.curvature(x), expected, "the hessian of prod(gelu_func(x))")


# -- last, so that it sees what every check above made the student's code do -----------------------


@gate
def test_from_scratch(student: Any) -> None:
    """Your answers do not call PyTorch's own activations."""
    assert_from_scratch(student)
