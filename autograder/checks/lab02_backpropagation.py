"""Hidden checks of Lab 02: backpropagation by hand, a training step, and gradient rules that are
custom on purpose.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch
import torch.nn.functional as F

from autograder.checking import (
    Argument,
    Contract,
    Draw,
    Mismatch,
    Points,
    Program,
    Reading,
    Shape,
    Student,
    allows,
    assert_matches,
    at_points,
    battery,
    points,
)

PARAMETERS = ("weight1", "bias1", "weight2", "bias2")
FORBIDDEN = ("torch.autograd", "torch.optim")  # by hand means by hand


# -- exercise 1: Linear ----------------------------------------------------------------------------

LINEAR_PARTS = (
    "the gradient of the input",
    "the gradient of the weight",
    "the gradient of the bias",
)
# Of the upstream gradient: several samples and outputs, as many of one as of the other, one sample,
# one output, none at all.
LINEAR_SHAPES = ((5, 3), (4, 4), (1, 6), (6, 1), (1, 1), (0, 4))
FEATURES = (4, 1, 3)


def linear(
    upstream: torch.Tensor, x: torch.Tensor, weight: torch.Tensor
) -> tuple[torch.Tensor, ...]:
    """The gradients of x @ weight.T + bias."""
    return upstream @ weight, upstream.T @ x, upstream.sum(dim=0)


def linear_rule(part: int, features: int) -> Contract:
    """One of the three gradients, in a layer with so many inputs."""
    return Contract(
        "linear_backward",
        right=lambda *given: linear(*given)[part],
        arguments=(
            Argument("grad_output", gradient=False),
            Argument("the input", gradient=False, shape=lambda shape: (shape[0], features)),
            Argument("the weight", gradient=False, shape=lambda shape: (shape[1], features)),
        ),
        part=part,
        shapes=LINEAR_SHAPES,
        by_position=True,
        elementwise=False,
        strict=False,
        tolerance=by_sums,
        result=LINEAR_PARTS[part],
    )


def by_sums(dtype: torch.dtype) -> tuple[float, float]:
    """Sums of products, in any order."""
    return (1e-10, 1e-11) if dtype == torch.float64 else (1e-5, 1e-4)


def check_linear(student: Student, draw: Draw, part: int) -> None:
    """One of the three gradients: any number of samples, inputs and outputs, any layout."""
    upstream, x, weight = draw.normal((4, 3)), draw.normal((4, 2)), draw.normal((3, 2))
    given = student.linear_backward(upstream, x, weight)
    if not isinstance(given, (tuple, list)) or len(given) != 3:
        raise Mismatch("`linear_backward` should return three gradients: input, weight and bias")
    for features in FEATURES:
        contract = linear_rule(part, features)
        battery.ask_shapes(student, draw, contract)
    contract = linear_rule(part, FEATURES[0])
    battery.ask_values(student, draw, contract.exact)
    battery.ask_shapes(student, draw, replace(contract, shapes=((40, 30),)))
    battery.ask_views(student, draw, contract)
    battery.ask_several_calls(student, draw, contract)


@points(1)
def test_linear_input(student: Student, draw: Draw) -> None:
    """Linear: the gradient of the input, for layers of any size; what you are handed stays as it
    was.
    """
    check_linear(student, draw, 0)
    battery.ask_untouched(student, draw, linear_rule(0, FEATURES[0]))


@points(1)
def test_linear_weight(student: Student, draw: Draw) -> None:
    """Linear: the gradient of the weight, summed over the batch, in the weight's shape."""
    check_linear(student, draw, 1)


@points(1)
def test_linear_bias(student: Student, draw: Draw) -> None:
    """Linear: the gradient of the bias, summed over the batch, in the bias's shape."""
    check_linear(student, draw, 2)


# -- exercise 2: ReLU ------------------------------------------------------------------------------

RELU = Contract(
    "relu_backward",
    right=lambda upstream, x: torch.where(x > 0, upstream, 0),
    arguments=(
        Argument("grad_output", gradient=False),
        Argument("the input", gradient=False, seams=(0.0, -0.0)),
    ),
    by_position=True,
    scales=lambda dtype: (1e-30, 1.0, 1e30),
    strict=False,
    result="the gradient",
)


@points(1)
def test_relu_mask(student: Student, draw: Draw) -> None:
    """ReLU: the upstream gradient, whatever its sign, passes where the input was positive and
    nowhere else, in any dtype, shape and layout.
    """
    battery.ask_values(student, draw, RELU.exact)
    battery.ask_shapes(student, draw, RELU)
    battery.ask_magnitudes(student, draw, RELU)
    battery.ask_views(student, draw, RELU)
    battery.ask_several_calls(student, draw, RELU)


@points(1)
def test_relu_zero(student: Student, draw: Draw) -> None:
    """ReLU: where the input is exactly 0 the gradient is 0."""
    battery.ask_seams(student, draw, RELU)


@points(1)
def test_relu_untouched(student: Student, draw: Draw) -> None:
    """ReLU: the rule changes neither the upstream gradient nor the input that it is handed."""
    battery.ask_untouched(student, draw, RELU)


# -- exercise 3: the loss --------------------------------------------------------------------------

MSE_SHAPES = ((4, 3), (3, 3), (1, 5), (5, 1), (1, 1), (40, 30))


def mse_rule(shape: Shape, *, upstream: Callable[..., torch.Tensor]) -> Contract:
    """The gradient of the mean square error of predictions of this shape."""
    return Contract(
        "mse_backward",
        right=lambda g, prediction, target: g * 2 * (prediction - target) / prediction.numel(),
        arguments=(
            Argument("grad_output", gradient=False, draw=upstream),
            Argument("the prediction", gradient=False, shape=lambda _: shape),
            Argument("the target", gradient=False, shape=lambda _: shape),
        ),
        shapes=((),),
        by_position=True,
        elementwise=False,
        strict=False,
        result="the gradient of the prediction",
    )


def of_one(draw: Draw, shape: Shape, dtype: torch.dtype) -> torch.Tensor:
    """An upstream gradient of 1."""
    return torch.ones(shape, dtype=dtype)


def of_any(draw: Draw, shape: Shape, dtype: torch.dtype) -> torch.Tensor:
    """An upstream gradient of either sign and another size than 1."""
    return torch.tensor(draw.choice((-0.4, 0.3, 2.5, -3.0)), dtype=dtype)


def check_mse(student: Student, draw: Draw, upstream: Callable[..., torch.Tensor]) -> None:
    """The gradient for several samples and for one, several columns and one."""
    for shape in MSE_SHAPES:
        battery.ask_values(student, draw, mse_rule(shape, upstream=upstream))


@points(1)
def test_mse_gradient(student: Student, draw: Draw) -> None:
    """Loss: the gradient of the mean over all entries; what you are handed stays as it was."""
    check_mse(student, draw, of_one)
    contract = mse_rule((4, 3), upstream=of_one)
    battery.ask_values(student, draw, contract.exact)
    battery.ask_untouched(student, draw, contract)
    error = torch.tensor([[5e3, -7e5], [1e-9, -2e-7]], dtype=torch.float64)
    target = torch.tensor([[0.0, 1.0], [1.0, -1.0]], dtype=torch.float64)
    given: battery.Given = [
        ("for large and small errors", (torch.ones(()).double(), target + error, target))
    ]
    wide = replace(mse_rule((2, 2), upstream=of_one), dtypes=(torch.float64,), strict=True)
    battery.ask_given_values(student, draw, wide, given)


@points(1)
def test_mse_upstream(student: Student, draw: Draw) -> None:
    """Loss: the gradient when the loss is not the chain's end, so that `grad_output` is not 1."""
    check_mse(student, draw, of_any)
    for upstream in (0.0, -1.0, 1000.0):
        g = torch.tensor(upstream, dtype=torch.float64)
        prediction, target = draw.normal((3, 2), torch.float64), draw.normal((3, 2), torch.float64)
        given: battery.Given = [
            (f"for an upstream gradient of {upstream:g}", (g, prediction, target))
        ]
        battery.ask_given_values(student, draw, mse_rule((3, 2), upstream=of_any), given)


# -- exercise 4: the chain -------------------------------------------------------------------------

# Hidden units, outputs and inputs; where all are equal, a transposed gradient fits.
NETWORKS = ((5, 2, 3), (4, 4, 4), (3, 1, 2), (1, 3, 1))
BATCHES = (6, 4, 1)


def chain(
    x: torch.Tensor,
    target: torch.Tensor,
    weight1: torch.Tensor,
    bias1: torch.Tensor,
    weight2: torch.Tensor,
    bias2: torch.Tensor,
) -> dict[str, torch.Tensor]:
    """The loss of Linear, ReLU, Linear, and its gradients."""
    a = x @ weight1.T + bias1
    b = a.clamp(min=0)
    y = b @ weight2.T + bias2
    grad_y = 2 * (y - target) / y.numel()
    grad_b = grad_y @ weight2
    grad_a = grad_b * (a > 0)
    grads = {"loss": ((y - target) ** 2).mean(), "y": grad_y, "b": grad_b, "a": grad_a}
    grads |= {"input": grad_a @ weight1, "weight1": grad_a.T @ x, "bias1": grad_a.sum(dim=0)}
    return grads | {"weight2": grad_y.T @ b, "bias2": grad_y.sum(dim=0)}


def chain_rule(part: str, hidden: int, outputs: int, inputs: int) -> Contract:
    """What stands under a key, in a network of these sizes."""
    return Contract(
        "network_gradients",
        right=lambda *given: chain(*given)[part],
        arguments=(
            Argument("the input", gradient=False),
            Argument("the target", gradient=False, shape=lambda shape: (shape[0], outputs)),
            Argument("weight1", gradient=False, shape=lambda shape: (hidden, shape[1])),
            Argument("bias1", gradient=False, shape=lambda _: (hidden,)),
            Argument("weight2", gradient=False, shape=lambda _: (outputs, hidden)),
            Argument("bias2", gradient=False, shape=lambda _: (outputs,)),
        ),
        part=part,
        shapes=tuple((batch, inputs) for batch in BATCHES),
        by_position=True,
        elementwise=False,
        strict=False,
        tolerance=by_sums,
        result="the loss" if part == "loss" else f"dL/d{part}",
    )


def with_units_at_zero(draw: Draw) -> tuple[torch.Tensor, ...]:
    """A network in which a is exactly 0 for the first sample, and large for others."""
    x = draw.normal((4, 3), torch.float64) * 100
    x[0] = 0.0
    shapes = ((4, 2), (5, 3), (5,), (2, 5), (2,))
    target, weight1, bias1, weight2, bias2 = (draw.normal(s, torch.float64) for s in shapes)
    return x, target, weight1, torch.zeros_like(bias1), weight2, bias2


def check_chain(student: Student, draw: Draw, *parts: str) -> None:
    """What stands under these keys: for several sizes and batches, and where units are at 0."""
    for part in parts:
        for sizes in NETWORKS:
            battery.ask_shapes(student, draw, chain_rule(part, *sizes))
        contract = chain_rule(part, 5, 2, 3)
        given: battery.Given = [("where a is 0 or large", with_units_at_zero(draw))]
        battery.ask_given_values(student, draw, contract, given)
        battery.ask_several_calls(student, draw, replace(contract, shapes=((4, 3), (2, 3))))


@points(1)
def test_chain_start(student: Student, draw: Draw) -> None:
    """Chain: the loss, and its gradient at the output y, in the dtype of what you are handed, which
    stays as it was.
    """
    check_chain(student, draw, "loss", "y")
    for part in ("loss", "y"):
        contract = replace(chain_rule(part, 5, 2, 3), shapes=((4, 3),))
        battery.ask_shapes(student, draw, contract.exact)
        battery.ask_given_values(
            student, draw, contract.exact, [("in each dtype", with_units_at_zero(draw))]
        )
    battery.ask_untouched(student, draw, chain_rule("loss", 5, 2, 3))


@points(1)
def test_chain_b(student: Student, draw: Draw) -> None:
    """Chain: dL/db, after the second layer's rule."""
    check_chain(student, draw, "b")


@points(1)
def test_chain_a(student: Student, draw: Draw) -> None:
    """Chain: dL/da, after ReLU's rule."""
    check_chain(student, draw, "a")


@points(1)
def test_chain_weights(student: Student, draw: Draw) -> None:
    """Chain: the gradients of both weights."""
    check_chain(student, draw, "weight2", "weight1")


@points(1)
def test_chain_biases(student: Student, draw: Draw) -> None:
    """Chain: the gradients of both biases."""
    check_chain(student, draw, "bias2", "bias1")


@points(1)
def test_chain_input(student: Student, draw: Draw) -> None:
    """Chain: dL/dinput, at the far left."""
    check_chain(student, draw, "input")


# -- exercise 5: the training step -----------------------------------------------------------------


def network(
    draw: Draw, dtype: torch.dtype = torch.float64
) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """Tensors of a network with sizes that all differ, between a quarter and three quarters of its
    hidden units on.
    """
    n, d_in, hidden, d_out = draw.shape(4, low=3, high=8)
    shapes: dict[str, tuple[int, ...]] = {
        "input": (n, d_in),
        "weight1": (hidden, d_in),
        "bias1": (hidden,),
    }
    shapes |= {"weight2": (d_out, hidden), "bias2": (d_out,)}
    while True:
        tensors = {name: draw.normal(shape, dtype) for name, shape in shapes.items()}
        on = (F.linear(tensors["input"], tensors["weight1"], tensors["bias1"]) > 0).double().mean()
        if 0.25 <= on <= 0.75:
            return tensors, draw.normal((n, d_out), dtype)


class Training:
    """The same network here and there, trained step by step, and compared after each.

    Args:
        draw: where inputs come from.
        velocities: the velocities before the first step: "zeros" or "any".
        stale: whether gradients of an earlier step lie about.
        off: whether all hidden units are off.
        dtype: of everything.
    """

    def __init__(
        self,
        draw: Draw,
        *,
        velocities: str = "zeros",
        stale: bool = False,
        off: bool = False,
        dtype: torch.dtype = torch.float64,
    ) -> None:
        self._rtol = RTOL[dtype]
        tensors, self._target = network(draw, dtype)
        if off:
            tensors["bias1"] -= 1e3
        self._input = tensors["input"]
        self._values = [tensors[name] * 0.5 for name in PARAMETERS]
        self._speeds = [
            draw.normal(v.shape, dtype) if velocities == "any" else torch.zeros_like(v)
            for v in self._values
        ]
        self.program = program = Program()
        self.parameters = [program.put(v.clone().requires_grad_()) for v in self._values]
        if stale:  # a gradient of their own making
            for parameter in self.parameters:
                program.method(program.method(parameter, "sum"), "backward")
        # A list there, which a step may fill with other tensors.
        self._velocities = program.put([v.clone() for v in self._speeds])
        self._given = [program.put(self._input), program.put(self._target)]
        self._compared: list[tuple[str, Reading, torch.Tensor]] = []
        self._losses: list[tuple[Reading, float]] = []

    def step(self, rate: float, momentum: float) -> None:
        """One step, here and there."""
        program = self.program
        found = chain(self._input, self._target, *self._values)
        returned = program.call(
            "training_step", self.parameters, self._velocities, *self._given, rate, momentum
        )
        self._losses.append((program.read(returned), float(found["loss"])))
        for i, name in enumerate(PARAMETERS):
            self._speeds[i] = momentum * self._speeds[i] + found[name]
            self._values[i] = self._values[i] - rate * self._speeds[i]
            what = f"the given tensor `{name}`, after training,"
            self._compared.append((what, program.read(self.parameters[i]), self._values[i]))
            velocity = program.read(program.item(self._velocities, i))
            what = f"the given velocity of `{name}`, after training,"
            self._compared.append((what, velocity, self._speeds[i]))

    def check(self, student: Student) -> list[tuple[Any, float]]:
        """Run all steps and compare what they left.

        Returns:
            For each step what it returned, and the loss before it.
        """
        student.run([self.program])
        for what, reading, right in self._compared:
            assert_matches(reading.value, right, what, rtol=self._rtol)
        return [(reading.value, loss) for reading, loss in self._losses]


RTOL = {torch.float64: 1e-9, torch.float32: 1e-4}


@points(1)
@allows("torch.autograd")
def test_sgd_step(student: Student, draw: Draw) -> None:
    """Training step: one step without momentum moves the given leaves as SGD does and returns the
    loss as a float.
    """
    for dtype in (torch.float64, torch.float32):
        training = Training(draw, dtype=dtype)
        training.step(draw.number(0.05, 0.1), 0.0)
        kinds = ("is_leaf", "requires_grad")
        leaves = [
            (name, training.program.read(training.program.get(parameter, kind)))
            for name, parameter in zip(PARAMETERS, training.parameters, strict=True)
            for kind in kinds
        ]
        ((returned, loss),) = training.check(student)
        for name, reading in leaves:
            if reading.value is not True:
                raise Mismatch(f"`{name}` is no longer a leaf that requires a gradient")
        if not isinstance(returned, float):
            kind = type(returned).__name__
            raise Mismatch(f"`training_step` should return a float, got {kind}")
        if not abs(returned - loss) <= (1e-7 if dtype == torch.float64 else 1e-4) * max(1.0, loss):
            values = f"got {returned:.6g}, expected {loss:.6g}"
            raise Mismatch("the loss is not that of the parameters before the update", values)


@points(1)
@allows("torch.autograd")
def test_sgd_fresh(student: Student, draw: Draw) -> None:
    """Training step: gradients of earlier steps, or left behind by others, do not count."""
    training = Training(draw, stale=True)
    for _ in range(2):
        training.step(draw.number(0.05, 0.1), 0.0)
    training.check(student)


@points(1)
@allows("torch.autograd")
def test_sgd_momentum(student: Student, draw: Draw) -> None:
    """Training step: several steps with momentum, under a learning rate that changes; the given
    velocities count, and hold the new ones afterwards.
    """
    momentum = draw.number(0.5, 0.9)
    training = Training(draw)
    for rate in (draw.number(0.02, 0.04), draw.number(0.05, 0.08), 0.01):
        training.step(rate, momentum)
    training.check(student)
    training = Training(draw, velocities="any")
    for rate, kept in ((0.03, momentum), (0.0, momentum), (0.02, 0.3), (0.02, 0.0)):
        training.step(rate, kept)
    training.check(student)
    training = Training(draw, velocities="any", off=True)
    training.step(0.03, momentum)
    training.check(student)


# -- exercise 6: rules -----------------------------------------------------------------------------


class Rule(torch.autograd.Function):
    """A value, whatever its derivative, with a gradient of its own."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, value: torch.Tensor, factor: float) -> torch.Tensor:
        """The value."""
        ctx.factor = factor
        return value.clone()

    @staticmethod
    def backward(ctx: Any, *upstream: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        """The upstream gradient, scaled."""
        return upstream[0] * ctx.factor, None, None


def ruled(x: torch.Tensor, value: torch.Tensor, factor: float) -> torch.Tensor:
    """The value, with a gradient of its own."""
    found: torch.Tensor = Rule.apply(x, value, factor)  # type: ignore[no-untyped-call]
    return found


def rule(name: str, function: str, right: Callable[..., torch.Tensor], **more: Any) -> Contract:
    """A rule that is custom on purpose."""
    return Contract(
        name,
        right=right,
        function=function,
        by_position=True,
        strict=False,
        result="the output",
        **more,
    )


def ask_rule(student: Student, draw: Draw, contract: Contract) -> None:
    """A rule's output, the gradient that it hands on, and that it writes into nobody's tensors."""
    battery.ask_values(student, draw, contract.exact)
    battery.ask_gradients(student, draw, contract.exact)
    families = (
        battery.ask_magnitudes,
        battery.ask_upstreams,
        battery.ask_gradient_shapes,
        battery.ask_views,
        battery.ask_same_input_twice,
        battery.ask_several_calls,
        battery.ask_second_backward,
        battery.ask_all_untouched,
        battery.ask_own_rule,
    )
    battery.ask_all(families, student, draw, contract)


DOUBLE_TRIPLE = rule(
    "double_triple",
    "DoubleTriple",
    lambda x: ruled(x, 2 * x.detach(), 3.0),
    scales=lambda dtype: (1e-30, 1.0, 1e30),
)


@points(1)
@allows("torch.autograd")
def test_rules_double_triple(student: Student, draw: Draw) -> None:
    """DoubleTriple: twice x forward, three times the upstream gradient backward."""
    ask_rule(student, draw, DOUBLE_TRIPLE)


STRAIGHT_THROUGH = rule(
    "round_straight_through",
    "RoundStraightThrough",
    lambda x: ruled(x, torch.round(x.detach()), 1.0),
    scales=lambda dtype: (1e-9, 1.0, 300.0, 1e6),
    tolerance=lambda dtype: (0.0, 0.0),  # rounding is exact, and so is what is let through
)


@points(1)
@allows("torch.autograd")
def test_rules_straight_through(student: Student, draw: Draw) -> None:
    """RoundStraightThrough: rounded forward, the upstream gradient unchanged backward."""
    ask_rule(student, draw, STRAIGHT_THROUGH)
    # torch.round goes to the even neighbor; from 2^23 on float32 holds whole numbers only.
    ties = torch.tensor([0.5, -0.5, 2.5, -2.5, 1.5, 8388609.0, 200.0, 127.5], dtype=torch.float64)
    near = torch.tensor([1.5 - 1e-12, 0.5 + 1e-12, 2.0**52 + 1], dtype=torch.float64)
    battery.ask_given_gradients(
        student, draw, STRAIGHT_THROUGH, [("at ties and large numbers", (ties,))]
    )
    wide = replace(STRAIGHT_THROUGH.exact, dtypes=(torch.float64,))
    battery.ask_given_values(student, draw, wide, [("beside ties", (near,))])


def scales(draw: Draw) -> Sequence[dict[str, float]]:
    """A scale of each kind."""
    drawn = (draw.number(0.1, 0.9), draw.number(1.5, 3.0), -draw.number(0.2, 0.8))
    return [{"scale": scale} for scale in (*drawn, -1.0, 0.0, 1.0, 30.0)]


SCALE_GRADIENT = rule(
    "scale_gradient",
    "ScaleGradient",
    lambda x, scale: ruled(x, x.detach(), scale),
    options=scales,
    scales=lambda dtype: (1e-30, 1.0, 1e30),
)


@points(1)
@allows("torch.autograd")
def test_rules_scale(student: Student, draw: Draw) -> None:
    """ScaleGradient: x forward, `scale` times the upstream gradient backward, for several scales at
    once.
    """
    ask_rule(student, draw, SCALE_GRADIENT)


# -- for the page ----------------------------------------------------------------------------------


def evidence(student: Student) -> list[str]:
    """What the rules for single numbers do, in sentences, where no mistake is recognized."""
    x, upstream = (-1.4, 0.0, 2.6), (3.0, -5.0, 7.0)
    return at_points(
        student,
        [
            Points(RELU, [upstream, x], upstream),
            Points(DOUBLE_TRIPLE, [x], upstream),
            Points(STRAIGHT_THROUGH, [x], upstream),
            Points(SCALE_GRADIENT, [x], upstream, {"scale": 0.5}),
        ],
    )
