"""What a student's page says of programs of scalars: sentences where something differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from autograder.checking.compare import Mismatch
from autograder.checking.programs import Numbers, expected
from autograder.checking.scalars import Trial, see, trial
from autograder.checking.student import Student
from autograder.supervisor.raised import StudentError

MAX_SAID = 4


def differences(student: Student, texts: Iterable[str], numbers: Numbers) -> list[str]:
    """One sentence for each program that does not do what it should, for the first few."""
    said: list[str] = []
    for text in texts:
        each = trial(text, numbers)
        each = Trial(each.program.with_backward(), numbers)
        try:
            said += _said(student, each)
        except StudentError as error:
            if error.kind == "error":
                said.append(f"{_given(each)}, your code raises {error}.")
        except Mismatch as mismatch:
            said.append(f"{_given(each)}: {mismatch.hint}.")
        if len(said) >= MAX_SAID:
            break
    return said


def _said(student: Student, each: Trial) -> list[str]:
    ((_, seen),) = see(student, [each])
    wanted = expected(each.program, each.numbers)
    times = len(each.program.passes)
    after = "after backward()" if times == 1 else f"after {times} calls of backward()"
    numbers = _differ(each, seen.values, wanted.values)
    grads = _differ(each, seen.grads[-1], wanted.grads[-1])
    found = [f"{name} is {got}; it should be {right}." for name, got, right in numbers]
    found += [f"{after} {name}.grad is {got}; it should be {right}." for name, got, right in grads]
    return [f"{_given(each)}, {sentence}" for sentence in found[:1]]


def _differ(each: Trial, mine: list[Any], theirs: list[float]) -> Iterator[tuple[str, str, str]]:
    """Name, number and right number of the places that differ, results before operands."""
    for place, got, right in reversed(list(zip(each.program.places, mine, theirs, strict=True))):
        if place.operation != "plain" and isinstance(got, (int, float)) and got != right:
            yield place.text, f"{got:.4g}", f"{right:.4g}"


def _given(each: Trial) -> str:
    return f"With {each.where()} and {each.program.text}"
