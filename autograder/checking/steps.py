"""Many steps in the student's process in one request: an object is made, used and read in one go.

>>> steps = Steps()
>>> a = steps.call("Value", 2.0)
>>> steps.method(steps.operate("mul", a, a), "backward")
>>> steps.get("grad", a)
>>> [[grad]] = steps.run(student)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from autograder.checking.compare import Mismatch
from autograder.checking.student import Handle, Student
from autograder.messages import Call

_TELLING = ("get", "each", "places", "tell")


@dataclass(frozen=True)
class Result:
    """What a step will give."""

    number: int


class Steps:
    """Steps for one request; those that tell something do so in the answer, in their order.

    Operands are results of earlier steps, numbers, strings or None.

    Args:
        objects: what calls and operators should give, for a student.
    """

    def __init__(self, objects: str = "an object") -> None:
        self._what = objects
        self._steps: list[list[Any]] = []
        self._objects: dict[int, str] = {}
        self.telling: list[int] = []

    def __len__(self) -> int:
        return len(self._steps)

    def call(
        self, name: str, *operands: Any, text: str = "", options: Mapping[str, Any] | None = None
    ) -> Result:
        """`name(*operands, **options)`; `text` is how a student reads it."""
        result = self._add("call", name, operands)
        if options:
            self._steps[-1].append(dict(options))
        self._objects[result.number] = text or f"{name}(...)"
        return result

    def method(self, owner: Result, name: str, *operands: Any, text: str = "") -> Result:
        """`owner.name(*operands)`."""
        result = self._add("method", name, (owner, *operands))
        self._objects[result.number] = text or f"{name}()"
        return result

    def operate(self, name: str, *operands: Any, text: str = "") -> Result:
        """Python's operator of that name, as in the module `operator`."""
        result = self._add("operate", name, operands)
        self._objects[result.number] = text or name
        return result

    def listed(self, *items: Any) -> Result:
        """A list."""
        return self._add("list", "", items)

    def get(self, name: str, *owners: Result) -> None:
        """Tells the attribute of each owner."""
        self._add("get", name, owners)

    def each(self, name: str, items: Result) -> None:
        """Tells the attribute of each item of a list over there."""
        self._add("each", name, (items,))

    def set(self, name: str, owner: Result, value: Any) -> None:
        """`owner.name = value`."""
        self._add("set", name, (owner, value))

    def places(self, items: Result, *known: Result) -> None:
        """Tells which of the known objects each item of a list over there is; -1 for another."""
        self._add("places", "", (items, *known))

    def tell(self, result: Result) -> None:
        """Tells a result as it is."""
        self._add("tell", "", (result,))

    def run(self, student: Student) -> Sequence[Any]:
        """What the steps told.

        Raises:
            StudentError: a step raised.
            Mismatch: it could not but raise, since an earlier step gave no object.
        """
        told, stopped = self.attempt(student)
        if stopped is not None:
            stopped.fail()
        return told

    def attempt(self, student: Student) -> tuple[list[Any], Stopped | None]:
        """What the steps told before one of them raised, and that one, if one did."""
        link = student._link
        answer = link.request(Call.PROGRAM, self._steps)
        if type(answer) is not list or [*map(type, answer)] != [list, int, list]:
            link.process.broke("an answer of the wrong form")
        told, at, operands = answer
        done = [number for number in self.telling if at < 0 or number < at]
        fits = -1 <= at < len(self._steps) and len(told) == len(done)
        if not fits or not all(map(_fits, (self._steps[number] for number in done), told)):
            link.process.broke("an answer of the wrong form")
        if at < 0:
            return told, None
        return told, Stopped(student, at, tuple(self._no_objects(at, operands)))

    def _no_objects(self, at: int, operands: list[Any]) -> Iterator[str]:
        """What should have been objects among the operands of a step, and what they are."""
        for given, found in zip(self._steps[at][2], operands, strict=False):
            if type(given) is int and given in self._objects and not isinstance(found, Handle):
                yield f"{self._objects[given]} should be {self._what}, got {kind(found)}"

    def _add(self, kind: str, name: str, operands: Sequence[Any]) -> Result:
        given = [x.number if isinstance(x, Result) else [x] for x in operands]
        self._steps.append([kind, name, given])
        if kind in _TELLING:
            self.telling.append(len(self._steps) - 1)
        return Result(len(self._steps) - 1)


@dataclass(frozen=True)
class Stopped:
    """The step that raised.

    Attributes:
        student: in whose process.
        at: its number.
        no_objects: sentences about operands that should have been objects.
    """

    student: Student
    at: int
    no_objects: tuple[str, ...]

    def fail(self) -> NoReturn:
        """Raise what fits: StudentError, or Mismatch."""
        if self.no_objects:
            raise Mismatch(self.no_objects[0])
        self.student._link.request(Call.FAILURE)
        self.student._link.process.broke("an error that is none")


def _fits(step: Sequence[Any], told: Any) -> bool:
    """Whether a step can have told this; the other end may be hostile."""
    what, _, operands, *_ = step
    if what == "tell":
        return True
    if type(told) is not list or (what == "get" and len(told) != len(operands)):
        return False
    return what != "places" or all(type(i) is int and -1 <= i < len(operands) - 1 for i in told)


def kind(value: Any) -> str:
    """What a value is, for a message."""
    if isinstance(value, (int, float)):
        if abs(value) < 1e300:
            return f"the number {value:.6g}"
        return "a number that is not finite, or huge"
    return repr(value).split()[0].lstrip("<") if isinstance(value, Handle) else type(value).__name__
