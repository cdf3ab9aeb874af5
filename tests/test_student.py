"""Calls across the boundary behave as calls in one process do."""

from __future__ import annotations

from typing import Any, cast

import pytest
import torch

from autograder.checking.compare import Mismatch
from autograder.checking.student import Handle, Student
from autograder.supervisor.process import StudentProcess
from autograder.supervisor.raised import StudentError

NOTEBOOK = """
import torch
class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x ** 3
    @staticmethod
    def backward(ctx, g):
        x, = ctx.saved_tensors
        return g * 3 * x * x
def cube(x): return Cube.apply(x)
def pair(x, y, scale=1.0): return {"sum": [x + y, (x * y * scale,)], "n": 3}
def detached(x): return x.detach() * 2
def none(x): return None
def raises(x): raise KeyError("boom")
def unwritten(x): raise NotImplementedError("write me")
class Box:
    def __init__(self, v): self.v = v
    def __add__(self, o): return Box(self.v + (o.v if isinstance(o, Box) else o))
    __radd__ = __add__
    def get(self): return self.v
"""


@pytest.fixture
def student(process: StudentProcess) -> Student:
    """A student whose notebook has run."""
    assert process.request("cell", NOTEBOOK)["error"] is None
    return Student(process)


def test_gradients_flow_through(student: Student) -> None:
    """backward, autograd.grad, gradcheck and gradgradcheck work across the boundary."""
    x = torch.tensor([1.0, -2.0], dtype=torch.double, requires_grad=True)

    y = student.cube(x)
    y.backward(torch.tensor([1.0, 10.0], dtype=torch.double))

    assert y.tolist() == [1.0, -8.0]
    assert x.grad is not None
    assert x.grad.tolist() == [3.0, 120.0]
    assert torch.autograd.gradcheck(student.cube, (x,))
    assert torch.autograd.gradgradcheck(student.cube, (x,))


def test_second_derivatives_are_the_students(student: Student) -> None:
    """create_graph=True gives a gradient that can be differentiated again."""
    x = torch.tensor([2.0], requires_grad=True)

    (first,) = torch.autograd.grad(student.cube(x), x, create_graph=True)
    (second,) = torch.autograd.grad(first, x, create_graph=True)
    (third,) = torch.autograd.grad(second, x)

    assert [first.item(), second.item(), third.item()] == [12.0, 12.0, 6.0]


def test_structures_and_several_inputs(student: Student) -> None:
    """Lists, tuples, dicts and keyword arguments keep their form, and each tensor its gradient."""
    x, y = torch.tensor([2.0], requires_grad=True), torch.tensor([5.0], requires_grad=True)

    found = student.pair(x, y, scale=3.0)
    gradients = torch.autograd.grad(found["sum"][0] + found["sum"][1][0], (x, y))

    assert (found["n"], found["sum"][0].item(), found["sum"][1][0].item()) == (3, 7.0, 30.0)
    assert [g.item() for g in gradients] == [16.0, 7.0]


def test_a_cut_graph_is_said_to_be_cut(student: Student) -> None:
    """Where the student's result has no graph, backward says so."""
    x = torch.ones(2, requires_grad=True)
    with pytest.raises(Mismatch, match="cut off"):
        student.detached(x).sum().backward()


def test_a_second_backward_is_the_students_answer(student: Student) -> None:
    """The student's saved tensors are freed by the first backward, unless the graph is kept."""
    x = torch.ones(2, requires_grad=True)
    y = student.cube(x)
    y.backward(torch.ones(2), retain_graph=True)
    y.backward(torch.ones(2))
    with pytest.raises(StudentError, match="second time"):
        y.backward(torch.ones(2))


def test_errors_have_their_kind_and_place(student: Student) -> None:
    """An error comes with its type, its line and whether something is missing."""
    with pytest.raises(StudentError) as caught:
        student.raises(1)
    assert (caught.value.kind, caught.value.type_name, caught.value.source) == (
        "error",
        "KeyError",
        'def raises(x): raise KeyError("boom")',
    )
    with pytest.raises(StudentError) as caught:
        student.unwritten(1)
    assert caught.value.kind == "unwritten"
    with pytest.raises(StudentError) as caught:
        student.no_such_name(1)
    assert caught.value.kind == "missing"


def test_handles_act_where_the_object_is(student: Student) -> None:
    """Attributes, methods, operators and mutation of an object in the student's process."""
    box: Any = student.Box(2.0)

    assert isinstance(box, Handle)
    box = cast(Any, box)
    assert box.v == 2.0
    assert (box + student.Box(5.0)).get() == 7.0
    assert (1 + box).v == 3.0
    box.v = 9.0
    assert box.get() == 9.0
    with pytest.raises(StudentError, match="unsupported operand"):
        _ = box * 2


def test_tensors_that_stay_keep_their_identity(student: Student) -> None:
    """`put` and `keep` leave tensors in the student's process, where in-place edits are seen by
    autograd.
    """
    x = student.put(torch.tensor([3.0], requires_grad=True))
    hidden = x.kept("clone")
    y = student.keep.cube(hidden)
    hidden.mul_(2)
    with pytest.raises(StudentError, match="modified by an inplace operation"):
        y.backward()
    assert student.none(1) is None


def test_what_is_let_go_is_forgotten(student: Student, process: StudentProcess) -> None:
    """Handles and graphs that the grader drops are dropped in the student's process too."""
    x = torch.ones(3, requires_grad=True)
    for _ in range(50):
        student.cube(x)
        student.Box(1.0)
    student.none(1)
    counted = "import gc\nlen([o for o in gc.get_objects() if type(o).__name__ in ('Box', 'Node')])"
    assert int(process.request("cell", counted)["text"]) < 6


def test_kinds_of_dicts_lists_and_errors_are_what_they_are(process: StudentProcess) -> None:
    """A subclass of dict or list crosses as one, whatever its methods do; an error is also one of
    its bases.
    """
    process.request(
        "cell",
        """
import collections
class Odd(dict):
    def items(self): raise SystemExit
    def keys(self): raise SystemExit
class Many(list):
    def __iter__(self): raise SystemExit
class ShapeError(ValueError): pass
def ordered(): return collections.OrderedDict(a=1)
def default(): return collections.defaultdict(int, a=1)
def odd(): return Odd(a=1)
def many(): return Many([1, 2])
def refuse(): raise ShapeError("shape")
def later(): raise NotImplementedError("later")
""",
        seconds=10,
    )
    student = Student(process)
    assert [student.ordered(), student.default(), student.odd()] == [{"a": 1}] * 3
    assert student.many() == [1, 2]
    with pytest.raises(StudentError) as caught:
        student.refuse()
    assert (
        caught.value.is_a("ValueError"),
        caught.value.is_a("ShapeError"),
        caught.value.is_a("KeyError"),
    ) == (True, True, False)
    with pytest.raises(StudentError) as caught:
        student.later()
    assert not caught.value.is_a("RuntimeError")
