"""Families about values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from autograder.checking.battery.samples import (
    Given,
    each_dtype,
    each_given,
    each_magnitude,
    each_shape,
    plain,
)
from autograder.checking.compare import Mismatch
from autograder.checking.contract import Contract
from autograder.checking.draw import Draw
from autograder.checking.program import Program
from autograder.checking.question import Question, Sample, ask, gradient_of
from autograder.checking.student import Student


def assert_works(
    student: Student, draw: Draw, contract: Contract, *, backward: bool = True
) -> None:
    """There is a call with a right value and some gradient, so that what else it does says
    something: what does nothing writes into nothing, and what always raises refuses everything.

    Args:
        student, draw, contract: what is asked, as in every family.
        backward: whether a gradient must arrive as well.

    Raises:
        Mismatch, StudentError: there is none.
    """
    question = Question(contract, plain(contract, draw), backward=backward)
    ask(student, [question])
    assert_working(question)


def assert_working(question: Question) -> None:
    """What was asked has a right value and some gradient.

    Raises:
        Mismatch, StudentError: it has not.
    """
    question.require_value()
    for reading in question.gradients:
        gradient_of(reading, "the gradient")


def ask_values(student: Student, draw: Draw, contract: Contract) -> None:
    """The values are right: for each dtype, and each setting."""
    _values(student, contract, each_dtype(draw, contract))


def ask_shapes(student: Student, draw: Draw, contract: Contract) -> None:
    """The values are right for any shape."""
    _values(student, contract, each_shape(draw, contract))


def ask_magnitudes(student: Student, draw: Draw, contract: Contract) -> None:
    """The values are right for any size of number, as exactly as the dtype can say it."""
    _values(student, contract, each_magnitude(draw, contract), atol=0.0)


def ask_given_values(student: Student, draw: Draw, contract: Contract, given: Given) -> None:
    """The values of these arguments are right: for each dtype, and each setting."""
    _values(student, contract, each_given(draw, contract, given))


def ask_without_gradients(student: Student, draw: Draw, contract: Contract) -> None:
    """The values are the same under `no_grad` and for an input that requires no gradient."""
    questions = []
    for dtype in contract.dtypes:
        one = plain(contract, draw, dtype)
        for about, grad in (("under no_grad", False), ("without a gradient", True)):
            asked = replace(one, about=about)
            questions.append(Question(contract, asked, backward=False, grad=grad))
    for question in ask(student, questions):
        question.check_value()


def _values(
    student: Student, contract: Contract, samples: Iterable[Sample], atol: float | None = None
) -> None:
    questions = [Question(contract, one, backward=False) for one in samples]
    for question in ask(student, questions):
        question.check_value(atol)


def ask_refusals(student: Student, draw: Draw, contract: Contract) -> None:
    """What must be refused is refused, with the right error; what is right is not."""
    assert_works(student, draw, contract, backward=False)
    asked = []
    for refusal in contract.refuses(draw):
        program = Program()
        arguments = [program.put(tensor) for tensor in refusal.tensors]
        result = program.call(contract.name, *arguments, options=dict(refusal.options))
        asked.append((program, refusal, program.read(result)))
    student.run([program for program, _, _ in asked])
    for _, refusal, reading in asked:
        if reading.failed is None:
            raise Mismatch(f"{refusal.about} should raise {refusal.error}; it gives a result")
        if not reading.failed.is_a(refusal.error):
            raise Mismatch(
                f"{refusal.about} should raise {refusal.error}; it raises "
                f"{reading.failed.type_name}"
            )
