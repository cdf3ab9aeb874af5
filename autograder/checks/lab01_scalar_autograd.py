"""Hidden checks of Lab 01: a scalar autograd engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from autograder.checking import Draw, Handle, Mismatch, Student, bonus, points

# A program computes with numbered nodes: (operation, left, right). The first numbers are the
# leaves, each step makes the next one, and the last is the result. The right operand of "relu" is
# not used.
Step = tuple[str, int, int]
SIGNS = {"add": "{} + {}", "mul": "{} * {}", "relu": "relu({})"}

FORBIDDEN = ("torch",)  # an engine of one's own asks no other


# -- talking to the student's Values ---------------------------------------------------------------


def node(result: Any, what: str) -> Any:
    """The result, if it is an object of the student's (in our own run of a program, a tensor)."""
    if isinstance(result, (Handle, torch.Tensor)):
        return result
    raise Mismatch(f"{what} should be a Value, got {kind(result)}")


def kind(value: Any) -> str:
    """What a value is, for a message."""
    if isinstance(value, (int, float)):
        return (
            f"the number {value:.6g}"
            if abs(value) < 1e300
            else "a number that is not finite, or huge"
        )
    return repr(value).split()[0].lstrip("<") if isinstance(value, Handle) else type(value).__name__


def call(owner: Any, method: str) -> Any:
    """`owner.method()`, where `method` may turn out to be anything."""
    found = getattr(owner, method)
    if isinstance(owner, Handle) and not isinstance(found, Handle):
        raise Mismatch(f"`{method}` should be a method, got {kind(found)}")
    return found()


def finite(got: Any, what: str) -> float:
    """The number, if it is one; an int may be too large for a float, NaN is below nothing."""
    if isinstance(got, (int, float)) and abs(got) < 1e300:
        return float(got)
    raise Mismatch(f"{what} should be a finite float, got {kind(got)}")


def close(got: Any, wanted: float, what: str, where: str = "", tolerance: float = 1e-8) -> None:
    """Compare one number of the student's.

    Args:
        got: what came back; an int or a float, or it is a mismatch.
        wanted: the right number, finite.
        what: how a student would name it; shown without values.
        where: the numbers that went in; shown only where values may be.
        tolerance: relative to max(1, |wanted|).

    Raises:
        Mismatch: it is no number, not finite, or another number.
    """
    got = finite(got, what)
    if not abs(got - wanted) <= tolerance * max(1.0, abs(wanted)):
        raise Mismatch(
            f"{what} is wrong",
            f"got {got:.6g}, expected {wanted:.6g}" + (f", at {where}" if where else ""),
        )


def leaves(student: Student, numbers: list[float]) -> list[Any]:
    """A Value of the student's for each number."""
    return [node(student.Value(number), "Value(number)") for number in numbers]


def run(program: list[Step], nodes: list[Any]) -> list[Any]:
    """Carry out a program on the student's Values or on tensors; returns all nodes."""
    nodes = list(nodes)
    for name, left, right in program:
        a, b = nodes[left], nodes[right]
        result = a + b if name == "add" else a * b if name == "mul" else call(a, "relu")
        nodes.append(node(result, SIGNS[name].format("a", "b")))
    return nodes


def run_torch(program: list[Step], numbers: list[float]) -> list[torch.Tensor]:
    """The same in double precision by PyTorch, with the gradient of every node after one
    backward().
    """
    nodes = run(
        program,
        [torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in numbers],
    )
    for tensor in nodes:
        tensor.retain_grad()
    nodes[-1].backward()
    return nodes


def swapped(program: list[Step]) -> list[Step]:
    """The same with left and right exchanged: a wrong order of the walk is often right in one of
    the two.
    """
    return [(kind, a, b) if kind == "relu" else (kind, b, a) for kind, a, b in program]


def named(place: int) -> str:
    """The letter of a node, as `formula` writes it."""
    return chr(ord("a") + place) if place < 26 else f"v{place}"


def formula(program: list[Step], count: int) -> str:
    """A program as a student reads it: `c = a * b, d = c + c`."""
    steps = [SIGNS[name].format(named(left), named(right)) for name, left, right in program]
    return ", ".join(f"{named(i)} = {step}" for i, step in enumerate(steps, start=count))


def compare(student: Student, program: list[Step], numbers: list[float]) -> None:
    """The result's value, and the gradient of every node, must be PyTorch's."""
    mine, theirs = run(program, leaves(student, numbers)), run_torch(program, numbers)
    text, where, last = formula(program, len(numbers)), at(numbers), named(len(mine) - 1)
    close(mine[-1].data, theirs[-1].item(), f"{text}: the value of {last}", where)
    call(mine[-1], "backward")
    for i, (value, tensor) in enumerate(zip(mine, theirs, strict=True)):
        gradient = 0.0 if tensor.grad is None else tensor.grad.item()
        close(
            value.grad,
            gradient,
            f"after {last}.backward() for {text}: the gradient of {named(i)}",
            where,
        )


def at(numbers: list[float]) -> str:
    """The leaves' numbers: `a = 1.25, b = -0.8`."""
    return ", ".join(f"{named(i)} = {number:.4g}" for i, number in enumerate(numbers))


# -- drawing ---------------------------------------------------------------------------------------


def number(draw: Draw, low: float = 0.6, high: float = 1.8) -> float:
    """A number of either sign, not near 0."""
    return float(draw.choice((-1.0, 1.0))) * draw.number(low, high)


def tangled(draw: Draw, steps: int) -> tuple[list[Step], list[float]]:
    """A random program on three leaves, with much reuse, in which everything leads to the result.

    It begins with two diamonds, one for each order of operands, a shut gate and a square, so that
    luck does not decide; no relu sits near its kink.
    """
    numbers = [draw.number(0.5, 1.4), draw.number(0.5, 1.4), -draw.number(0.5, 1.4)]
    program: list[Step] = [
        ("mul", 0, 1),
        ("relu", 3, 3),
        ("add", 3, 4),
        ("relu", 5, 5),
        ("add", 6, 5),
    ]
    program += [("relu", 2, 2), ("mul", 0, 0)]
    start = len(program)
    values = values_of(program, numbers)
    while len(program) < start + steps:
        left, right = draw.integer(0, len(values) - 1), draw.integer(0, len(values) - 1)
        step = (draw.choice(("add", "mul", "mul", "relu")), left, right)
        value = values_of([step], values)[-1]
        if abs(value) < 6.0 and (step[0] != "relu" or abs(values[left]) > 0.05):
            program.append(step)
            values.append(value)
    used = {
        operand
        for name, left, right in program
        for operand in ((left,) if name == "relu" else (left, right))
    }
    forced = [7, 8, 9]  # random steps may have led these through a shut gate only
    for loose in [i for i in range(len(values) - 1) if i not in used and i not in forced] + forced:
        program.append(("add", 3 + len(program) - 1, loose))
    return program, numbers


def values_of(program: list[Step], numbers: list[float]) -> list[float]:
    """The numbers of all nodes of a program."""
    values = list(numbers)
    for name, left, right in program:
        a, b = values[left], values[right]
        values.append(a + b if name == "add" else a * b if name == "mul" else max(0.0, a))
    return values


# -- Exercise 1: values ----------------------------------------------------------------------------


@points(1)
def test_forward_add(student: Student, draw: Draw) -> None:
    """`a + b`, `a + number` are new Values with the right number, and leave the operands alone."""
    x, y = number(draw), number(draw)
    a, b = leaves(student, [x, y])
    close(node(a + b, "a + b").data, x + y, "(a + b).data", at([x, y]))
    close(node(a + y, "a + number").data, x + y, "(a + number).data", at([x, y]))
    close(node(a + 3, "a + 3").data, x + 3, "(a + 3).data", at([x]))
    close(a.data, x, "a.data after a + b")
    close(b.data, y, "b.data after a + b")


@points(1)
def test_forward_mul(student: Student, draw: Draw) -> None:
    """`a * b`, `a * number` are new Values with the right number, and leave the operands alone."""
    x, y = number(draw), number(draw)
    a, b = leaves(student, [x, y])
    close(node(a * b, "a * b").data, x * y, "(a * b).data", at([x, y]))
    close(node(a * y, "a * number").data, x * y, "(a * number).data", at([x, y]))
    close(node(a * 3, "a * 3").data, x * 3, "(a * 3).data", at([x]))
    close(a.data, x, "a.data after a * b")
    close(b.data, y, "b.data after a * b")


@points(1)
def test_forward_relu(student: Student, draw: Draw) -> None:
    """`a.relu()` is max(0, a), for negative and positive numbers and 0."""
    for x in (draw.number(1.5, 4.0), -draw.number(1.5, 4.0), 0.0):
        (a,) = leaves(student, [x])
        close(node(call(a, "relu"), "a.relu()").data, max(0.0, x), "a.relu().data", at([x]))
        close(a.data, x, "a.data after a.relu()")


# -- Exercise 2: gradients -------------------------------------------------------------------------


@points(1)
def test_order_list(student: Student, draw: Draw) -> None:
    """`topological_order` lists every node once, and each after its parents."""
    for program, numbers in (diamond(draw), tangled(draw, 0)):
        # A node is known by its number here, so all numbers must differ: relu, which keeps a
        # positive one, gives way.
        program = [
            ("add", left, 1) if name == "relu" else (name, left, right)
            for name, left, right in program
        ]
        listed(student, program, numbers)
        listed(student, swapped(program), numbers)
    x = number(draw)
    a, b = leaves(student, [x, x])
    order = ordered(student, node(node(a * a, "a * a") + node(b * b, "b * b"), "a + b"))
    if len(order) != 5:
        text = "two nodes that happen to have the same number are still two nodes"
        raise Mismatch(
            f"the list for a*a + b*b with a = b has {len(order)} entries; it should have 5: {text}"
        )


def listed(student: Student, program: list[Step], numbers: list[float]) -> None:
    """The student's list for a program must hold every node once, after its parents."""
    values, text = values_of(program, numbers), formula(program, len(numbers))
    order = ordered(student, run(program, leaves(student, numbers))[-1])
    if len(order) != len(values):
        raise Mismatch(
            f"the list for {text} has {len(order)} entries; the graph has {len(values)} nodes"
        )
    found = [min(range(len(values)), key=lambda i: abs(values[i] - value)) for value in order]
    place = {which: position for position, which in enumerate(found)}
    if len(place) != len(values):
        raise Mismatch(f"the list for {text} has some nodes more than once, and others not at all")
    for i, (_, left, right) in enumerate(program, start=len(numbers)):
        for parent in (left, right):
            if place[parent] > place[i]:
                raise Mismatch(
                    f"in the list for {text}, {named(i)} stands before its parent {named(parent)}"
                )


def ordered(student: Student, root: Any) -> list[float]:
    """The numbers of the nodes in the student's list."""
    order = student.topological_order(root)
    if not isinstance(order, (list, tuple, Handle)):
        raise Mismatch(f"topological_order should return a list, got {kind(order)}")
    return [finite(node(item, "an entry of the list").data, "data") for item in order]


@points(1)
def test_gradient_add(student: Student, draw: Draw) -> None:
    """The gradient of a sum goes to both operands unchanged, also where one is a plain number."""
    numbers = [number(draw), number(draw)]
    compare(student, [("add", 0, 1)], numbers)
    (a,) = leaves(student, numbers[:1])
    call(node(a + numbers[1], "a + number"), "backward")
    close(a.grad, 1.0, "after (a + number).backward(): the gradient of a")


@points(1)
def test_gradient_mul(student: Student, draw: Draw) -> None:
    """The gradient of a product is, for each factor, the value of the other one."""
    numbers = [number(draw), number(draw) + 4.0]
    compare(student, [("mul", 0, 1)], numbers)
    (a,) = leaves(student, numbers[:1])
    call(node(a * numbers[1], "a * number"), "backward")
    close(
        a.grad,
        numbers[1],
        "after (a * number).backward(): the gradient of a",
        f"number = {numbers[1]:.4g}",
    )


@points(1)
def test_gradient_relu(student: Student, draw: Draw) -> None:
    """The gradient of relu is 1 for positive numbers and 0 for negative ones."""
    for x in (draw.number(1.5, 4.0), -draw.number(1.5, 4.0)):
        compare(student, [("relu", 0, 0)], [x])


@points(1)
def test_gradient_kink(student: Student, draw: Draw) -> None:
    """At exactly 0 the gradient of relu is 0, as this course and PyTorch have it."""
    compare(student, [("relu", 0, 0)], [0.0])
    x = number(draw)
    compare(student, [("add", 0, 1), ("relu", 2, 2)], [x, -x])


@points(1)
def test_chain_upstream(student: Student, draw: Draw) -> None:
    """Each operation multiplies the gradient that arrives by its own derivative; every node holds
    its gradient.
    """
    x, y, k = draw.number(0.6, 1.8), draw.number(0.6, 1.8), number(draw, 2.0, 3.0)
    for program, numbers in (
        ([("add", 0, 1), ("mul", 3, 2)], [x, -y, k]),
        ([("mul", 0, 1), ("mul", 3, 2)], [x, -y, k]),
        ([("add", 0, 1), ("relu", 3, 3), ("mul", 4, 2)], [x, y, k]),
        ([("add", 0, 1), ("relu", 3, 3), ("mul", 4, 2)], [-x, -y, k]),
        (
            [("mul", 0, 1), ("add", 5, 2), ("relu", 6, 6), ("mul", 7, 3), ("add", 8, 4)],
            [x, y, 1.0, k, -y],
        ),
    ):
        compare(student, program, numbers)
        compare(student, swapped(program), numbers)


@points(1)
def test_reuse_leaf(student: Student, draw: Draw) -> None:
    """A number that is used more than once gets the sum of the gradients of all its uses."""
    x, y = draw.number(1.5, 3.0), number(draw)
    compare(student, [("add", 0, 0)], [x])
    compare(student, [("mul", 0, 0)], [x])
    for program, numbers in (
        ([("relu", 0, 0), ("mul", 0, 0), ("add", 1, 2)], [x]),
        ([("relu", 0, 0), ("relu", 0, 0), ("add", 1, 2)], [x]),
        ([("mul", 0, 1), ("add", 2, 0)], [x, y]),
    ):
        compare(student, program, numbers)
        compare(student, swapped(program), numbers)


def diamond(draw: Draw) -> tuple[list[Step], list[float]]:
    """The program c = a*b, e = c*c + c: the gradient of c comes from two results."""
    return [("mul", 0, 1), ("mul", 2, 2), ("add", 3, 2)], [number(draw), draw.number(2.2, 3.0)]


@points(1)
def test_reuse_diamond(student: Student, draw: Draw) -> None:
    """A result that is used twice passes its gradient on when all of it has arrived, in both orders
    of the operands.
    """
    program, numbers = diamond(draw)
    compare(student, program, numbers)
    compare(student, swapped(program), numbers)
    rung, ladder = [("mul", 0, 0), ("add", 1, 0)], []
    for step in range(4):  # x <- x*x + x, over and over, in one order and the other
        moved = [(name, left + 2 * step, right + 2 * step) for name, left, right in rung]
        ladder += moved if step % 2 else swapped(moved)
    compare(student, ladder, [draw.number(0.2, 0.5)])


@points(1)
def test_backward_leaves(student: Student, draw: Draw) -> None:
    """backward() on two results that use the same leaf adds up on it, and touches no leaf that it
    does not use.
    """
    x, y, z = number(draw), number(draw), number(draw, 2.0, 3.0)
    a, b, c = leaves(student, [x, y, z])
    call(node(a * b, "a * b"), "backward")
    call(node(a * c, "a * b"), "backward")
    what = "after (a * b).backward() and (a * c).backward(): the gradient of"
    close(a.grad, y + z, f"{what} a", at([x, y, z]))
    close(b.grad, x, f"{what} b", at([x, y, z]))
    close(c.grad, x, f"{what} c", at([x, y, z]))


@points(0.5)
def test_backward_again(student: Student, draw: Draw) -> None:
    """A second backward() adds to the leaves exactly what the first one did; inner nodes are as
    after the first.
    """
    x = number(draw, 1.2, 2.0)
    (a,) = leaves(student, [x])
    square = node(a * a, "a * a")
    out = node(square * square, "a * a")
    for times, passes in (
        (1, "one backward()"),
        (2, "a second backward()"),
        (3, "a third backward()"),
    ):
        call(out, "backward")
        what = f"for out = (a*a)*(a*a), after {passes}: the gradient of"
        close(a.grad, times * 4 * x**3, f"{what} a", at([x]))
        close(square.grad, 2 * x**2, f"{what} the inner node a*a", at([x]))
        close(out.grad, 1.0, f"{what} out", at([x]))


@points(0.5)
def test_backward_shared(student: Student, draw: Draw) -> None:
    """backward() on two results that share an inner node adds up on the leaves below it."""
    x, y = number(draw), number(draw)
    a, b = leaves(student, [x, y])
    shared = node(a * b, "a * b")
    call(node(shared * shared, "a * b"), "backward")
    call(node(shared + a, "a + b"), "backward")
    what = "for s = a*b, after (s*s).backward() and (s + a).backward(): the gradient of"
    close(a.grad, 2 * x * y * y + y + 1, f"{what} a", at([x, y]))
    close(b.grad, 2 * x * y * x + x, f"{what} b", at([x, y]))


@points(1)
def test_graphs_random(student: Student, draw: Draw) -> None:
    """Random expressions in which everything is reused have the values and gradients that PyTorch
    finds.
    """
    program, numbers = tangled(draw, 0)
    compare(student, program, numbers)
    compare(student, swapped(program), numbers)
    for steps in (3, 6, 9):
        compare(student, *tangled(draw, steps))


@points(1)
def test_graphs_slopes(student: Student, draw: Draw) -> None:
    """The gradients of a random expression agree with the slope of your own values, measured by
    finite differences.
    """
    program, numbers = tangled(draw, 0)
    measured(student, draw, program, numbers)
    measured(student, draw, swapped(program), numbers)
    measured(student, draw, *tangled(draw, 4))


def measured(
    student: Student, draw: Draw, program: list[Step], numbers: list[float], h: float = 1e-5
) -> None:
    """The gradients of the leaves, along a random direction, must be the slope of the student's own
    values.
    """
    mine, text = run(program, leaves(student, numbers)), formula(program, len(numbers))
    last = named(len(mine) - 1)
    call(mine[-1], "backward")
    direction = [number(draw) for _ in numbers]
    ends = []
    for step in (h, -h):
        nudged = [value + step * along for value, along in zip(numbers, direction, strict=True)]
        ends.append(run(program, leaves(student, nudged))[-1].data)
        close(ends[-1], values_of(program, nudged)[-1], f"{text}: the value of {last}", at(nudged))
    what = f"after {last}.backward() for {text}: the gradient of"
    gradients = [finite(mine[i].grad, f"{what} {named(i)}") for i in range(len(numbers))]
    rise = sum(gradient * along for gradient, along in zip(gradients, direction, strict=True))
    slope, leaf_names = (ends[0] - ends[1]) / (2 * h), ", ".join(map(named, range(len(numbers))))
    close(
        rise,
        slope,
        f"{what} {leaf_names}, compared with the measured slope,",
        at(numbers),
        tolerance=1e-5,
    )


# -- Exercise 3: operators -------------------------------------------------------------------------


@points(0.5)
def test_operators_reflected(student: Student, draw: Draw) -> None:
    """`number + a`, `number * a` and `sum([...])` work, with their gradients."""
    x, y, k = number(draw), number(draw), number(draw, 2.0, 3.0)
    operate(student, "number + a", lambda a, b: k + a, [x, y, k + x, 1.0, 0.0])
    operate(student, "number * a", lambda a, b: k * a, [x, y, k * x, k, 0.0])
    operate(student, "sum([a, b, a])", lambda a, b: sum([a, b, a]), [x, y, 2 * x + y, 2.0, 1.0])


@points(0.5)
def test_operators_negative(student: Student, draw: Draw) -> None:
    """`-a` has the right value and gradient, and leaves a alone."""
    x, y = number(draw), number(draw)
    operate(student, "-a", lambda a, b: -a, [x, y, -x, -1.0, 0.0])


@points(0.5)
def test_operators_minus(student: Student, draw: Draw) -> None:
    """`a - b`, `a - number` have the right values and gradients, and leave the operands alone."""
    x, y, k = number(draw), number(draw), number(draw, 2.0, 3.0)
    operate(student, "a - b", lambda a, b: a - b, [x, y, x - y, 1.0, -1.0])
    operate(student, "a - number", lambda a, b: a - k, [x, y, x - k, 1.0, 0.0])


@points(0.5)
def test_operators_rsub(student: Student, draw: Draw) -> None:
    """`number - a` has the right value and gradient, and leaves a alone."""
    x, y, k = number(draw), number(draw), number(draw, 2.0, 3.0)
    operate(student, "number - a", lambda a, b: k - a, [x, y, k - x, -1.0, 0.0])


def operate(
    student: Student, text: str, compute: Callable[[Any, Any], Any], numbers: list[float]
) -> None:
    """Check one operator.

    `numbers` are those of a and b, of the result, and of the gradients of a and b.
    """
    x, y, value, slope_a, slope_b = numbers
    a, b = leaves(student, [x, y])
    out = node(compute(a, b), text)
    close(out.data, value, f"({text}).data", at([x, y]))
    call(out, "backward")
    close(a.grad, slope_a, f"after ({text}).backward(): the gradient of a", at([x, y]))
    close(b.grad, slope_b, f"after ({text}).backward(): the gradient of b", at([x, y]))
    close(a.data, x, f"a.data after {text}", at([x, y]))
    close(b.data, y, f"b.data after {text}", at([x, y]))


# -- Exercise 4: a network -------------------------------------------------------------------------


@points(0.5)
def test_network_neuron(student: Student, draw: Draw) -> None:
    """`neuron` is relu of the weighted sum plus the bias, for inputs that are Values or plain
    numbers.
    """
    for shift in (0.7, -0.7):  # an open gate and a shut one
        weights, inputs, bias = neuron_numbers(draw, shift)
        for given in (leaves(student, inputs), inputs):
            out = student.neuron(leaves(student, weights), *leaves(student, [bias]), given)
            what = (
                f"neuron(weights, bias, inputs).data, where the weighted sum is "
                f"{'> 0' if shift > 0 else '< 0'},"
            )
            close(node(out, "neuron(...)").data, max(0.0, shift), what)


@points(0.5)
def test_network_linear(student: Student, draw: Draw) -> None:
    """With activate=False, `neuron` is the weighted sum plus the bias, which may be negative."""
    weights, inputs, bias = neuron_numbers(draw, -0.7)
    out = student.neuron(
        leaves(student, weights), *leaves(student, [bias]), leaves(student, inputs), activate=False
    )
    close(
        node(out, "neuron(...)").data,
        -0.7,
        "neuron(..., activate=False).data, where the weighted sum is < 0,",
    )


@points(0.5)
def test_network_gradients(student: Student, draw: Draw) -> None:
    """The gradients of a neuron reach its weights, its bias and its inputs, and stop at a shut
    gate.
    """
    for shift, passes in ((0.7, 1.0), (-0.7, 0.0)):
        weights, inputs, bias = neuron_numbers(draw, shift)
        ws, xs, (b,) = leaves(student, weights), leaves(student, inputs), leaves(student, [bias])
        call(node(student.neuron(ws, b, xs), "neuron(...)"), "backward")
        what = (
            f"after neuron(...).backward(), where the sum is "
            f"{'> 0' if shift > 0 else '< 0'}: the gradient of"
        )
        close(b.grad, passes, f"{what} the bias")
        for w, x, weight, value in zip(ws, xs, weights, inputs, strict=True):
            close(w.grad, passes * value, f"{what} a weight")
            close(x.grad, passes * weight, f"{what} an input")


def neuron_numbers(draw: Draw, total: float) -> tuple[list[float], list[float], float]:
    """Weights, inputs and the bias that makes the weighted sum equal to `total`."""
    count = draw.integer(3, 5)
    weights, inputs = [number(draw) for _ in range(count)], [number(draw) for _ in range(count)]
    return weights, inputs, total - sum(w * x for w, x in zip(weights, inputs, strict=True))


@points(0.5)
def test_network_step(student: Student, draw: Draw) -> None:
    """`descend` moves each parameter's data by -learning_rate * grad, in place."""
    parameters, numbers, slopes, rate = descended(student, draw)
    for parameter, value, slope in zip(parameters, numbers, slopes, strict=True):
        where = f"data = {value:.4g}, grad = {slope:.4g}, learning_rate = {rate:.4g}"
        close(parameter.data, value - rate * slope, "the data of a parameter after descend", where)


@points(0.5)
def test_network_cleared(student: Student, draw: Draw) -> None:
    """`descend` sets each parameter's grad back to 0."""
    parameters, _, _, _ = descended(student, draw)
    for parameter in parameters:
        close(parameter.grad, 0.0, "the grad of a parameter after descend")


def descended(student: Student, draw: Draw) -> tuple[list[Any], list[float], list[float], float]:
    """Parameters after one step, the numbers and gradients that they had, and the learning rate."""
    numbers, slopes, rate = (
        [number(draw) for _ in range(3)],
        [number(draw) for _ in range(3)],
        draw.number(0.05, 0.3),
    )
    parameters = leaves(student, numbers)
    for parameter, slope in zip(parameters, slopes, strict=True):
        parameter.grad = slope
    student.descend(parameters, rate)
    return parameters, numbers, slopes, rate


@points(0.5)
def test_network_learns(student: Student, draw: Draw) -> None:
    """A two-layer network made of your neurons goes through the same losses as PyTorch's, step for
    step.
    """
    steps, rate, hidden = 4, 0.2, 3
    inputs, labels, start = moonlike(draw, hidden)
    network = student.Network(2, hidden)
    parameters = network.parameters()
    for parameter, value in zip(parameters, start.tolist(), strict=True):
        parameter.data = value
    points_ = inputs.tolist()
    losses = student.fit(network, points_, labels.tolist(), steps, rate, len(points_))
    weights = start.clone().requires_grad_()
    for step in range(steps):
        loss = torch.relu(1 - labels * scores(weights, inputs, hidden)).mean()
        (slope,) = torch.autograd.grad(loss, weights)
        weights = (weights - rate * slope).detach().requires_grad_()
        close(losses[step], loss.item(), f"the loss before step {step + 1}")
    for parameter, value in zip(parameters, weights.tolist(), strict=True):
        close(parameter.data, value, f"a parameter after {steps} steps")


def scores(weights: torch.Tensor, inputs: torch.Tensor, hidden: int) -> torch.Tensor:
    """The given Network, its parameters in one vector: (w1, w2, bias) of each hidden neuron, then
    the last neuron's.
    """
    first, last = weights[: 3 * hidden].view(hidden, 3), weights[3 * hidden :]
    return torch.relu(inputs @ first[:, :2].T + first[:, 2]) @ last[:hidden] + last[hidden]


def moonlike(draw: Draw, hidden: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Points (5, 2), labels (5,) and parameters, such that scores have both signs and no gate is
    near its kink.
    """
    while True:
        inputs = torch.tensor([[number(draw), number(draw)] for _ in range(5)], dtype=torch.float64)
        labels = torch.tensor([1.0, -1.0, 1.0, -1.0, 1.0], dtype=torch.float64)
        start = torch.tensor(
            [number(draw, 0.3, 1.0) for _ in range(4 * hidden + 1)], dtype=torch.float64
        )
        votes = (
            inputs @ start[: 3 * hidden].view(hidden, 3)[:, :2].T
            + start[: 3 * hidden].view(hidden, 3)[:, 2]
        )
        found = scores(start, inputs, hidden)
        active = (1 - labels * found > 0.05).sum() >= 3 and (votes > 0).any(1).all()
        if active and found.min() < -0.2 and found.max() > 0.2 and votes.abs().min() > 0.02:
            return inputs, labels, start


# -- extra credit ----------------------------------------------------------------------------------


@bonus(1)
def test_power_gradient(student: Student, draw: Draw) -> None:
    """`a ** n` has the right value, and the gradient n * a**(n - 1)."""
    for x, exponent in (
        (draw.number(1.2, 2.5), 3),
        (-draw.number(1.2, 2.5), 2),
        (draw.number(1.2, 2.5), -1.5),
    ):
        (a,) = leaves(student, [x])
        out = node(a**exponent, "a ** number")
        close(out.data, x**exponent, f"(a ** {exponent}).data", at([x]))
        call(out, "backward")
        close(
            a.grad,
            exponent * x ** (exponent - 1),
            f"after (a ** {exponent}).backward(): the gradient of a",
            at([x]),
        )


@bonus(1)
def test_power_division(student: Student, draw: Draw) -> None:
    """`a / b` and `number / b` have the right values and gradients, also where another gradient
    than 1 arrives.
    """
    x, y, k = number(draw), number(draw, 1.2, 2.5), number(draw, 2.0, 3.0)
    a, b = leaves(student, [x, y])
    out = node(node(a / b, "a / b") + node(k / b, "number / b"), "a + b")
    close(out.data, (x + k) / y, "(a / b + number / b).data", at([x, y]))
    call(out, "backward")
    close(a.grad, 1 / y, "after (a / b + number / b).backward(): the gradient of a", at([x, y]))
    close(
        b.grad,
        -(x + k) / y**2,
        "after (a / b + number / b).backward(): the gradient of b",
        at([x, y]),
    )
