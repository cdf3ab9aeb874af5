"""Hidden checks of Lab 03: a custom ReLU.

What random inputs of one shape miss is asked here on purpose: exact zeros, signed and uneven
upstream gradients, two calls before either backward, views, empty tensors, the tensors that
autograd shares with its neighbors.
"""

from __future__ import annotations

import statistics
import time

import pytest
import torch
import torch.nn.functional as F

from autograder.checking import (
    ALL_FLOATS,
    Argument,
    Contract,
    Curve,
    Draw,
    Mismatch,
    Points,
    Student,
    advise,
    assert_from_scratch,
    assert_gradcheck,
    assert_matches,
    at_points,
    battery,
    bonus,
    curve,
    gate,
    points,
)

FORBIDDEN = ("relu", "threshold", "leaky_relu", "rrelu", "prelu", "elu", "hardtanh", "gelu")


RELU = Contract(
    "custom_relu",
    right=torch.relu,
    arguments=(Argument(seams=(0.0, -0.0)),),
    function="ReLUFunction",
    dtypes=ALL_FLOATS,
)


def relu(x: torch.Tensor) -> torch.Tensor:
    """What the student's forward should return."""
    return x.detach().clamp(min=0)


def gradient(student: Student, x: torch.Tensor, upstream: torch.Tensor) -> torch.Tensor:
    """The student's gradient at `x` for this upstream gradient, after a look at the forward."""
    y = student.custom_relu(x)
    assert_matches(y, relu(x), "the result")
    (found,) = torch.autograd.grad(y, x, upstream, allow_unused=True)
    if found is None:
        raise Mismatch("no gradient came back: does `backward` return one?")
    return found


@points(1)
def test_forward_values(student: Student, draw: Draw) -> None:
    """custom_relu(x) is max(0, x), element by element."""
    x = draw.normal(draw.shape(1, 5, 12))
    x[0], x[1], x[2] = 0.0, -x[1].abs(), x[2].abs()
    assert_matches(student.custom_relu(x), relu(x))
    battery.ask_without_gradients(student, draw, RELU)


@points(1)
def test_forward_fresh_values(student: Student, draw: Draw) -> None:
    """It works for any values: tiny, huge, whole numbers, all negative."""
    battery.ask_magnitudes(student, draw, RELU)
    assert_matches(student.custom_relu(-draw.uniform((3, 4), 1, 2)), torch.zeros(3, 4))
    special = student.custom_relu(torch.tensor([float("nan"), float("inf")]))
    if isinstance(special, torch.Tensor) and special.shape == (2,) and not special[0].isnan():
        advise(
            "For NaN your forward returns a number; F.relu returns NaN, so that a broken value "
            "does not vanish silently."
        )


@points(1)
def test_forward_repeat(student: Student, draw: Draw) -> None:
    """The same input gives the same result, whatever was called in between."""
    x, other = draw.normal(draw.shape(2)), draw.normal(draw.shape(2))
    first = student.keep.custom_relu(student.put(x))
    for between in (other, -x):
        student.keep.custom_relu(student.put(between))
    assert_matches(first.detach(), relu(x), "the first result, after other calls")
    assert_matches(student.custom_relu(x), relu(x), "the result of the same call again")
    battery.ask_same_input_twice(student, draw, RELU)


@points(2)
def test_zero_edge(student: Student, draw: Draw) -> None:
    """At exactly x = 0 the gradient is 0, beside it 0 or 1."""
    battery.ask_seams(student, draw, RELU)


@points(1)
def test_zero_edge_after_relu(student: Student, draw: Draw) -> None:
    """Zeros are common: those that an earlier ReLU left behind get the gradient 0."""
    x = relu(draw.normal(draw.shape(2, 4, 8))).requires_grad_()
    y = student.custom_relu(x)
    assert_matches(y, relu(x))
    (found,) = torch.autograd.grad(y.sum(), x)
    assert_matches(found, (x > 0).float(), "the gradient of custom_relu(x).sum()")


@points(1.5)
def test_gradcheck(student: Student, draw: Draw) -> None:
    """torch.autograd.gradcheck: backward agrees with the measured slope, away from the corner."""
    x = draw.off_zero(draw.shape(2, 2, 4))
    assert_matches(student.custom_relu(x), relu(x))
    assert_gradcheck(student.custom_relu, [x])


@points(1.5)
def test_gradcheck_upstream(student: Student, draw: Draw) -> None:
    """backward multiplies by the gradient that it is given, whatever was called in between."""
    battery.ask_upstreams(student, draw, RELU)
    battery.ask_several_calls(student, draw, RELU)
    battery.ask_second_backward(student, draw, RELU)


@points(1)
def test_gradcheck_own_rule(student: Student, draw: Draw) -> None:
    """The gradient comes from your own backward: the result's graph holds your Function's node."""
    battery.ask_own_rule(student, draw, RELU)


@points(1)
def test_parity_values(student: Student, draw: Draw) -> None:
    """The values and the dtype equal those of F.relu, from float16 to float64."""
    battery.ask_values(student, draw, RELU)


@points(2)
def test_parity_gradient(student: Student, draw: Draw) -> None:
    """The gradient equals that of F.relu, from float16 to float64."""
    battery.ask_gradients(student, draw, RELU)
    battery.ask_gradient_magnitudes(student, draw, RELU)


@points(1)
def test_parity_noncontiguous(student: Student, draw: Draw) -> None:
    """Transposed and expanded tensors are tensors like others, as input and upstream gradient."""
    battery.ask_views(student, draw, RELU)


@points(2)
def test_shapes(student: Student, draw: Draw) -> None:
    """Any shape goes: a single number, an empty tensor, six dimensions, thousands of elements."""
    battery.ask_shapes(student, draw, RELU)


@points(1)
def test_shapes_gradient(student: Student, draw: Draw) -> None:
    """The gradient has its input's shape, for any shape."""
    battery.ask_gradient_shapes(student, draw, RELU)


@points(0.5)
def test_inplace_input_untouched(student: Student, draw: Draw) -> None:
    """The input still holds its values after forward and backward, and the result is another."""
    battery.ask_untouched(student, draw, RELU)
    battery.ask_new_result(student, draw, RELU)


@points(1)
def test_inplace_grad_output_untouched(student: Student, draw: Draw) -> None:
    """grad_output still holds its values after backward: others may get the same tensor."""
    battery.ask_upstream_untouched(student, draw, RELU)


@points(0.5)
def test_inplace_edit_after_forward(student: Student, draw: Draw) -> None:
    """If input or result is overwritten after forward, backward is right or autograd complains."""
    battery.ask_input_edited(student, draw, RELU)
    battery.ask_result_edited(student, draw, RELU)


@points(0.5)
def test_network(student: Student, draw: Draw) -> None:
    """In Linear-ReLU-Linear every parameter gets the gradient that it gets with F.relu."""
    batch, inputs, hidden, outputs = draw.shape(4, 6, 12)
    parameters = [
        draw.normal(s, requires_grad=True)
        for s in ((inputs, hidden), (hidden,), (hidden, outputs), (outputs,))
    ]
    x, target = draw.normal((batch, inputs), scale=9), draw.normal((batch, outputs))

    def loss(activation: object) -> torch.Tensor:
        w1, b1, w2, b2 = parameters
        hidden_values = activation(x @ w1 + b1)  # type: ignore[operator]
        assert_matches(hidden_values, relu(x @ w1 + b1), "the hidden layer")
        return F.mse_loss(hidden_values @ w2 + b2, target)

    found = torch.autograd.grad(loss(student.custom_relu), parameters)
    expected = torch.autograd.grad(loss(F.relu), parameters)
    for name, mine, right in zip(("W1", "b1", "W2", "b2"), found, expected, strict=True):
        assert_matches(mine, right, f"the gradient of {name}")


@points(0.5)
def test_network_skip(student: Student, draw: Draw) -> None:
    """With a skip connection, relu(h) + h, both branches get their gradient."""
    value, upstream = draw.pair(draw.shape(2))
    x = student.put(value)
    hidden = x.kept("clone")
    joined = student.keep.custom_relu(hidden).kept("add", hidden)
    joined.backward(student.put(upstream))
    assert_matches(
        x.grad, upstream * (1.0 + (value > 0).float()), "the gradient of custom_relu(h) + h"
    )


@bonus(2)
def test_cuda(student: Student, draw: Draw) -> None:
    """On a GPU: values and gradients in three dtypes, in at most 4 times the time of F.relu."""
    if not torch.cuda.is_available():
        pytest.skip("the grader has no CUDA device")
    if (
        student.get("torch").cuda.is_available() is not True
    ):  # the sandbox binds no device; a skip costs and earns nothing
        pytest.skip("the student's process has no CUDA device")
    for dtype in (torch.float32, torch.float16, torch.bfloat16):
        x = draw.normal(draw.shape(2), dtype).cuda().requires_grad_()
        upstream = draw.normal(x.shape, dtype).cuda()
        assert_matches(
            gradient(student, x, upstream),
            upstream * (x > 0),
            f"the gradient for {dtype} on the GPU",
        )
    compare_speed(student, draw)


def compare_speed(
    student: Student, draw: Draw, elements: int = 10_000_000, calls: int = 16, repeats: int = 5
) -> None:
    """Forward and backward by the student and by F.relu in turn, by the grader's clock; one result,
    at random, is looked at.
    """
    inputs = [torch.randn(elements, device="cuda", requires_grad=True) for _ in range(calls)]
    upstream = torch.randn(elements, device="cuda")
    theirs = [student.put(x) for x in inputs]
    given = student.put(upstream)
    times: dict[str, list[float]] = {"student": [], "torch": []}
    for repeat in range(repeats + 1):  # the first is the warm-up
        torch.cuda.synchronize()
        began = time.perf_counter()
        results = student.each("custom_relu", theirs, given)
        asked = time.perf_counter()
        for x in inputs:
            torch.autograd.grad(F.relu(x), x, upstream)
        torch.cuda.synchronize()
        if repeat:
            times["student"].append(asked - began)
            times["torch"].append(time.perf_counter() - asked)
        chosen = draw.integer(0, calls - 1)
        y, found = results[chosen]
        assert_matches(y.detach(), relu(inputs[chosen]), "a result on the GPU")
        assert_matches(found.detach(), upstream * (inputs[chosen] > 0), "a gradient on the GPU")
    ratio = statistics.median(times["student"]) / statistics.median(times["torch"])
    if ratio > 4:
        raise Mismatch(
            f"forward and backward take {ratio:.1f} times as long as F.relu on "
            f"the GPU; 4 times is allowed"
        )


def curves(student: Student) -> list[Curve]:
    """The student's function and gradient from -3 to 3, for the student's page."""
    x = (
        torch.arange(-30, 31) / 10
    ).requires_grad_()  # its middle is exactly 0, where most mistakes are
    y = student.custom_relu(x)
    (slope,) = torch.autograd.grad(y, x, torch.ones(61))
    pairs = (("value", y, relu(x)), ("gradient", slope, (x > 0).float()))
    return [curve(title, x, found, expected) for title, found, expected in pairs]


def evidence(student: Student) -> list[str]:
    """What the answer does at -2, 0 and 2, in sentences, where no mistake is recognized."""
    return at_points(student, [Points(RELU, [(-2.0, 0.0, 2.0)], (3.0, -5.0, 7.0))])


@gate
def test_from_scratch(student: Student) -> None:
    """The result is computed by your own code, not by PyTorch's ReLU under any name."""
    assert_from_scratch(student)
