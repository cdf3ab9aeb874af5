"""What a student's page says of functions of numbers: sentences about a few public inputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch

from autograder.checking.contract import Contract, Options
from autograder.checking.question import Question, Sample, ask
from autograder.checking.student import Student
from autograder.model import ErrorKind
from autograder.supervisor.process import StudentError

MAX_SAID = 4


@dataclass(frozen=True)
class Points:
    """Inputs that may be shown, since they are the same for everybody.

    Attributes:
        contract: the function, each of whose results belongs to one element of its arguments.
        arguments: numbers, as many for each argument.
        upstream: as many upstream gradients.
        options: of the call.
    """

    contract: Contract
    arguments: Sequence[Sequence[float]]
    upstream: Sequence[float]
    options: Options = field(default_factory=dict)

    def question(self) -> Question:
        """All of them in one call."""
        tensors = tuple(torch.tensor(numbers) for numbers in self.arguments)
        upstream = torch.tensor(self.upstream)
        shape = tuple(upstream.shape)
        return Question(self.contract, Sample(shape, tensors, upstream, self.options))

    def where(self, place: int) -> str:
        """The inputs of one place, such as "x = -2, alpha = 2"."""
        names = [argument.name.removeprefix("the ") for argument in self.contract.arguments]
        names = ["x"] if len(names) == 1 else names
        each = [
            f"{name} = {numbers[place]:g}"
            for name, numbers in zip(names, self.arguments, strict=True)
        ]
        return ", ".join(each + [f"{n} = {_shown(value)}" for n, value in self.options.items()])


def at_points(student: Student, asked: Sequence[Points]) -> list[str]:
    """One sentence for each place in which something differs, for the first few."""
    questions = [points.question() for points in asked]
    ask(student, questions)
    said: list[str] = []
    for points, question in zip(asked, questions, strict=True):
        try:
            said += _values(points, question)
            if isinstance(question.value.value, torch.Tensor):
                said += _gradients(points, question)
        except StudentError as error:
            if error.kind == ErrorKind.ERROR:
                said.append(f"At {points.where(0)} your code raises {error}.")
    return said[:MAX_SAID]


def _values(points: Points, question: Question) -> Iterator[str]:
    right, _ = question.right
    for place, got, want in _differing(question.value.value, right):
        yield (
            f"At {points.where(place)} `{points.contract.name}` gives {got:.4g}; "
            f"it should be {want:.4g}."
        )


def _gradients(points: Points, question: Question) -> Iterator[str]:
    _, expected = question.right
    for index, reading, right in zip(question.wanted, question.gradients, expected, strict=True):
        of = f" of {points.contract.arguments[index].name}" if len(points.arguments) > 1 else ""
        for place, got, want in _differing(reading.value, right):
            given = points.upstream[place]
            yield (
                f"At {points.where(place)}, with grad_output = {given:g}, your gradient{of} is "
                f"{_looks(got, given)}; it should be {_looks(want, given, right=True)}."
            )


def _differing(found: object, right: torch.Tensor) -> Iterator[tuple[int, float, float]]:
    """Place, number and right number; nothing where the result has another form, which is for the
    checks to say.
    """
    if not isinstance(found, torch.Tensor) or found.shape != right.shape:
        return
    if not found.is_floating_point():
        return
    differs = ~torch.isclose(found.to(right.dtype), right, rtol=1e-4, atol=1e-6)
    for place in differs.nonzero().flatten().tolist():
        yield place, float(found[place]), float(right[place])


def _looks(number: float, given: float, *, right: bool = False) -> str:
    """A gradient in terms of the upstream gradient, where it looks like it."""
    known = {given: "grad_output", -given: "-grad_output", 0.0: "0"}
    if not right:
        known[1.0] = "1, whatever grad_output is"
    return known.get(number, f"{number:.4g}")


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else repr(value)
