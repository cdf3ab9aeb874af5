"""Programs of scalars: read from text, carried out here and there, compared place by place."""

from __future__ import annotations

import math
import re

import pytest
import torch

from autograder.checking import (
    Draw,
    Mismatch,
    Steps,
    Student,
    StudentError,
    assert_gradients,
    assert_values,
    differences,
    own_equivalent,
    own_rules,
    own_single_passes,
    program,
    see,
    swapped,
    tangled,
    trial,
)
from autograder.checking.programs import RULES, expected
from autograder.checking.scalars import Excuse
from autograder.errors import StudentStopped
from autograder.supervisor.process import StudentProcess

ENGINE = """
class Value:
    def __init__(self, data, parents=(), rule=None):
        self.data, self.grad, self.parents, self.rule = float(data), 0.0, parents, rule
    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), lambda g: (g, g))
    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other),
                     lambda g: (g * other.data, g * self.data))
    __radd__, __rmul__ = __add__, __mul__
    def __neg__(self):
        return self * -1
    def relu(self):
        return Value(max(0.0, self.data), (self,), lambda g: (g * (self.data > 0),))
    def backward(self):
        order, seen = [], set()
        def visit(node):
            if node not in seen:
                seen.add(node)
                [visit(parent) for parent in node.parents]
                order.append(node)
        visit(self)
        for node in order:
            node.grad = 0.0 if node.parents else node.grad
        self.grad += 1.0
        for node in reversed(order):
            if node.rule:
                for parent, gradient in zip(node.parents, node.rule(node.grad)):
                    parent.grad += gradient
def fails(): raise KeyError("here")
def nothing(): return None
def endless():
    while True: pass
"""


@pytest.fixture
def student(process: StudentProcess) -> Student:
    """A student whose engine is right."""
    assert process.request("cell", ENGINE)["error"] is None
    return Student(process)


def changed(process: StudentProcess, old: str, new: str) -> Student:
    """A student whose engine has one mistake."""
    assert ENGINE.count(old) == 1
    assert process.request("cell", ENGINE.replace(old, new))["error"] is None
    return Student(process)


# -- reading ---------------------------------------------------------------------------------------


def test_a_program_is_read_from_its_text() -> None:
    """Names that are not assigned are leaves or plain numbers; what has no name is its text."""
    found = program("s = a * b; out = (s + 2) * k; s.backward(); d = -a")

    assert [(place.text, place.operation) for place in found.places] == [
        ("a", "leaf"),
        ("b", "leaf"),
        ("s", "mul"),
        ("2", "plain"),
        ("s + 2", "add"),
        ("k", "plain"),
        ("out", "mul"),
        ("d", "neg"),
    ]
    assert found.passes == ((7, 2),)
    assert found.text == "s = a * b, out = (s + 2) * k, s.backward(), d = -a"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("sum([a, b, a])", 7.0),
        ("a - b", -1.0),
        ("1 / a", 0.5),
        ("b ** -1", 1 / 3),
        ("Value(-4).relu() + a", 2.0),
        ("True + a", 3.0),
        ("a * Value(k)", 10.0),
    ],
)
def test_every_operator_can_be_written(text: str, value: float) -> None:
    """Python's operators, relu, sum and Values made of numbers."""
    assert expected(program(text), {"a": 2.0, "b": 3.0, "k": 5.0}).values[-1] == value


@pytest.mark.parametrize("text", ["for x in y: pass", "a @ b", "f(a)", "a.sigmoid()", "'a' + b"])
def test_what_is_no_program_is_refused(text: str) -> None:
    """A lab's author learns what could not be read."""
    with pytest.raises(ValueError, match=r"not an? \w"):
        program(text)


def test_swapping_leaves_numbers_on_their_side() -> None:
    """`a * 2` and `2 * a` are different methods, so only Values change places."""
    assert swapped("s = a * 2 + b; out = s - a") == "s = b + a * 2; out = s - a"


# -- what is right ---------------------------------------------------------------------------------


def test_passes_add_up_on_leaves_only() -> None:
    """Leaves add up, inner nodes start again, and what lies elsewhere keeps its gradient."""
    text = "s = a * b; t = s + c; t.backward(); s.backward(); a.backward()"

    found = expected(program(text), {"a": 2.0, "b": 3.0, "c": 7.0})

    names = [place.text for place in program(text).places]
    assert [dict(zip(names, grads, strict=True)) for grads in found.grads] == [
        {"a": 3.0, "b": 2.0, "s": 1.0, "c": 1.0, "t": 1.0},
        {"a": 6.0, "b": 4.0, "s": 1.0, "c": 1.0, "t": 1.0},
        {"a": 7.0, "b": 4.0, "s": 1.0, "c": 1.0, "t": 1.0},
    ]


@pytest.mark.parametrize("seed", range(20))
def test_random_programs_have_the_gradients_of_pytorch(seed: int) -> None:
    """Values and gradients of all places, under every seed."""
    text, numbers = tangled(Draw(seed, "programs"), 9)
    for each in (text, swapped(text)):
        found = program(each).with_backward()
        leaves = {
            n: torch.tensor(x, dtype=torch.float64).requires_grad_() for n, x in numbers.items()
        }
        names = dict(leaves)
        lines = [re.sub(r"(\w+)\.relu\(\)", r"torch.relu(\1)", line) for line in each.split("; ")]
        exec("\n".join(lines), {"torch": torch}, names)
        names[found.places[-1].text].backward()

        wanted = expected(found, numbers)

        for place, value, grad in zip(found.places, wanted.values, wanted.grads[0], strict=True):
            assert math.isclose(value, names[place.text].item(), rel_tol=1e-12), place
            if place.text in leaves:
                right = leaves[place.text].grad
                assert right is not None
                assert math.isclose(grad, right.item(), rel_tol=1e-12), place


@pytest.mark.parametrize("seed", range(20))
def test_random_programs_hold_what_they_promise(seed: int) -> None:
    """Everything leads to the result, a gate is shut, one is open, and none is near its kink."""
    text, numbers = tangled(Draw(seed, "programs"), 6)
    found = program(text)
    values = expected(found, numbers).values

    gates = [values[place.operands[0]] for place in found.places if place.operation == "relu"]

    assert found.behind(len(found.places) - 1) == set(range(len(found.places)))
    assert min(gates) < 0 < max(gates)
    assert min(map(abs, gates)) > 0.05
    assert tangled(Draw(seed, "programs"), 6) == (text, numbers)


def test_rules_agree_with_finite_differences() -> None:
    """The slope of each operation is that of its values."""
    for operation, rule in RULES.items():
        at = [1.3] if operation in ("neg", "relu") else [1.3, 2.0]
        for which in range(1 if operation == "pow" else len(at)):
            above, below = list(at), list(at)
            above[which] += 1e-6
            below[which] -= 1e-6
            slope = (rule(*above).value - rule(*below).value) / 2e-6
            assert math.isclose(rule(*at).slopes[which], slope, rel_tol=1e-6), operation


# -- in the student's process ----------------------------------------------------------------------


def test_a_right_engine_passes(student: Student) -> None:
    """Values, gradients, several passes, plain numbers, several programs in one request."""
    numbers = {"a": 2.0, "b": -3.0, "k": 5.0}
    texts = ("a", "a * b + k", "sum([a, b])", "s = a * b; s.backward(); (s * a).backward()")

    assert_gradients(student, [trial(text, numbers) for text in texts], values=True)
    assert_values(student, [trial("c = a + b; d = a + b", numbers)], new=True)


def test_a_wrong_gradient_is_named(process: StudentProcess) -> None:
    """The message names program, call and place; the numbers stand apart."""
    student = changed(process, "(g, g)", "(g, g + 1)")

    with pytest.raises(Mismatch) as caught:
        assert_gradients(student, [trial("c = a + b", {"a": 2.0, "b": 3.0})])

    assert caught.value.hint == "for c = a + b: after c.backward(), the gradient of b is wrong"
    assert caught.value.detail == "got 2, expected 1, at a = 2, b = 3"


def test_an_operation_that_gives_no_value_is_named(process: StudentProcess) -> None:
    """What should have been an object is said, rather than the error that comes of it."""
    student = changed(
        process, "Value(self.data + other.data, (self, other), lambda g: (g, g))", "5"
    )

    with pytest.raises(Mismatch, match="c should be a Value, got the number 5"):
        assert_values(student, [trial("c = a + b; d = c.relu()", {"a": 2.0, "b": 3.0})])


def test_programs_before_an_error_are_judged_first(process: StudentProcess) -> None:
    """The earliest fault is the one that is told."""
    student = changed(process, "self.data > 0", "undefined")
    numbers = {"a": 2.0, "b": 3.0}

    found = see(student, [trial("c = a + b", numbers), trial("a.relu().backward()", numbers)])

    assert next(found)[1].values == [2.0, 3.0, 5.0]
    with pytest.raises(StudentError, match="undefined"):
        next(found)


def test_a_returned_operand_is_no_new_value(process: StudentProcess) -> None:
    """Whether two places are one object is asked over there."""
    student = changed(
        process,
        "def __add__(self, other):",
        "def __add__(self, other):\n        if other == 0: return self",
    )

    with pytest.raises(Mismatch, match="a new Value"):
        assert_values(student, [trial("c = a + 0", {"a": 2.0})], new=True)


def test_small_numbers_count(process: StudentProcess) -> None:
    """What is lost of small numbers is seen; the order of a sum is not."""
    student = changed(process, "float(data), 0.0", "round(float(data), 10), 0.0")
    with pytest.raises(Mismatch):
        assert_values(student, [trial("a", {"a": 3e-11})])
    numbers = {"a": 0.1, "b": 1e6, "c": -1e6}
    assert expected(program("(a + b) + c"), numbers).sizes[-1] > 1e6


@pytest.mark.parametrize(
    ("old", "new", "excuse"),
    [
        ("(g * other.data, g * self.data)", "(g, g)", own_rules("mul")),
        ("node.grad = 0.0 if node.parents else node.grad", "pass", None),
        ("else node.grad", "else 0.0", None),
        ("lambda g: (g, g)", "lambda g: (g / 2, g / 2)", own_single_passes),
    ],
)
def test_excuses_take_what_another_check_judges(
    process: StudentProcess, old: str, new: str, excuse: Excuse | None
) -> None:
    """With a wrong rule, chain and accumulation can be judged; with wrong accumulation not."""
    student = changed(process, old, new)
    numbers = {"a": 2.0, "b": 5.0, "c": 3.0}
    trials = [trial("s = a * b; out = s * c + s; out.backward(); out.backward()", numbers)]

    with pytest.raises(Mismatch):
        assert_gradients(student, trials)
    if excuse is None:
        with pytest.raises(Mismatch):
            assert_gradients(student, trials, excuses=(own_single_passes,))
    else:
        assert_gradients(student, trials, excuses=(excuse,))


def test_operators_may_be_as_wrong_as_what_they_are_made_of(process: StudentProcess) -> None:
    """-a is judged by a * -1, unless that has no gradient at all."""
    wrong = changed(process, "(g * other.data, g * self.data)", "(2 * g * other.data, g)")
    trials = [trial("-a * b", {"a": 2.0, "b": 3.0}, "a * Value(-1) * b")]
    with pytest.raises(Mismatch):
        assert_gradients(wrong, trials)
    assert_gradients(wrong, trials, excuses=(own_equivalent,))

    dead = changed(process, "self.grad += 1.0", "pass")
    with pytest.raises(Mismatch):
        assert_gradients(dead, trials, excuses=(own_equivalent,))


def test_differences_are_sentences(process: StudentProcess) -> None:
    """What a small program does, with its numbers."""
    student = changed(process, "(g * other.data, g * self.data)", "(g * self.data, g * other.data)")

    said = differences(student, ("c = a + b", "c = a * b", "a / b"), {"a": 2.0, "b": -3.0})

    assert said[0] == (
        "With a = 2, b = -3 and c = a * b, after backward() b.grad is -3; it should be 2."
    )
    assert "your code raises TypeError" in said[1]


def test_a_class_that_is_called_keeps_its_objects(process: StudentProcess) -> None:
    """An object of a class derived from float or dict stays there, if the class was called by its
    name; what merely is a float crosses.
    """
    source = """
class Number(float):
    pass
class Record(dict):
    pass
def number(): return Number(2.0)
def numbers(): return [Number(1.0), 2.0]
"""
    assert process.request("cell", source)["error"] is None
    student = Student(process)
    assert (student.number(), student.numbers()) == (2.0, [1.0, 2.0])

    made, record = student.Number(3.0), student.Record()

    assert repr(made) == "<Number in the student's process>"
    assert repr(record) == "<Record in the student's process>"
    assert repr(student.numbers()[0]) == "<Number in the student's process>"
    assert student.numbers()[1] == 2.0


# -- steps -----------------------------------------------------------------------------------------


def test_steps_tell_what_they_are_asked(student: Student) -> None:
    """Attributes of several objects, of a list's items, places in it, results as they are."""
    steps = Steps()
    a, b = steps.call("Value", 2.0), steps.call("Value", 3.0)
    both = steps.listed(b, a, b)
    steps.get("data", a, b)
    steps.each("data", both)
    steps.places(both, a, b)
    steps.set("data", a, 7.0)
    steps.tell(steps.operate("len", both))
    steps.get("data", a)

    assert steps.run(student) == [[2.0, 3.0], [3.0, 2.0, 3.0], [1, 0, 1], 3, [7.0]]


def test_errors_of_steps_are_the_students(student: Student) -> None:
    """An error keeps its kind and place; a missing name is missing."""
    steps = Steps()
    steps.call("fails")
    with pytest.raises(StudentError) as caught:
        steps.run(student)
    assert (caught.value.kind, caught.value.is_a("KeyError")) == ("error", True)
    assert "raise KeyError" in caught.value.source

    steps = Steps()
    steps.call("no_such_name")
    with pytest.raises(StudentError) as caught:
        steps.run(student)
    assert caught.value.kind == "missing"


def test_endless_steps_are_ended(student: Student) -> None:
    """One deadline holds for a whole request."""
    steps = Steps()
    steps.call("endless")
    with pytest.raises(StudentStopped, match="endless loop"):
        steps.run(student)


@pytest.mark.parametrize(
    "answer",
    [
        "None",
        "[[], -1]",
        "[[], 7, []]",
        "[[], 1 << 900, []]",
        "[[], -1, []]",
        "[[1, 2], -1, []]",
        "[{}, -1, []]",
        "[[2.0, [0]], -1, []]",
        "[[[2.0, 2.0], [0]], -1, []]",
        "[[[2.0], [1]], -1, []]",
        "[[[2.0], [-2]], -1, []]",
        "[[[2.0], ['0']], -1, []]",
    ],
)
def test_answers_of_the_wrong_form_end_the_process(process: StudentProcess, answer: str) -> None:
    """What the other end says is checked before it is used."""
    source = f"""
import gc
from autograder.sandbox.worker import Worker
Worker.do_program = lambda self, leaves, program: {answer}
class Value:
    def __init__(self, data): self.data = data
"""
    assert process.request("cell", source)["error"] is None
    steps = Steps()
    value = steps.call("Value", 2.0)
    steps.get("data", value)
    steps.places(steps.listed(value), value)
    with pytest.raises(StudentStopped, match="not a reply"):
        steps.run(Student(process))


def test_an_error_that_is_taken_back_ends_the_process(process: StudentProcess) -> None:
    """A step that raised has an error to show."""
    source = """
from autograder.sandbox.worker import Worker
Worker.do_failure = lambda self, leaves: None
"""
    assert process.request("cell", source)["error"] is None
    steps = Steps()
    steps.call("no_such_name")
    with pytest.raises(StudentStopped, match="not a reply"):
        steps.run(Student(process))
