"""Hidden checks of the Lab 03 extensions.

Leaky ReLU, PReLU, ELU, GELU, ReLU in place, and their second derivatives.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import torch
import torch.nn.functional as F

from autograder.checking import (
    ALL_FLOATS,
    FLOATS,
    Argument,
    Contract,
    Draw,
    Mismatch,
    Points,
    Program,
    Student,
    assert_from_scratch,
    assert_gradcheck,
    assert_matches,
    at_points,
    battery,
    bonus,
    gate,
    points,
)

DOUBLE = torch.float64
FORBIDDEN = (
    *("relu", "threshold", "leaky_relu", "rrelu", "prelu", "elu", "gelu", "hardtanh"),
    "hardswish",
)
# What a gradient is asked beside its numbers in each dtype, and beside what must stay untouched.
GRADIENT: tuple[battery.Family, ...] = (
    battery.ask_upstreams,
    battery.ask_gradient_shapes,
    battery.ask_views,
    battery.ask_same_input_twice,
    battery.ask_several_calls,
    battery.ask_second_backward,
    battery.ask_new_result,
    battery.ask_own_rule,
)


def tolerance(dtype: torch.dtype) -> tuple[float, float]:
    """A few roundings on the way."""
    return {
        torch.float16: (5e-3, 1e-4),
        torch.bfloat16: (4e-2, 1e-3),
        torch.float32: (2e-6, 1e-6),
        torch.float64: (1e-10, 1e-12),
    }[dtype]


# -- Leaky ReLU ------------------------------------------------------------------------------------


def leaky(x: torch.Tensor, negative_slope: float = 0.01) -> torch.Tensor:
    """Leaky ReLU."""
    return torch.where(x > 0, x, negative_slope * x)


LEAKY = Contract(
    "leaky_relu",
    right=leaky,
    arguments=(Argument(seams=(0.0, -0.0)),),
    function="LeakyReLUFunction",
    dtypes=ALL_FLOATS,
    tolerance=tolerance,
    # One slope of each kind: small, above 1, far above, negative, 0, and the default.
    options=lambda draw: (
        {"negative_slope": draw.number(0.02, 0.6)},
        {"negative_slope": draw.number(1.3, 2.5)},
        {"negative_slope": draw.number(15.0, 40.0)},
        {"negative_slope": -draw.number(0.2, 0.8)},
        {"negative_slope": 0.0},
        {},
    ),
    by_position=True,
    scales=lambda dtype: (1e-3, 1.0, 1e3) if dtype == torch.float16 else (1e-20, 1.0, 1e20),
    strict=False,
)


@points(1)
def test_leaky_value(student: Student, draw: Draw) -> None:
    """Leaky ReLU has the values of F.leaky_relu for small, large and negative slopes, in every
    dtype and shape.
    """
    battery.ask_values(student, draw, LEAKY.exact)
    families = (battery.ask_shapes, battery.ask_magnitudes, battery.ask_without_gradients)
    battery.ask_all(families, student, draw, LEAKY)


@points(1)
def test_leaky_gradient(student: Student, draw: Draw) -> None:
    """Your own backward gives the gradient of F.leaky_relu for any upstream gradient, in every
    dtype, shape and layout.
    """
    battery.ask_gradients(student, draw, LEAKY.exact)
    battery.ask_all((*GRADIENT, battery.ask_untouched), student, draw, LEAKY)


@points(1)
def test_leaky_kink(student: Student, draw: Draw) -> None:
    """At x = 0 the gradient of Leaky ReLU is the slope."""
    battery.ask_seams(student, draw, LEAKY)


@points(1)
def test_leaky_upstream(student: Student, draw: Draw) -> None:
    """Your backward leaves grad_output as it was: in leaky_relu(h) + h the other branch needs it
    too.
    """
    battery.ask_upstream_untouched(student, draw, LEAKY)


# -- PReLU -----------------------------------------------------------------------------------------


def prelu(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """PReLU, its slopes along dimension 1."""
    along = [1, -1] + [1] * (x.dim() - 2) if weight.numel() > 1 else [1] * x.dim()
    return torch.where(x > 0, x, weight.reshape(along) * x)


def prelu_slopes(draw: Draw, shape: Sequence[int], dtype: torch.dtype) -> torch.Tensor:
    """Slopes of both signs, some above 1, every third far above."""
    sizes = draw.uniform(shape, 0.3, 1.6, DOUBLE) * draw.signs(shape, DOUBLE)
    sizes.view(-1)[2::3] *= 20
    return sizes.to(dtype)


def _prelu(*, shared: bool, to_x: bool, to_weight: bool) -> Contract:
    """A slope for everything, or one per channel, where these two carry a gradient."""
    x = Argument("x", gradient=to_x, seams=(0.0, -0.0))
    weight = Argument(
        "weight",
        gradient=to_weight,
        draw=prelu_slopes,
        shape=(lambda shape: (1,)) if shared else (lambda shape: (shape[1],)),
    )
    made = Contract(
        "prelu",
        right=prelu,
        arguments=(x, weight),
        function="PReLUFunction",
        by_position=True,
        dtypes=ALL_FLOATS if not to_weight else FLOATS,  # a long sum has its roundings
        tolerance=tolerance if not to_weight else None,
        strict=False,
    )
    one_or_more = tuple(shape for shape in made.shapes if shape)
    # In two of them C equals the last size, so that a sum over the wrong dimensions still fits.
    channels = ((4, 3), (4, 4), (2, 3, 3), (2, 3, 5), (2, 5, 5, 3), (2, 2, 1, 3, 2), (71, 73))
    return replace(made, shapes=one_or_more if shared else channels)


def prelus(*, to_x: bool = False, to_weight: bool = False) -> list[Contract]:
    """With one slope, and with one per channel."""
    return [_prelu(shared=s, to_x=to_x, to_weight=to_weight) for s in (True, False)]


@points(1)
def test_prelu_value(student: Student, draw: Draw) -> None:
    """PReLU has the values of F.prelu, with one slope for everything and with one slope per
    channel.
    """
    for contract in prelus(to_x=True):
        battery.ask_values(student, draw, contract.exact)
        battery.ask_all(
            (battery.ask_shapes, battery.ask_without_gradients), student, draw, contract
        )


@points(1)
def test_prelu_gradient(student: Student, draw: Draw) -> None:
    """Your own backward gives the gradient of PReLU for x, at 0 as well."""
    for contract in prelus(to_x=True):
        battery.ask_gradients(student, draw, contract.exact)
        families = (
            *GRADIENT,
            battery.ask_seams,
            battery.ask_all_untouched,
            battery.ask_input_edited,
        )
        battery.ask_all(families, student, draw, contract)


def ask_slopes(student: Student, draw: Draw, *, shared: bool) -> None:
    """The gradient of the slopes, alone and beside that of x."""
    alone = _prelu(shared=shared, to_x=False, to_weight=True)
    both = _prelu(shared=shared, to_x=True, to_weight=True)
    families = (battery.ask_gradient_shapes, battery.ask_upstreams, battery.ask_views)
    battery.ask_all((*families, battery.ask_seams), student, draw, alone)
    battery.ask_all((battery.ask_gradients, battery.ask_several_calls), student, draw, both)


@points(1)
def test_prelu_slope_shared(student: Student, draw: Draw) -> None:
    """The gradient of a slope that all elements share is the sum of their contributions."""
    ask_slopes(student, draw, shared=True)


@points(1)
def test_prelu_slope_channel(student: Student, draw: Draw) -> None:
    """The gradient of one slope per channel sums over everything but the channels, also where two
    sizes are equal.
    """
    ask_slopes(student, draw, shared=False)


# -- ELU -------------------------------------------------------------------------------------------


def elu(x: torch.Tensor, alpha: float = 1.0) -> torch.Tensor:
    """ELU, whose unselected branch stays finite."""
    return torch.where(x > 0, x, alpha * torch.expm1(x.clamp(max=0)))


ELU = Contract(
    "elu",
    right=elu,
    arguments=(Argument(seams=(0.0, -0.0)),),
    function="ELUFunction",
    # At 1 a forgotten alpha is invisible, so there are others.
    options=lambda draw: (
        {"alpha": draw.number(0.2, 0.7)},
        {"alpha": draw.number(1.5, 3.0)},
        {"alpha": draw.number(15.0, 40.0)},
        {"alpha": 1.0},
        {},
    ),
    by_position=True,
    tolerance=tolerance,
    strict=False,
)


@points(1)
def test_elu_value(student: Student, draw: Draw) -> None:
    """ELU has the values of F.elu for any alpha and shape, in float32 and float64."""
    battery.ask_values(student, draw, replace(ELU.exact, dtypes=ALL_FLOATS))
    battery.ask_all((battery.ask_shapes, battery.ask_without_gradients), student, draw, ELU)


@points(1)
def test_elu_gradient(student: Student, draw: Draw) -> None:
    """Your own backward gives the gradient of F.elu for any alpha, and alpha at x = 0."""
    battery.ask_gradients(student, draw, ELU.exact)
    families = (*GRADIENT, battery.ask_seams, battery.ask_all_untouched)
    battery.ask_all(families, student, draw, ELU)


@points(1)
def test_elu_near_zero(student: Student, draw: Draw) -> None:
    """Just below zero ELU keeps its digits in float32."""
    near = replace(
        ELU, dtypes=FLOATS, scales=lambda dtype: (1e-30, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4)
    )
    battery.ask_magnitudes(student, draw, near)


@points(1)
def test_elu_large(student: Student, draw: Draw) -> None:
    """For large x, where exp(x) overflows, ELU and its gradient stay finite and right."""
    far = replace(ELU, dtypes=FLOATS, scales=lambda dtype: (600.0, 4000.0, 1e5, 1e30))
    battery.ask_all((battery.ask_magnitudes, battery.ask_gradient_magnitudes), student, draw, far)


@points(1)
def test_elu_saved(student: Student, draw: Draw) -> None:
    """If what backward needs is overwritten after forward, autograd notices, or the gradient is
    still right.
    """
    battery.ask_all((battery.ask_input_edited, battery.ask_result_edited), student, draw, ELU)


# -- GELU ------------------------------------------------------------------------------------------


def gelu(x: torch.Tensor, approximate: str = "none") -> torch.Tensor:
    """Either variant of GELU."""
    if approximate == "tanh":
        return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    return 0.5 * x * (1 + torch.erf(x / math.sqrt(2)))


GELU = Contract(
    "gelu",
    right=gelu,
    function="GELUFunction",
    options=lambda draw: ({"approximate": "none"}, {"approximate": "tanh"}, {}),
    by_position=True,
    strict=False,
)
EXACT = replace(GELU, options=lambda draw: ({}, {"approximate": "none"}), result="the exact GELU")
TANH = replace(GELU, options=lambda draw: ({"approximate": "tanh"},), result="the tanh variant")


def gelu_range(draw: Draw) -> battery.Given:
    """The whole range in which the variants differ, its tails, and numbers far out."""
    inside = torch.cat([torch.linspace(-9, 9, 37, dtype=DOUBLE), draw.uniform((9,), -5, 5, DOUBLE)])
    far = torch.tensor([-1e3, -100.0, -30.0, 30.0, 100.0, 1e3, 1e-6, -1e-6, 0.0], dtype=DOUBLE)
    return [("from -9 to 9", (inside,)), ("far out and near 0", (far,))]


def ask_variant(student: Student, draw: Draw, contract: Contract) -> None:
    """The values of one variant."""
    battery.ask_values(student, draw, contract.exact)
    battery.ask_all((battery.ask_shapes, battery.ask_without_gradients), student, draw, contract)
    battery.ask_given_values(student, draw, contract.exact, gelu_range(draw))


@points(1)
def test_gelu_exact(student: Student, draw: Draw) -> None:
    """gelu(x) is the exact GELU, by the error function."""
    ask_variant(student, draw, EXACT)


@points(1)
def test_gelu_tanh(student: Student, draw: Draw) -> None:
    """gelu(x, "tanh") is the variant by tanh, not the exact one."""
    ask_variant(student, draw, TANH)


@points(1)
def test_gelu_gradient(student: Student, draw: Draw) -> None:
    """Your own backward gives each variant's own derivative."""
    battery.ask_gradients(student, draw, GELU.exact)
    battery.ask_given_gradients(student, draw, GELU.exact, gelu_range(draw))
    battery.ask_all((*GRADIENT, battery.ask_all_untouched), student, draw, GELU)


# -- ReLU in place ---------------------------------------------------------------------------------

ELEMENTS, CALLS = 1 << 20, 4
MAX_GROWTH = 1.1  # bytes an element: a mask, and what is small beside it
RELU_ = Contract(
    "relu_",
    dtypes=ALL_FLOATS,
    right=torch.relu,
    arguments=(Argument("h", seams=(0.0, -0.0)),),
    function="ReLUInplaceFunction",
    strict=False,
)


@points(1)
def test_inplace_same(student: Student, draw: Draw) -> None:
    """relu_(h) overwrites h and returns it, whatever its dtype, shape and strides."""
    battery.ask_all((battery.ask_values, battery.ask_shapes), student, draw, RELU_.exact)
    asked = []
    for dtype in RELU_.dtypes:
        for turned in (False, True):
            values = draw.normal(draw.shape(2), dtype)
            program = Program()
            h = program.put(values.t().contiguous() if turned else values)
            h = program.method(h, "t") if turned else h
            y = program.call("relu_", h)
            steps = (y, h, program.method(y, "data_ptr"), program.method(h, "data_ptr"))
            asked.append((program, values, [program.read(step) for step in steps]))
    student.run([program for program, _, _ in asked])
    for _, values, (y_read, h_read, y_place, h_place) in asked:
        assert_matches(y_read.value, values.clamp(min=0), "the result")
        assert_matches(h_read.value, values.clamp(min=0), "h after relu_(h)")
        if y_place.value != h_place.value:
            raise Mismatch("relu_(h) returns another tensor than h")


@points(1)
def test_inplace_gradient(student: Student, draw: Draw) -> None:
    """The gradient of relu_ is that of ReLU, 0 at x = 0, and comes from your own backward."""
    families = (
        battery.ask_gradients,
        battery.ask_seams,
        battery.ask_upstreams,
        battery.ask_gradient_shapes,
        battery.ask_several_calls,
        battery.ask_second_backward,
        battery.ask_upstream_untouched,
    )
    battery.ask_all(families, student, draw, RELU_)
    battery.ask_own_rule(student, draw, RELU_, views=False)


@points(1)
def test_inplace_history(student: Student, draw: Draw) -> None:
    """After relu_(h), gradients through h pass relu_ too, and a leaf that requires a gradient is
    refused.
    """
    values = draw.off_zero((8,), requires_grad=False)
    scale, upstream = draw.normal((8,), DOUBLE), draw.normal((8,), DOUBLE)
    through = Program()
    x = through.put(values.clone().requires_grad_())
    h = through.method(x, "clone")
    through.call("relu_", h)
    later = through.method(h, "mul", through.put(scale))
    (found,) = through.grad([later], [x], [through.put(upstream)])
    gradient = through.read(found)
    onto_leaf = Program()
    refused = onto_leaf.read(onto_leaf.call("relu_", onto_leaf.put(values.requires_grad_())))
    student.run([through, onto_leaf])
    expected = scale * upstream * (values > 0)
    assert_matches(gradient.value, expected.detach(), "the gradient of (h * scale) after relu_(h)")
    if refused.failed is None or not refused.failed.is_a("RuntimeError"):
        raise refused.failed or Mismatch("a leaf that requires a gradient should be refused")


@points(1)
def test_inplace_saved(student: Student, draw: Draw) -> None:
    """Beyond h itself, relu_ keeps at most one byte per element for backward."""
    battery.assert_works(student, draw, RELU_)
    several, programs = Program(), []
    for dtype in RELU_.dtypes:
        values = draw.normal((64,), dtype)
        one = Program()
        h = one.method(one.put(values.clone().requires_grad_()), "clone")
        node = one.get(one.call("relu_", h), "grad_fn")
        programs.append((one, values.clamp(min=0), one.read(one.get(node, "saved_tensors"))))
    leaf = several.method(several.put(torch.zeros(1, requires_grad=True)), "expand", ELEMENTS)
    given = [several.method(leaf, "clone") for _ in range(CALLS)]
    before = several.read(several.allocated())
    for h in given:
        several.call("relu_", h)
    after = several.read(several.allocated())
    student.run([several, *(one for one, _, _ in programs)])
    # What hides in a list or a global is nowhere among the saved tensors, but in memory.
    known = before.value is not None and after.value is not None
    found = [(after.value - before.value) / (CALLS * ELEMENTS) if known else 0.0]
    for _, result, saved in programs:
        kept = [t for t in saved.value if isinstance(t, torch.Tensor)]
        found.append(sum(_bytes_beyond(t, result) for t in kept) / result.numel())
    if max(found) > MAX_GROWTH:
        raise Mismatch(
            f"{max(found):.2g} bytes per element are kept for backward, at most 1 is needed"
        )


def _bytes_beyond(kept: torch.Tensor, result: torch.Tensor) -> int:
    """The bytes of a saved tensor, none where it is the result itself."""
    same = kept.dtype == result.dtype and torch.equal(kept, result)
    return 0 if same else kept.numel() * kept.element_size()


# -- stretch: double backward ----------------------------------------------------------------------


@bonus(1)
def test_double_backward_prelu(student: Student, draw: Draw) -> None:
    """The gradient of PReLU can be differentiated again, by x and by the slopes."""
    for contract, shape in zip(prelus(to_x=True, to_weight=True), ((3,), (2, 3)), strict=True):
        battery.ask_second_derivatives(student, draw, contract)
        x = draw.off_zero(shape, 0.05)
        weight = prelu_slopes(draw, contract.arguments[1].shape_for(shape), DOUBLE)
        assert_gradcheck(student.prelu, (x, weight.requires_grad_()), second=True)


@bonus(1)
def test_double_backward_elu(student: Student, draw: Draw) -> None:
    """The gradient of ELU can be differentiated again, and stays finite where exp(x) overflows."""
    alpha = draw.number(0.5, 2.0)
    far = torch.tensor([-0.7, 50.0, 80.0], dtype=DOUBLE)
    battery.ask_second_derivatives(student, draw, ELU, [("where exp(x) overflows", (far,))])
    assert_gradcheck(lambda x: student.elu(x, alpha), [draw.off_zero((4,))], second=True)
    x = torch.tensor([-draw.number(0.5, 1.5), draw.number(120.0, 900.0)], requires_grad=True)
    (slope,) = torch.autograd.grad(student.elu(x, alpha).sum(), x, create_graph=True)
    (bend,) = torch.autograd.grad(slope.sum(), x)
    expected = torch.where(x > 0, torch.zeros(2), alpha * torch.exp(x.clamp(max=0))).detach()
    assert_matches(bend, expected, "the second derivative")


@bonus(1)
def test_double_backward_gelu(student: Student, draw: Draw) -> None:
    """The gradient of GELU can be differentiated again, in both variants."""
    battery.ask_second_derivatives(student, draw, GELU)
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


def gelu_third(x: torch.Tensor) -> torch.Tensor:
    """Third derivative of the exact GELU."""
    return density(x) * (x**3 - 4 * x)


def density(x: torch.Tensor) -> torch.Tensor:
    """Density phi of the standard normal distribution."""
    return torch.exp(-0.5 * x**2) / math.sqrt(2 * math.pi)


GELU_FUNC = replace(
    EXACT, name="gelu_func", function="GELUFuncFunction", options=lambda draw: ({},)
)


DIRECTIONAL = Contract(
    "directional",
    right=lambda x, tangent: tangent * gelu_slope(x),
    arguments=(Argument("x"), Argument("the tangent", gradient=False)),
    by_position=True,
)


def gelu_values(draw: Draw) -> torch.Tensor:
    """Values from the whole range in which GELU bends."""
    return draw.uniform(draw.shape(draw.integer(1, 3)), -4.5, 4.5, DOUBLE)


@bonus(1)
def test_func_grad(student: Student, draw: Draw) -> None:
    """torch.func.grad goes through gelu_func."""
    families = (battery.ask_shapes, battery.ask_gradients, battery.ask_several_calls)
    battery.ask_all((*families, battery.ask_own_rule), student, draw, GELU_FUNC)
    x = gelu_values(draw)
    assert_matches(student.gelu_func(x), F.gelu(x), "gelu_func(x)")
    assert_matches(student.gradient(x), gelu_slope(x), "the gradient by torch.func.grad")


@bonus(1)
def test_func_vmap(student: Student, draw: Draw) -> None:
    """torch.func.vmap goes through gelu_func, also over grad and grad of grad, and gives per-sample
    gradients.
    """
    x = draw.uniform((draw.integer(3, 8),), -4.0, 4.0, DOUBLE)
    assert_matches(student.gelu_func(x), F.gelu(x), "gelu_func(x)")
    for order, expected in enumerate((F.gelu(x), gelu_slope(x), gelu_bend(x), gelu_third(x))):
        assert_matches(student.derivative(x, order), expected, f"vmap over {order} times grad")
    ask_axes(student, draw)
    rows = draw.normal(draw.shape(2), DOUBLE)
    w = draw.normal(rows.shape[1:], DOUBLE)
    assert_matches(
        student.per_sample_gradients(rows, w),
        rows * gelu_slope(w * rows),
        "the per-sample gradients",
    )


def ask_axes(student: Student, draw: Draw) -> None:
    """vmap along any axis, and with the results along any other."""
    asked = []
    for axis in range(3):
        for out in range(3):
            x = draw.normal(draw.shape(3), DOUBLE)
            program = Program(f"for vmap along axis {axis}, results along axis {out}")
            y = program.vmap("gelu_func", program.put(x), axes=(axis,), out=out)
            asked.append((program, program.read(y), F.gelu(x).movedim(axis, out)))
    student.run([program for program, _, _ in asked])
    for program, reading, expected in asked:
        assert_matches(reading.value, expected, f"the result {program.about}")


@bonus(1)
def test_func_forward(student: Student, draw: Draw) -> None:
    """Forward mode goes through gelu_func: torch.func.jvp and torch.func.hessian."""
    x = gelu_values(draw)
    tangent = draw.normal(x.shape, DOUBLE)
    assert_matches(
        student.directional(x, tangent),
        tangent * gelu_slope(x),
        "the directional derivative by jvp",
    )
    battery.ask_gradients(student, draw, DIRECTIONAL)
    x = draw.off_zero((4,), requires_grad=False)
    factors = gelu_slope(x) / F.gelu(x)
    expected = (
        torch.outer(factors, factors).diagonal_scatter(gelu_bend(x) / F.gelu(x)) * F.gelu(x).prod()
    )
    assert_matches(student.curvature(x), expected, "the hessian of prod(gelu_func(x))")


# -- for the page ----------------------------------------------------------------------------------


def evidence(student: Student) -> list[str]:
    """What the parts do at a few numbers, in sentences, where no mistake is recognized."""
    x, upstream = (-2.0, 0.0, 2.0), (3.0, -5.0, 7.0)
    return at_points(
        student,
        [
            Points(LEAKY, [x], upstream, {"negative_slope": 0.1}),
            Points(ELU, [x], upstream, {"alpha": 2.0}),
            Points(GELU, [x], upstream, {"approximate": "none"}),
            Points(GELU, [x], upstream, {"approximate": "tanh"}),
        ],
    )


# -- last, so that it sees what every check above made the student's code do -----------------------


@gate
def test_from_scratch(student: Student) -> None:
    """Your answers do not call PyTorch's own activations."""
    assert_from_scratch(student)
