"""Programs of scalars in the student's process, judged against what must come of them.

The student's class is `Value(number)` with `data`, `grad`, `relu()` and `backward()`. Each question
is asked of every place of a program: its number, its gradient after every backward().
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from autograder.checking.compare import Mismatch
from autograder.checking.programs import (
    Expected,
    Numbers,
    Program,
    expected,
    program,
)
from autograder.checking.steps import Result, Steps, kind
from autograder.checking.student import Student
from autograder.supervisor.raised import StudentError

TOLERANCE = 1e-9


@dataclass(frozen=True)
class Trial:
    """A program with its numbers.

    Attributes:
        like: another program that must do the same to the places of the same name, written with
            operations that the check takes as they are; None where there is no such thing.
    """

    program: Program
    numbers: Numbers
    like: Program | None = None

    def where(self) -> str:
        """The numbers: `a = 1.25, b = -0.8`."""
        used = {place.text for place in self.program.places}
        named = [item for item in self.numbers.items() if item[0] in used]
        return ", ".join(f"{name} = {number:.4g}" for name, number in named)


@dataclass(frozen=True)
class Seen:
    """What came of a trial.

    Attributes:
        values: the number of every place at the end; None for a plain number.
        grads: after each backward(), of the places that were there by then.
        same: for each place the first one that is the very same object.
    """

    values: list[Any]
    grads: list[list[Any]]
    same: list[int]


Excuse = Callable[[Student, Trial, Seen], Expected | None]


def trial(text: str, numbers: Numbers, like: str = "") -> Trial:
    """A trial of a program's text."""
    return Trial(program(text), numbers, program(like) if like else None)


def see(student: Student, trials: Iterable[Trial]) -> Iterator[tuple[Trial, Seen]]:
    """Carry out trials in the student's process, all of them in one request.

    Raises:
        StudentError, Mismatch: one ended in an error; those before it are given first.
    """
    steps = Steps("a Value")
    written = [(trial, *_write(steps, trial)) for trial in trials]
    told, stopped = steps.attempt(student)
    start = 0
    for trial, nodes, count in written:
        if start + count > len(told):
            break
        yield trial, _seen(trial, nodes, told[start : start + count])
        start += count
    if stopped is not None:
        stopped.fail()


def lay(steps: Steps, trial: Trial) -> dict[int, Result]:
    """Add the steps that compute a program, without its backward(); the results of its nodes."""
    results: list[Any] = []
    for i in range(len(trial.program.places)):
        results.append(_write_place(steps, trial, i, results))
    return {i: result for i, result in enumerate(results) if isinstance(result, Result)}


def _write(steps: Steps, trial: Trial) -> tuple[list[int], int]:
    """Add the steps of a trial; the places that are nodes, and how many things it will tell."""
    before = len(steps.telling)
    results: list[Any] = []
    nodes: list[int] = []
    passes = list(trial.program.passes)
    for i in range(len(trial.program.places) + 1):
        while passes and passes[0][0] == i:
            _, root = passes.pop(0)
            steps.method(results[root], "backward")
            steps.get("grad", *(results[node] for node in nodes))
        if i < len(trial.program.places):
            results.append(_write_place(steps, trial, i, results))
            if isinstance(results[i], Result):
                nodes.append(i)
    every = [results[node] for node in nodes]
    steps.get("data", *every)
    steps.places(steps.listed(*every), *every)
    return nodes, len(steps.telling) - before


def _write_place(steps: Steps, trial: Trial, i: int, results: Sequence[Any]) -> Any:
    """The result that stands for a place, or the plain number itself."""
    place = trial.program.places[i]
    operands = [results[operand] for operand in place.operands]
    if place.operation == "plain":
        return place.number(trial.numbers)
    if place.operation == "leaf":
        return steps.call("Value", place.number(trial.numbers), text="Value(number)")
    if place.operation == "relu":
        return steps.method(operands[0], "relu", text=place.text)
    if place.operation == "sum":
        return _total(steps, operands, place.text)
    return steps.operate(place.operation, *operands, text=place.text)


def _total(steps: Steps, operands: Sequence[Any], text: str) -> Any:
    """What Python's sum does: it starts from the integer 0."""
    total: Any = 0
    for operand in operands:
        total = steps.operate("add", total, operand, text=text)
    return total


def _seen(trial: Trial, nodes: list[int], told: Sequence[Any]) -> Seen:
    *passes, values, same = told
    grads = []
    for (count, _), row in zip(trial.program.passes, passes, strict=True):
        grads.append([None] * count)
        for node, grad in zip(nodes, row, strict=False):
            grads[-1][node] = grad
    by_place = dict(zip(nodes, values, strict=True))
    return Seen([by_place.get(i) for i in range(len(trial.program.places))], grads, same)


# -- comparing -------------------------------------------------------------------------------------


def finite(got: Any, what: str) -> float:
    """The number, if it is one; an int may be too large for a float, NaN is below nothing."""
    if isinstance(got, (int, float)) and abs(got) < 1e300:
        return float(got)
    raise Mismatch(f"{what} should be a finite float, got {kind(got)}")


def close(
    got: Any, wanted: float, what: str, where: str = "", size: float = 0.0, rtol: float = TOLERANCE
) -> None:
    """Compare one number of the student's.

    Args:
        got: what came back; an int or a float, or it is a mismatch.
        wanted: the right number.
        what: how a student would name it; shown without values.
        where: the numbers that went in; shown only where values may be.
        size: of the numbers that `wanted` is a sum of, where that is more than its own.
        rtol: tolerance, relative to the size.

    Raises:
        Mismatch: it is no number, not finite, or another number.
    """
    got = finite(got, what)
    if not abs(got - wanted) <= rtol * max(size, abs(wanted)):
        raise Mismatch(
            f"{what} is wrong",
            f"got {got:.6g}, expected {wanted:.6g}" + (f", at {where}" if where else ""),
        )


def assert_values(student: Student, trials: Iterable[Trial], *, new: bool = False) -> None:
    """Every number of every program is right, those of the operands at the end as well.

    Args:
        student: whose.
        trials: the programs.
        new: whether every place must also be an object of its own.
    """
    for trial, seen in see(student, trials):
        _compare_values(trial, seen, expected(trial.program, trial.numbers))
        for place, same in enumerate(seen.same if new else ()):
            if place != same:
                raise Mismatch(
                    f"for {trial.program.text}: an operation should return a new Value, and "
                    f"yours returned one that was there already"
                )


def assert_gradients(
    student: Student,
    trials: Iterable[Trial],
    *,
    excuses: Sequence[Excuse] = (),
    only: str = "",
    values: bool = False,
) -> None:
    """Every gradient of every program is right after every backward().

    Args:
        student: whose.
        trials: the programs; where one has no backward(), its last place gets it.
        excuses: other results that do as well where the right ones do not come: what follows from
            a mistake for which another check takes points.
        only: names of the places to look at, with spaces between them; all of them otherwise.
        values: whether the numbers must be right as well.
    """
    whole = [replace(each, program=each.program.with_backward()) for each in trials]
    for trial, seen in see(student, whole):
        wanted = expected(trial.program, trial.numbers)
        try:
            _compare(trial, seen, wanted, only, values=values)
        except Mismatch as mismatch:
            if not any(_excused(student, trial, seen, e, only, values=values) for e in excuses):
                raise mismatch from None


def _excused(
    student: Student, trial: Trial, seen: Seen, excuse: Excuse, only: str, *, values: bool
) -> bool:
    try:
        wanted = excuse(student, trial, seen)
        if wanted is None or not _anything_arrives(trial.program, wanted):
            return False
        _compare(trial, seen, wanted, only, values=values)
    except (Mismatch, StudentError):
        return False
    return True


def _anything_arrives(program: Program, wanted: Expected) -> bool:
    """Whether a gradient gets anywhere; nothing can be said of an engine that has none."""
    results = [root for _, root in program.passes if program.places[root].operation != "leaf"]
    inner = [grad for i, grad in enumerate(wanted.grads[-1]) if i not in results]
    return any(grad != 0 and not math.isnan(grad) for grad in inner)


def _compare(trial: Trial, seen: Seen, wanted: Expected, only: str, *, values: bool) -> None:
    if values:
        _compare_values(trial, seen, wanted)
    names = only.split()
    for turn, (_, root) in enumerate(trial.program.passes):
        what = _after(trial.program, turn, root)
        for i, got in enumerate(seen.grads[turn]):
            place = trial.program.places[i]
            asked = place.operation != "plain" and (not only or place.text in names)
            if asked and not math.isnan(wanted.grads[turn][i]):
                size = wanted.grad_sizes[turn][i]
                close(got, wanted.grads[turn][i], f"{what} {place.text}", trial.where(), size)


def _compare_values(trial: Trial, seen: Seen, wanted: Expected) -> None:
    for place, got, value, size in zip(
        trial.program.places, seen.values, wanted.values, wanted.sizes, strict=True
    ):
        if place.operation != "plain":
            what = f"for {trial.program.text}: the number (data) of {place.text}"
            close(got, value, what, trial.where(), size)


def _after(program: Program, turn: int, root: int) -> str:
    if len(program.passes) == 1:
        return f"for {program.text}: after {_called(program, root)}, the gradient of"
    return f"for {program.text}: after backward() number {turn + 1}, the gradient of"


def _called(program: Program, root: int) -> str:
    text = program.places[root].text
    return f"{text}.backward()" if text.isidentifier() else f"({text}).backward()"
