"""Hidden checks of Lab 02: backpropagation by hand, a training step, and gradient rules that are
custom on purpose.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F

from autograder.checking import Draw, Mismatch, Student, allows, assert_matches, points

PARAMETERS = ("weight1", "bias1", "weight2", "bias2")

FORBIDDEN = ("torch.autograd", "torch.optim")  # by hand means by hand


# -- exercise 1: Linear ----------------------------------------------------------------------------


def check_linear(student: Student, draw: Draw, which: int, what: str) -> None:
    """Compare one of the three gradients: several samples and outputs, one output, one sample."""
    n, d_in, d_out = draw.shape(3)
    for rows, outputs, dtype in (
        (n, d_out, torch.float64),
        (n, 1, torch.float32),
        (1, d_out, torch.float32),
    ):
        x = draw.normal((rows, d_in), dtype, requires_grad=True)
        weight = draw.normal((outputs, d_in), dtype, requires_grad=True)
        bias = torch.zeros(outputs, dtype=dtype, requires_grad=True)
        upstream = draw.normal((rows, outputs), dtype)
        expected = torch.autograd.grad(F.linear(x, weight, bias), (x, weight, bias), upstream)
        with torch.no_grad():
            mine = student.linear_backward(upstream, x.detach(), weight.detach())
        if not isinstance(mine, (tuple, list)) or len(mine) != 3:
            raise Mismatch(
                "`linear_backward` should return three gradients: of input, weight and bias"
            )
        assert_matches(mine[which], expected[which], what)


@points(1)
def test_linear_input(student: Student, draw: Draw) -> None:
    """Linear: the gradient of the input, for layers of any size."""
    check_linear(student, draw, 0, "the gradient of the input")


@points(1)
def test_linear_weight(student: Student, draw: Draw) -> None:
    """Linear: the gradient of the weight, summed over the batch, in the weight's shape."""
    check_linear(student, draw, 1, "the gradient of the weight")


@points(1)
def test_linear_bias(student: Student, draw: Draw) -> None:
    """Linear: the gradient of the bias, summed over the batch, in the bias's shape."""
    check_linear(student, draw, 2, "the gradient of the bias")


# -- exercise 2: ReLU ------------------------------------------------------------------------------


@points(1)
def test_relu_mask(student: Student, draw: Draw) -> None:
    """ReLU: the upstream gradient, whatever its sign, passes where the input was positive and
    nowhere else.
    """
    for dims, dtype in ((2, torch.float64), (3, torch.float32)):
        a = draw.normal(draw.shape(dims, low=3), dtype)
        upstream = draw.normal(a.shape, dtype)
        with torch.no_grad():
            mine = student.relu_backward(upstream, a)
        assert_matches(mine, torch.where(a > 0, upstream, 0), "the gradient")


@points(1)
def test_relu_zero(student: Student, draw: Draw) -> None:
    """ReLU: where the input is exactly 0 the gradient is 0."""
    a = draw.normal((30,))
    zeros = draw.order(30)[:10]
    a[zeros] = 0.0
    upstream = draw.normal(a.shape)
    with torch.no_grad():
        mine = student.relu_backward(upstream, a)
    assert_matches(
        mine, torch.where(a > 0, upstream, 0), "the gradient for an input that holds zeros"
    )


@points(1)
def test_relu_untouched(student: Student, draw: Draw) -> None:
    """ReLU: the rule changes neither the upstream gradient nor the input that it is handed."""
    a = draw.normal(draw.shape(2, low=3))
    upstream = draw.normal(a.shape)
    handed, handed_upstream = student.put(a), student.put(upstream)
    with torch.no_grad():
        mine = student.relu_backward(handed_upstream, handed)
    assert_matches(mine, torch.where(a > 0, upstream, 0), "the gradient")
    assert_matches(handed_upstream.detach(), upstream, "`grad_output`, looked at after the call,")
    assert_matches(handed.detach(), a, "`input`, looked at after the call,")


# -- exercise 3: the loss --------------------------------------------------------------------------


def check_mse(student: Student, draw: Draw, upstream: float) -> None:
    """Compare the gradient for several samples and for one."""
    n, d = draw.shape(2)
    for shape, dtype in (((n, d), torch.float64), ((1, d), torch.float32)):
        prediction, target = (
            draw.normal(shape, dtype, requires_grad=True),
            draw.normal(shape, dtype),
        )
        arriving = torch.tensor(upstream, dtype=dtype)
        (expected,) = torch.autograd.grad(F.mse_loss(prediction, target), prediction, arriving)
        with torch.no_grad():
            mine = student.mse_backward(arriving, prediction.detach(), target)
        assert_matches(mine, expected, "the gradient of the prediction")


@points(1)
def test_mse_gradient(student: Student, draw: Draw) -> None:
    """Loss: the gradient of the mean over all entries."""
    check_mse(student, draw, 1.0)


@points(1)
def test_mse_upstream(student: Student, draw: Draw) -> None:
    """Loss: the gradient when the loss is not the chain's end, so that `grad_output` is not 1."""
    check_mse(student, draw, -draw.number(0.2, 0.8))


# -- exercise 4: the chain -------------------------------------------------------------------------


def network(draw: Draw) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
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
        tensors = {name: draw.normal(shape, torch.float64) for name, shape in shapes.items()}
        on = (F.linear(tensors["input"], tensors["weight1"], tensors["bias1"]) > 0).double().mean()
        if 0.25 <= on <= 0.75:
            return tensors, draw.normal((n, d_out), torch.float64)


def check_chain(student: Student, draw: Draw, *names: str) -> None:
    """Compare the loss or gradients by name with autograd's."""
    tensors, target = network(draw)
    t = {name: value.clone().requires_grad_() for name, value in tensors.items()}
    t["a"] = F.linear(t["input"], t["weight1"], t["bias1"])
    t["b"] = F.relu(t["a"])
    t["y"] = F.linear(t["b"], t["weight2"], t["bias2"])
    loss = F.mse_loss(t["y"], target)
    expected = dict(zip(t, torch.autograd.grad(loss, list(t.values())), strict=True)) | {
        "loss": loss.detach()
    }
    with torch.no_grad():  # by hand: an answer that asks autograd finds nothing recorded
        mine: Any = student.network_gradients(**tensors, target=target)
    if not isinstance(mine, dict):
        raise Mismatch("`network_gradients` should return a dict")
    for name in names:
        if name not in mine:
            raise Mismatch(f'the dict has no key "{name}"')
        assert_matches(mine[name], expected[name], "the loss" if name == "loss" else f"dL/d{name}")


@points(1)
def test_chain_start(student: Student, draw: Draw) -> None:
    """Chain: the loss, and its gradient at the output y."""
    check_chain(student, draw, "loss", "y")


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


def check_training(
    student: Student, draw: Draw, rates: list[float], momentum: float, stale: bool
) -> tuple[list[Any], Any, list[float]]:
    """Train the same network here, with torch.optim.SGD, and there, and compare the parameters.

    Returns:
        The parameters there, the losses that were returned there, the losses here.
    """
    tensors, target = network(draw)
    values = [tensors[name] * 0.5 for name in PARAMETERS]
    theirs = [value.clone().requires_grad_() for value in values]
    mine = [student.put(value.clone().requires_grad_()) for value in values]
    if stale:
        for parameter, value in zip(mine, values, strict=True):
            parameter.grad = draw.normal(value.shape, torch.float64)
    optimizer, losses = torch.optim.SGD(theirs, lr=rates[0], momentum=momentum), []
    for rate in rates:
        optimizer.param_groups[0]["lr"] = rate
        optimizer.zero_grad()
        weight1, bias1, weight2, bias2 = theirs
        loss = F.mse_loss(
            F.linear(F.relu(F.linear(tensors["input"], weight1, bias1)), weight2, bias2), target
        )
        torch.autograd.backward(loss)
        optimizer.step()
        losses.append(loss.item())
    returned = student.train(mine, tensors["input"], target, rates, momentum)
    for name, parameter, expected in zip(PARAMETERS, mine, theirs, strict=True):
        assert_matches(
            parameter.detach(), expected.detach(), f"the given tensor `{name}`, after training,"
        )
    return mine, returned, losses


@points(1)
@allows("torch.autograd")
def test_sgd_step(student: Student, draw: Draw) -> None:
    """Training step: one step without momentum moves the given leaves as SGD does and returns the
    loss as a float.
    """
    mine, returned, losses = check_training(
        student, draw, [draw.number(0.05, 0.1)], 0.0, stale=False
    )
    for name, parameter in zip(PARAMETERS, mine, strict=True):
        if parameter.is_leaf is not True or parameter.requires_grad is not True:
            raise Mismatch(f"`{name}` is no longer a leaf that requires a gradient")
    if not isinstance(returned, list) or len(returned) != 1 or not isinstance(returned[0], float):
        kind = (
            type(returned[0]).__name__
            if isinstance(returned, list) and returned
            else type(returned).__name__
        )
        raise Mismatch(f"`training_step` should return a float, got {kind}")
    if not abs(returned[0] - losses[0]) <= 1e-7 * max(1.0, losses[0]):
        values = f"got {returned[0]:.6g}, expected {losses[0]:.6g}"
        raise Mismatch("the loss is not that of the parameters before the update", values)


@points(1)
@allows("torch.autograd")
def test_sgd_fresh(student: Student, draw: Draw) -> None:
    """Training step: gradients of earlier steps, or left behind by others, do not count."""
    check_training(student, draw, [draw.number(0.05, 0.1)] * 2, 0.0, stale=True)


@points(1)
@allows("torch.autograd")
def test_sgd_momentum(student: Student, draw: Draw) -> None:
    """Training step: several steps with momentum, under a learning rate that changes."""
    rates = [draw.number(0.02, 0.04), draw.number(0.05, 0.08), 0.01]
    check_training(student, draw, rates, draw.number(0.5, 0.9), stale=False)


# -- exercise 6: rules -----------------------------------------------------------------------------


def check_rule(
    result: Any,
    x: torch.Tensor,
    value: torch.Tensor,
    upstream: torch.Tensor,
    gradient: torch.Tensor,
) -> None:
    """Compare a rule's output, and the gradient that it hands on."""
    assert_matches(result, value.detach(), "the output")
    (mine,) = torch.autograd.grad(result, x, upstream)
    assert_matches(mine, gradient, "the gradient")


def check_untouched(call: Callable[[Any], Any], student: Student, draw: Draw) -> None:
    """A rule writes neither into its input nor into the gradient that arrives: both belong to the
    caller.
    """
    values, upstream = draw.normal(draw.shape(2), scale=3.0), draw.normal(draw.shape(2))[:1, :1]
    x = student.put(values.clone().requires_grad_())
    arriving = student.put(upstream.expand(values.shape).contiguous())
    call(x).backward(arriving)
    assert_matches(x.detach(), values, "the input after the call", rtol=0, atol=0)
    assert_matches(
        arriving.detach(),
        upstream.expand(values.shape),
        "`grad_output` after the backward pass",
        rtol=0,
        atol=0,
    )


@points(1)
@allows("torch.autograd")
def test_rules_double_triple(student: Student, draw: Draw) -> None:
    """DoubleTriple: twice x forward, three times the upstream gradient backward."""
    for dims, dtype in ((1, torch.float32), (3, torch.float64)):
        x = draw.normal(draw.shape(dims), dtype, requires_grad=True)
        upstream = draw.normal(x.shape, dtype)
        check_rule(student.double_triple(x), x, 2 * x, upstream, 3 * upstream)
    check_untouched(student.keep.double_triple, student, draw)


@points(1)
@allows("torch.autograd")
def test_rules_straight_through(student: Student, draw: Draw) -> None:
    """RoundStraightThrough: rounded forward, the upstream gradient unchanged backward."""
    for dims, dtype in ((1, torch.float32), (3, torch.float64)):
        values = draw.normal(draw.shape(dims, low=4), dtype, scale=3.0)
        values.view(-1)[:4] = torch.tensor(
            [0.5, -0.5, 2.5, -2.5], dtype=dtype
        )  # torch.round goes to the even neighbor
        x = values.requires_grad_()
        upstream = draw.normal(x.shape, dtype)
        check_rule(student.round_straight_through(x), x, torch.round(x), upstream, upstream)
    check_untouched(student.keep.round_straight_through, student, draw)


@points(1)
@allows("torch.autograd")
def test_rules_scale(student: Student, draw: Draw) -> None:
    """ScaleGradient: x forward, `scale` times the upstream gradient backward, for several scales at
    once.
    """
    scales = [-1.0, draw.number(0.1, 0.9), draw.number(1.5, 3.0)]
    x = draw.normal(draw.shape(2), requires_grad=True)
    upstream = draw.normal(x.shape)
    # All forward passes before the first backward pass: a scale belongs to its call, not to the
    # class.
    results = [student.scale_gradient(x, scale) for scale in scales]
    for scale, result in zip(scales, results, strict=True):
        check_rule(result, x, x, upstream, scale * upstream)
    check_untouched(lambda held: student.keep.scale_gradient(held, scales[1]), student, draw)
