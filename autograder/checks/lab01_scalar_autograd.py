"""Hidden checks of Lab 01: a scalar autograd engine.

Nearly all of them are programs (see `autograder.checking.programs`): what is asked stands in tables
of programs, and only the numbers are drawn.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

import torch

from autograder.checking import (
    Curve,
    Draw,
    Mismatch,
    Steps,
    Student,
    Trial,
    assert_gradients,
    assert_values,
    bonus,
    close,
    curve,
    differences,
    finite,
    lay,
    own_equivalent,
    own_rules,
    own_single_passes,
    points,
    program,
    see,
    swapped,
    tangled,
    trial,
)

FORBIDDEN = ("torch",)  # an engine of one's own asks no other
SIGNS = ((1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0))
LARGE, SMALL = 1e6, 1e-8
# What a mistake in one operation's rule leads to elsewhere costs its points once: checks with this
# excuse take the student's own rules as they are.
OWN_RULES = (own_rules("add", "mul", "relu"),)


def number(draw: Draw, low: float = 0.6, high: float = 1.8) -> float:
    """A number of either sign, not near 0."""
    return float(draw.choice((-1.0, 1.0))) * draw.number(low, high)


def leaves(draw: Draw, **numbers: float) -> dict[str, float]:
    """A number past 1 in size for each letter: a is positive, e and u are negative."""
    drawn = {name: number(draw, 1.1, 1.9) for name in "abcdeu"}
    drawn |= {"a": abs(drawn["a"]), "e": -abs(drawn["e"]), "u": -abs(drawn["u"]) - 1.0}
    return drawn | numbers


def lines(table: str) -> list[str]:
    """The programs of a table, one a line."""
    return [line.strip() for line in table.strip().splitlines()]


def both(texts: Sequence[str], numbers: dict[str, float]) -> list[Trial]:
    """Each program, and the same with its operands exchanged."""
    orders = (each for text in texts for each in dict.fromkeys((text, swapped(text))))
    return [trial(each, numbers) for each in orders]


# -- Exercise 1: values ----------------------------------------------------------------------------


def binary(draw: Draw, sign: str) -> Iterator[Trial]:
    """One operation on two Values of all signs and sizes, and on a Value and a plain number."""
    x, y = draw.number(0.6, 1.8), draw.number(4.6, 5.8)
    text = f"s = a {sign} b"
    for left, right in SIGNS:
        for size in (1.0, LARGE, SMALL):
            yield trial(text, {"a": left * x * size, "b": right * y * size})
        yield trial(f"s = a {sign} k", {"a": left * x, "k": right * y})
    for left, right in ((x, 0.0), (0.0, -y), (x, x)):
        yield trial(text, {"a": left, "b": right})
    for plain in ("3", "-2", "0", "1", "0.0", "1.0", "-1.0"):
        yield trial(f"s = a {sign} {plain}", {"a": -x})
    yield trial(f"s = a {sign} k", {"a": -x * LARGE, "k": 10**6})
    yield trial(f"s = a {sign} k", {"a": x * SMALL, "k": -y * SMALL})
    yield trial(f"p = a {sign} b; s = a {sign} b", {"a": x, "b": y})


@points(1)
def test_forward_add(student: Student, draw: Draw) -> None:
    """`a + b`, `a + number` are new Values with the right number, and leave the operands alone."""
    assert_values(student, [*binary(draw, "+"), trial("s = a + a", {"a": 2.5})], new=True)


@points(1)
def test_forward_mul(student: Student, draw: Draw) -> None:
    """`a * b`, `a * number` are new Values with the right number, and leave the operands alone."""
    assert_values(student, [*binary(draw, "*"), trial("s = a * a", {"a": -2.5})], new=True)


def gates(draw: Draw, *others: float) -> list[Trial]:
    """relu of numbers of either sign, small and large."""
    sizes = (draw.number(1.5, 4.0), draw.number(6.5, 60.0), 3.5 * LARGE, 2.5 * SMALL)
    numbers = [sign * size for size in sizes for sign in (1, -1)]
    return [trial("r = a.relu()", {"a": x}) for x in (*numbers, *others)]


@points(1)
def test_forward_relu(student: Student, draw: Draw) -> None:
    """`a.relu()` is max(0, a) as a new Value, for negative and positive numbers and 0."""
    assert_values(student, gates(draw, 0.0, -0.0), new=True)


# -- Exercise 2: gradients -------------------------------------------------------------------------

DIAMONDS = lines("""
    s = a * b; out = s * s + s
    s = a + b; out = s * s + s
    s = a.relu(); out = s * s + s
    s = a * b; t = s + c; v = t * d; out = v + s
    s = a * b; t = s + s; v = t * t; w = v + s; out = w * t
""")
LISTED = lines("""
    a
    r = a.relu()
    s = a + a
    s = a * a + b * b
    r = a.relu().relu()
""")


def chain_of(links: int) -> str:
    """A program in which one operation follows another."""
    turns = ("t{0} * c", "u + t{0}", "d * t{0}", "t{0} + a")
    made = [f"t{i + 1} = " + turns[i % 4].format(i) for i in range(links)]
    return "; ".join(["t0 = a + b", *made])


@points(1)
def test_order_list(student: Student, draw: Draw) -> None:
    """`topological_order` lists every node once, and each after its parents."""
    texts = [*LISTED, *DIAMONDS, tangled(draw, 5)[0], chain_of(60)]
    # Nodes are told apart by what they are, so all leaves may have one and the same number.
    numbers = dict.fromkeys("abcdu", draw.number(0.6, 1.8))
    for each in dict.fromkeys(order for text in texts for order in (text, swapped(text))):
        listed(student, Trial(program(each), numbers))


def listed(student: Student, each: Trial) -> None:
    """The student's list for a program must hold every node once, after its parents; a plain
    number may have a node or not.
    """
    places, text = each.program.places, each.program.text
    steps = Steps("a Value")
    nodes = lay(steps, each)
    for _ in range(2):  # the second time it must not remember the first
        order = steps.call("topological_order", nodes[max(nodes)])
        steps.tell(steps.operate("len", order))
        steps.places(order, *nodes.values())
    *_, told = steps.run(student)
    known = [list(nodes)[i] for i in told if i >= 0]
    plain = sum(place.operation == "plain" for place in places)
    if len(known) + plain < len(told) or len(known) != len(nodes):
        raise Mismatch(
            f"the list for {text} has {len(told)} entries; the graph has {len(nodes)} nodes"
        )
    turn = {which: position for position, which in enumerate(known)}
    if len(turn) != len(nodes):
        raise Mismatch(f"the list for {text} has some nodes more than once, and others not at all")
    for i in nodes:
        for parent in places[i].operands:
            if turn.get(parent, -1) > turn[i]:
                late = f"{places[i].text} stands before its parent {places[parent].text}"
                raise Mismatch(f"in the list for {text}, {late}")


@points(1)
def test_gradient_add(student: Student, draw: Draw) -> None:
    """The gradient of a sum goes to both operands unchanged, also where one is a plain number."""
    assert_gradients(student, binary(draw, "+"))


@points(1)
def test_gradient_mul(student: Student, draw: Draw) -> None:
    """The gradient of a product is, for each factor, the value of the other one."""
    assert_gradients(student, binary(draw, "*"))


@points(1)
def test_gradient_relu(student: Student, draw: Draw) -> None:
    """The gradient of relu is 1 for positive numbers and 0 for negative ones."""
    assert_gradients(student, gates(draw))


# How a number becomes exactly 0, and its name; what is done with its relu then.
ZEROS = {"s = a + b; ": "s", "s = a * z; ": "s", "s = b.relu(); ": "s", "": "z"}
OUTER = ("{}.relu()", "{}.relu() * u", "u * {}.relu() + a", "({}.relu() + a).relu() * u")


@points(1)
def test_gradient_kink(student: Student, draw: Draw) -> None:
    """At exactly 0 the gradient of relu is 0, as this course and PyTorch have it."""
    numbers = leaves(draw, p=1.5, z=0.0)
    numbers["b"] = -numbers["a"]
    away = "q = p.relu(); q.backward(); "  # relu away from its kink, to begin with
    for zero, name in ZEROS.items():
        texts = [f"{away}{zero}out = {out.format(name)}; out.backward()" for out in OUTER]
        for each, seen in see(student, [trial(text, numbers) for text in texts]):
            place = [place.text for place in each.program.places].index(name)
            if seen.grads[0][0] == 0:
                raise Mismatch("no gradient gets past relu even where its input is 1.5")
            what = f"for {zero}out = {name}.relu() at {name} = 0: the gradient of {name}"
            close(seen.grads[1][place], 0.0, what)


INSIDE = lines("""
    out = (a + b) * u
    out = (a * b) * u
    out = (b + 1) * u
    out = (b * 3) * u
    out = (a + c * c).relu() * u
    out = (e * a).relu() * u
""")
DEEPER = lines("""
    out = ((a * b) * c) * u
    p = a * b; s = p + c; r = (s * s).relu(); t = r * u; out = t + d
    out = (a.relu().relu() + b) * u
""")


@points(1)
def test_chain_upstream(student: Student, draw: Draw) -> None:
    """Each operation multiplies the gradient that arrives by its own derivative; every node holds
    its gradient.
    """
    numbers = leaves(draw)
    trials = both(INSIDE + DEEPER, numbers)
    for u in (1.0, LARGE * numbers["u"], SMALL * numbers["u"], 0.0):
        trials += [trial(text, numbers | {"u": u}) for text in INSIDE]
    near_one = leaves(draw, c=draw.number(1.0, 1.1), d=-draw.number(0.9, 1.0))
    trials.append(trial(chain_of(100), near_one))
    assert_gradients(student, trials, excuses=OWN_RULES)


REUSED = lines("""
    out = a + a
    out = a * a
    out = a + a + a
    out = a * a * a
    out = a.relu() + a * a
    out = a.relu() + a.relu()
    out = a * b + a
    out = (a + a) * a
    out = (a * b) * a + b
    out = (a + b) * (a + u) * u
""")


@points(1)
def test_reuse_leaf(student: Student, draw: Draw) -> None:
    """A number that is used more than once gets the sum of the gradients of all its uses."""
    often = "out = " + " + ".join(["a"] * 30)
    assert_gradients(student, both([*REUSED, often], leaves(draw)), excuses=OWN_RULES)


@points(1)
def test_reuse_diamond(student: Student, draw: Draw) -> None:
    """A result that is used twice passes its gradient on when all of it has arrived, in both orders
    of the operands.
    """
    ladder = "; ".join(f"{y} = {x} * {x} + {x}" for x, y in ("as", "st", "tv", "vw"))
    trials = both(DIAMONDS, leaves(draw)) + both([ladder], {"a": draw.number(0.2, 0.5)})
    assert_gradients(student, trials, excuses=OWN_RULES)


def accumulated(student: Student, draw: Draw, texts: Sequence[str]) -> None:
    """Programs with several backward(): what they leave must add up as the lab says.

    Whether a single one is right is for other checks to say.
    """
    assert_gradients(student, both(texts, leaves(draw)), excuses=(own_single_passes,))


@points(1)
def test_backward_leaves(student: Student, draw: Draw) -> None:
    """backward() on two results that use the same leaf adds up on it, and touches no leaf that it
    does not use; on a leaf itself it adds 1.
    """
    texts = """
        d; (a * b).backward(); (a * c).backward()
        d; (a + b).backward(); (c + c).backward(); a.relu().backward()
        p = a * b; q = a + c; q.backward(); p.backward(); q.backward()
        a.backward()
        b; a.backward(); a.backward(); b.backward()
        (a * b).backward(); a.backward(); (a + c).backward()
    """
    accumulated(student, draw, lines(texts))


@points(0.5)
def test_backward_again(student: Student, draw: Draw) -> None:
    """A second backward() adds to the leaves exactly what the first one did; inner nodes are as
    after the first.
    """
    outs = """
        s = a * a; out = s * s
        out = (a + b) * c
        r = (e + e).relu(); out = r * r + a
        r = (a + b * b).relu().relu(); out = c * r
        out = b * a.relu()
    """
    accumulated(student, draw, [out + "; out.backward()" * 3 for out in lines(outs)])


@points(0.5)
def test_backward_shared(student: Student, draw: Draw) -> None:
    """backward() on two results that share an inner node adds up on the leaves below it."""
    texts = """
        s = a * b; (s * s).backward(); (s + a).backward()
        s = a * b; p = s * s; q = s + a; q.backward(); p.backward(); q.backward()
        s = a * b; t = s + c; out = t * t; out.backward(); s.backward(); t.backward()
        s = a + b * b; s.backward(); out = s.relu() * c; out.backward(); (s * d).backward()
        r = a.relu(); p = r * b; q = r + b; p.backward(); q.backward()
    """
    accumulated(student, draw, lines(texts))


@points(1)
def test_graphs_random(student: Student, draw: Draw) -> None:
    """Random expressions in which everything is reused have the values and gradients that PyTorch
    finds.
    """
    trials = []
    for steps in (0, 3, 6, 9):
        text, numbers = tangled(draw, steps)
        trials += both([text, "r = c.relu(); out = a * r + b"], numbers)
    x, y, z = (draw.number(0.6, 1.8) for _ in "xyz")
    for large, small in ((LARGE, SMALL), (SMALL, LARGE), (SMALL, SMALL), (LARGE, LARGE)):
        numbers = {"a": x * large, "b": y * small, "c": z * large * small, "d": -3.0 * large}
        trials += both(["out = (a * b + c).relu() * d + a * d"], numbers)
    assert_gradients(student, trials, values=True)


@points(1)
def test_graphs_slopes(student: Student, draw: Draw) -> None:
    """The gradients of a random expression agree with the slope of your own values, measured by
    finite differences.
    """
    for steps in (0, 4):
        text, numbers = tangled(draw, steps)
        direction = {name: number(draw) for name in numbers}
        for each in (text, swapped(text)):
            measured(student, each, numbers, direction)


def measured(
    student: Student, text: str, numbers: dict[str, float], direction: dict[str, float]
) -> None:
    """The gradients of the leaves, along a direction, must be the slope of the student's own
    values, as four of them around the place say.
    """
    found, h = program(text), 1e-4
    moved = [{n: x + at * h * direction[n] for n, x in numbers.items()} for at in (-2, -1, 1, 2)]
    trials = [*(Trial(found, each) for each in moved), Trial(found.with_backward(), numbers)]
    *around, (_, seen) = see(student, trials)
    last = found.places[-1].text
    what = f"for {found.text}: after {last}.backward(), the gradient of"
    rises = [
        finite(gradient, f"{what} {place.text}") * direction[place.text]
        for place, gradient in zip(found.places, seen.grads[0], strict=True)
        if place.operation == "leaf"
    ]
    ends = [finite(each.values[-1], f"the value of {last}") for _, each in around]
    slope = (8 * (ends[2] - ends[1]) - (ends[3] - ends[0])) / (12 * h)
    if slope == 0:
        raise Mismatch(f"for {found.text}: your value of {last} never changes")
    what = f"{what} {', '.join(numbers)}, compared with the measured slope,"
    close(sum(rises), slope, what, size=sum(map(abs, rises)), rtol=1e-4)


# -- Exercise 3: operators -------------------------------------------------------------------------


def operate(student: Student, draw: Draw, table: str) -> None:
    """Programs with operators that are made of + and *, and after `==` what they amount to.

    They must be right, or as wrong as the student's own + and * are.
    """
    numbers = leaves(draw, k=number(draw, 2.0, 3.0))
    pairs = [line.split(" == ") for line in lines(table)]
    trials = [trial(text, numbers, like) for text, like in pairs]
    for size in (LARGE, SMALL):
        some = {name: value * size for name, value in numbers.items()}
        trials += [trial(text, some, like) for text, like in pairs[:3]]
    again = "; out = p * c + p; out.backward(); out.backward()"
    text, like = pairs[0]
    trials.append(trial(f"p = {text}{again}", numbers, f"p = {like}{again}"))
    assert_gradients(student, trials, excuses=(own_equivalent,), values=True)


@points(0.5)
def test_operators_reflected(student: Student, draw: Draw) -> None:
    """`number + a`, `number * a` and `sum([...])` work, with their gradients."""
    table = """
        (k + a) * (k * b) == (a + Value(k)) * (b * Value(k))
        k + a == a + Value(k)
        k * a == a * Value(k)
        (2 + a) * c == (a + Value(2)) * c
        (3 * a) * c == (a * Value(3)) * c
        (0 + a) * c == (a + Value(0)) * c
        (0.0 * a) * c + a == (a * Value(0)) * c + a
        (1 * a) * c == (a * Value(1)) * c
        (k + a) * a == (a + Value(k)) * a
        sum([a, b, a]) == ((a + Value(0)) + b) + a
        sum([a, b]) * u == ((a + Value(0)) + b) * u
    """
    operate(student, draw, table)


@points(0.5)
def test_operators_negative(student: Student, draw: Draw) -> None:
    """`-a` has the right value and gradient, and leaves a alone."""
    table = """
        (-a) * (-b) == (a * Value(-1)) * (b * Value(-1))
        -a == a * Value(-1)
        c * -a == c * (a * Value(-1))
        -(-a) * c == ((a * Value(-1)) * Value(-1)) * c
        (-a) * a == (a * Value(-1)) * a
        -(a * b) * u == ((a * b) * Value(-1)) * u
        (-a + a * b) * u == (a * Value(-1) + a * b) * u
    """
    operate(student, draw, table)


@points(0.5)
def test_operators_minus(student: Student, draw: Draw) -> None:
    """`a - b`, `a - number` have the right values and gradients, and leave the operands alone."""
    table = """
        (a - b) * (b - k) == (a + b * Value(-1)) * (b + Value(k) * Value(-1))
        a - b == a + b * Value(-1)
        a - k == a + Value(k) * Value(-1)
        c * (a - b) == c * (a + b * Value(-1))
        (a - 2) * c == (a + Value(2) * Value(-1)) * c
        (a - 0) * c == (a + Value(0) * Value(-1)) * c
        (a - a) * c + a == (a + a * Value(-1)) * c + a
        (a - b) * a == (a + b * Value(-1)) * a
        (a - b) * b == (a + b * Value(-1)) * b
        (a - b - c) * u == ((a + b * Value(-1)) + c * Value(-1)) * u
    """
    operate(student, draw, table)


@points(0.5)
def test_operators_rsub(student: Student, draw: Draw) -> None:
    """`number - a` has the right value and gradient, and leaves a alone."""
    table = """
        (k - a) * (k - b) == (a * Value(-1) + Value(k)) * (b * Value(-1) + Value(k))
        k - a == a * Value(-1) + Value(k)
        c * (2 - a) == c * (a * Value(-1) + Value(2))
        (0 - a) * c == (a * Value(-1) + Value(0)) * c
        (1 - a) * a == (a * Value(-1) + Value(1)) * a
        k - (k - a) * u == ((a * Value(-1) + Value(k)) * u) * Value(-1) + Value(k)
    """
    operate(student, draw, table)


# -- Exercise 4: a network -------------------------------------------------------------------------


def values(steps: Steps, numbers: Sequence[float]) -> list[Any]:
    """A Value for each number."""
    return [steps.call("Value", x, text="Value(number)") for x in numbers]


Neuron = tuple[str, float, list[float], list[float], list[Any]]


def neurons(
    student: Student, draw: Draw, totals: Sequence[float], *, told: str, bare: int = 0, **how: bool
) -> Iterator[Neuron]:
    """Neurons of some sizes, with biases that make the weighted sums what `totals` says.

    The first `bare` inputs are plain numbers. Yields what it is, the sum, weights, inputs, and what
    is told of the result, the bias, the weights and the inputs; where it is the gradients, they are
    those of 3 times the result.
    """
    steps, asked = Steps("a Value"), []
    for count, total in ((count, total) for count in (1, 2, 3, 7, 12) for total in totals):
        weights, inputs = ([number(draw) for _ in range(count)] for _ in "wx")
        bias = total - sum(w * x for w, x in zip(weights, inputs, strict=True))
        b, *nodes = values(steps, [bias, *weights, *inputs[bare:]])
        ws, xs = steps.listed(*nodes[:count]), steps.listed(*inputs[:bare], *nodes[count:])
        out = steps.call("neuron", ws, b, xs, options=how)
        if told == "grad":
            steps.method(steps.operate("mul", out, *values(steps, [3.0])), "backward")
        steps.get(told, out, b, *nodes)
        side = "> 0" if total > 0 else "< 0"
        what = f"a neuron of {count} inputs whose weighted sum is {side}"
        asked.append((what, total, weights, inputs))
    found, stopped = steps.attempt(student)
    yield from ((*ask, got) for ask, got in zip(asked, found, strict=False))
    if stopped is not None:
        stopped.fail()


@points(0.5)
def test_network_neuron(student: Student, draw: Draw) -> None:
    """`neuron` is relu of the weighted sum plus the bias, for inputs that are Values or plain
    numbers.
    """
    for bare in (0, 1):
        for what, total, _, _, [out, *_] in neurons(
            student, draw, (0.7, -0.7, 250.0), told="data", bare=bare
        ):
            close(out, max(0.0, total), f"the number of {what}", size=30.0 + abs(total))


@points(0.5)
def test_network_linear(student: Student, draw: Draw) -> None:
    """With activate=False, `neuron` is the weighted sum plus the bias, which may be negative."""
    found = neurons(student, draw, (0.7, -0.7, -250.0), told="data", activate=False)
    for what, total, _, _, [out, *_] in found:
        close(out, total, f"with activate=False, the number of {what}", size=30.0 + abs(total))


@points(0.5)
def test_network_gradients(student: Student, draw: Draw) -> None:
    """The gradients of a neuron reach its weights, its bias and its inputs, and stop at a shut
    gate.
    """
    for activate in (True, False):
        found = neurons(student, draw, (0.7, -0.7), told="grad", activate=activate)
        for what, total, weights, inputs, [_, bias, *others] in found:
            passes = 3.0 if total > 0 or not activate else 0.0
            close(bias, passes, f"for 3 times {what}: the gradient of the bias")
            names = ["a weight"] * len(weights) + ["an input"] * len(inputs)
            for name, got, slope in zip(names, others, [*inputs, *weights], strict=True):
                close(got, passes * slope, f"for 3 times {what}: the gradient of {name}")


def descended(student: Student, draw: Draw) -> Iterator[tuple[float, float, float, float, float]]:
    """Parameters that take some steps: the rate, data and grad before, data and grad after.

    The gradients come by backward(), as the lab promises; where that does not work yet they are
    written, so that a step can be judged without it.
    """
    for count in (1, 2, 5):
        numbers, slopes = ([number(draw, 1.0, 9.0) for _ in range(count)] for _ in "pg")
        slopes[-1] = 0.0 if count == 5 else 400.0
        rates = (draw.number(0.05, 0.3), 3.0, 1e-4)
        told, stopped = descending(numbers, slopes, rates, True).attempt(student)
        if stopped is not None or not any(told[1]):
            told = list(descending(numbers, slopes, rates, False).run(student))
        for rate, at in zip(rates, range(0, len(told), 4), strict=True):
            yield from zip([rate] * count, *told[at : at + 4], strict=True)


def descending(
    numbers: Sequence[float], slopes: Sequence[float], rates: Sequence[float], walk: bool
) -> Steps:
    """For each rate: new gradients, what the parameters hold, the step, what they hold then."""
    steps = Steps("a Value")
    parameters = values(steps, numbers)
    for rate in rates:
        for parameter, slope in zip(parameters, slopes, strict=True):
            if walk:
                steps.method(steps.operate("mul", parameter, *values(steps, [slope])), "backward")
            else:
                steps.set("grad", parameter, slope)
        steps.get("data", *parameters)
        steps.get("grad", *parameters)
        steps.call("descend", steps.listed(*parameters), rate)
        steps.get("data", *parameters)
        steps.get("grad", *parameters)
    return steps


@points(0.5)
def test_network_step(student: Student, draw: Draw) -> None:
    """`descend` moves each parameter's data by -learning_rate * grad, in place."""
    for rate, value, slope, after, _ in descended(student, draw):
        move = rate * finite(slope, "the grad of a parameter")
        where = f"data = {value:.4g}, grad = {slope:.4g}, learning_rate = {rate:.4g}"
        what, size = "the data of a parameter after descend", abs(value) + abs(move)
        close(after, value - move, what, where, size, 1e-12)


@points(0.5)
def test_network_cleared(student: Student, draw: Draw) -> None:
    """`descend` sets each parameter's grad back to 0."""
    for _, _, _, _, grad in descended(student, draw):
        close(grad, 0.0, "the grad of a parameter after descend")


@points(0.5)
def test_network_learns(student: Student, draw: Draw) -> None:
    """A two-layer network made of your neurons goes through the same losses as PyTorch's, step for
    step.
    """
    for width, hidden in ((2, 3), (1, 4), (3, 1)):
        learns(student, draw, width, hidden)


def learns(student: Student, draw: Draw, width: int, hidden: int) -> None:
    """Train one network there and here."""
    steps, rate = 4, 0.2
    seed, inputs, labels, weights = moonlike(draw, width, hidden)
    asked = Steps()
    network = asked.call("Network", width, hidden, seed)
    points_ = inputs.tolist()
    asked.tell(asked.call("fit", network, points_, labels.tolist(), steps, rate, len(points_)))
    asked.each("data", asked.method(network, "parameters"))
    losses, trained = asked.run(student)
    for step in range(steps):
        loss = torch.relu(1 - labels * scores(weights, inputs, hidden)).mean()
        (slope,) = torch.autograd.grad(loss, weights)
        weights = (weights - rate * slope).detach().requires_grad_()
        close(losses[step], loss.item(), f"the loss before step {step + 1}", size=1.0)
    for parameter, value in zip(trained, weights.tolist(), strict=True):
        close(parameter, value, f"a parameter after {steps} steps", size=1.0)


def scores(weights: torch.Tensor, inputs: torch.Tensor, hidden: int) -> torch.Tensor:
    """The given Network, its parameters in one vector: weights and bias of each hidden neuron, then
    the last neuron's.
    """
    first, last = weights[: -hidden - 1].view(hidden, -1), weights[-hidden - 1 :]
    return torch.relu(inputs @ first[:, :-1].T + first[:, -1]) @ last[:hidden] + last[hidden]


def initial(width: int, hidden: int, seed: int) -> torch.Tensor:
    """The parameters with which the given Network starts."""
    rng, numbers = random.Random(seed), []
    for neurons_, fan_in in ((hidden, width), (1, hidden)):
        for _ in range(neurons_):
            numbers += [rng.gauss(0.0, (2.0 / fan_in) ** 0.5) for _ in range(fan_in)]
            numbers.append(rng.uniform(-0.5, 0.5))
    return torch.tensor(numbers, dtype=torch.float64, requires_grad=True)


def moonlike(
    draw: Draw, width: int, hidden: int
) -> tuple[int, torch.Tensor, torch.Tensor, torch.Tensor]:
    """A network's seed, points, labels and parameters, such that some margins are not kept, scores
    have both signs, and no gate is near its kink or far from it.
    """
    labels = torch.tensor([1.0, -1.0, 1.0, -1.0, 1.0], dtype=torch.float64)
    while True:
        seed, inputs = draw.integer(0, 10**6), draw.normal((5, width), torch.float64)
        start = initial(width, hidden, seed)
        first = start[: -hidden - 1].detach().view(hidden, -1)
        votes = inputs @ first[:, :-1].T + first[:, -1]
        found = scores(start.detach(), inputs, hidden)
        margins = 1 - labels * found
        sizes = torch.cat([votes.flatten(), margins]).abs()
        if (
            sizes.min() > 0.02
            and sizes.max() < 4.0
            and (margins > 0).sum() >= 3
            and found.min() < -0.2
            and found.max() > 0.2
        ):
            return seed, inputs, labels, start


# -- extra credit ----------------------------------------------------------------------------------


@bonus(1)
def test_power_gradient(student: Student, draw: Draw) -> None:
    """`a ** n` has the right value, and the gradient n * a**(n - 1)."""
    numbers = leaves(draw, z=0.0)
    whole = ["0", "1", "2", "3", "-1", "-2", "1.0", "2.0", "-3.0"]
    powers = [f"a ** {n}" for n in (*whole, "0.5", "-0.5", "-1.5", "0.3", "2.5", "7")]
    powers += [f"e ** {n}" for n in whole] + [f"z ** {n}" for n in (1, 2, 3, 2.0, 1.5)]
    texts = [*powers, *(f"({power}) * u" for power in powers)]
    texts += ["a ** 2 * a ** 3", "p = b ** 2; out = p * p + p", "(a * b) ** 2 + a"]
    trials = [trial(text, numbers) for text in texts]
    trials += [trial("a ** n", {"a": size, "n": 3}) for size in (SMALL, -LARGE, 40.0)]
    assert_gradients(student, trials, values=True)
    assert_values(student, [trial("a ** 1", numbers), trial("a ** 0", numbers)], new=True)


@bonus(1)
def test_power_division(student: Student, draw: Draw) -> None:
    """`a / b` and `number / b` have the right values and gradients, also where another gradient
    than 1 arrives.
    """
    texts = """
        a / b
        (a / b + k / b) * u
        (a / b) * u
        (k / b) * u
        (a / k) * u
        (a / 1) * u
        (a / 4) * u
        (1 / b) * u
        (0 / b) * u
        (a / a) * u
        a / (a + c * c)
        (a / b) / c
        out = (a / b) / (c / e); out.backward(); out.backward()
    """
    trials = [trial(text, leaves(draw, k=number(draw, 2.0, 3.0))) for text in lines(texts)]
    trials += [trial("a / b", {"a": x, "b": y}) for x, y in ((LARGE, -3 * SMALL), (2.0, LARGE))]
    assert_gradients(student, trials, values=True)


# -- for the student's page ------------------------------------------------------------------------

SMALLEST = lines("""
    c = a + b
    c = a * b
    c = a.relu()
    c = b.relu()
    c = z.relu()
    c = a + 1.5
    c = a * 4
    c = a + a
    c = a * a
    c = a * b; d = c + a
    c = a + b; d = c * p
    c = a.relu(); d = c * p
    c = a * b; d = c * c; e = d + c
    c = a * b; d = c * c; e = c + d
    a.backward()
    c = a * a; d = c * c; d.backward(); d.backward()
    c = 1 + a
    c = 2 * a
    c = -a
    c = a - b
    c = 1 - a
""")


def evidence(student: Student) -> list[str]:
    """What the answer does on the smallest programs, in sentences."""
    return differences(student, SMALLEST, {"a": 2.0, "b": -3.0, "p": 5.0, "z": 0.0})


def curves(student: Student) -> list[Curve]:
    """relu over x, and the slope of relu(x) * x + x, in which everything is used twice."""
    xs = torch.linspace(-2.0, 2.0, 17, dtype=torch.float64)
    text = "r = x.relu(); out = r * x + x; out.backward()"
    found = [seen for _, seen in see(student, [trial(text, {"x": x}) for x in xs.tolist()])]
    rows = [[seen.values[1] for seen in found], [seen.grads[0][0] for seen in found]]
    relu, slope = (torch.tensor(list(map(float, row)), dtype=torch.float64) for row in rows)
    return [
        curve("x.relu()", xs, relu, xs.clamp(min=0)),
        curve("The slope of x.relu() * x + x", xs, slope, 1 + 2 * xs.clamp(min=0)),
    ]
