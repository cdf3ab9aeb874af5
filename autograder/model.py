"""The data types that travel through the grader. No torch, no input or output."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any

FOR_INSTRUCTOR = "for the instructor's eye: "  # how a note begins that is not the student's


class Verdict(StrEnum):
    """How a check of a submission ended: a closed set."""

    PASSED = "passed"
    WRONG = "wrong"
    MISSING = "missing"
    STUDENT_ERROR = "student_error"
    CPU_LIMIT = "cpu_limit"
    WALL_LIMIT = "wall_limit"
    MEMORY_LIMIT = "memory_limit"
    OUTPUT_LIMIT = "output_limit"
    CRASHED = "crashed"
    PROTOCOL = "protocol"
    SKIPPED = "skipped"
    SANDBOX_UNAVAILABLE = "sandbox_unavailable"
    GRADER_ERROR = "grader_error"

    @property
    def is_grader_fault(self) -> bool:
        """Whether the fault is the grader's, so that no points may be taken for it."""
        return self in (Verdict.SANDBOX_UNAVAILABLE, Verdict.GRADER_ERROR)


class Status(StrEnum):
    """Whether a submission as a whole got its verdicts."""

    GRADED = "graded"
    BAD_SUBMISSION = "bad_submission"
    NOT_GRADED = "not_graded"


@dataclass(frozen=True)
class Limits:
    """What a submission may use. Seconds are wall-clock unless named otherwise; sizes are bytes."""

    cell_seconds: float = 10.0
    call_seconds: float = 10.0
    cpu_seconds: float = 30.0
    wall_seconds: float = 60.0
    memory: int = 1 << 30
    scratch: int = 32 << 20
    output_kept: int = 1 << 20
    output_most: int = 64 << 20

    @classmethod
    def from_dict(cls, given: dict[str, Any]) -> Limits:
        """Limits with the `given` ones changed.

        Raises:
            ValueError: a name is unknown, or a value is not a positive number.
        """
        known: dict[str, type] = {f.name: type(getattr(cls, f.name)) for f in fields(cls)}
        for name, value in given.items():
            if name not in known:
                raise ValueError(f"unknown limit `{name}`; known are {', '.join(known)}")
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
                raise ValueError(f"limit `{name}` must be a positive number, found {value!r}")
        return replace(cls(), **{name: known[name](value) for name, value in given.items()})


@dataclass(frozen=True)
class CheckSpec:
    """A hidden check as its lab declares it."""

    name: str
    family: str
    title: str
    points: float
    bonus: bool = False
    gate: bool = False


@dataclass(frozen=True)
class CheckResult:
    """One check's outcome for one submission.

    Attributes:
        message: what was wrong, in a student's words, without any hidden input or expected value.
        detail: the same with values, for whoever may see them.
    """

    name: str
    title: str
    verdict: Verdict
    points: float
    max_points: float
    message: str = ""
    detail: str = ""
    seconds: float = 0.0
    family: str = ""
    bonus: bool = False
    gate: bool = False


@dataclass(frozen=True)
class Mistake:
    """A catalogued mistake that the submission behaves like."""

    name: str
    hint: str


@dataclass(frozen=True)
class Curve:
    """A function of the student's drawn over the right one; None where a value is missing or not
    finite.

    Attributes:
        title: what is drawn, such as "gradient".
        x, yours, expected: numbers of equal count.
    """

    title: str
    x: tuple[float, ...]
    yours: tuple[float | None, ...]
    expected: tuple[float, ...]


@dataclass(frozen=True)
class CellOutput:
    """What an answer cell printed or raised when it was run again, for the student's page."""

    cell: str
    source: str
    text: str = ""
    error: str = ""


@dataclass(frozen=True)
class Judgement:
    """Everything that is said of one submission."""

    student: str
    lab: str
    status: Status
    reason: str | None = None
    score: float = 0.0
    max_score: float = 0.0
    bonus: float = 0.0
    seconds: float = 0.0
    checks: tuple[CheckResult, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    advice: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    cells: tuple[CellOutput, ...] = ()
    curves: tuple[Curve, ...] = ()
    evidence: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values; `from_dict` is its inverse."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Judgement:
        """Rebuild what `to_dict` wrote.

        Raises:
            KeyError, TypeError, ValueError: the data was not written by `to_dict`.
        """
        return cls(
            **{
                **data,
                "status": Status(data["status"]),
                "checks": tuple(
                    CheckResult(**{**c, "verdict": Verdict(c["verdict"])}) for c in data["checks"]
                ),
                "mistakes": tuple(Mistake(**m) for m in data["mistakes"]),
                "advice": tuple(data["advice"]),
                "notes": tuple(data["notes"]),
                "evidence": tuple(data["evidence"]),
                "cells": tuple(CellOutput(**c) for c in data["cells"]),
                "curves": tuple(
                    Curve(c["title"], *map(tuple, (c["x"], c["yours"], c["expected"])))
                    for c in data["curves"]
                ),
            }
        )

    def shown(self, level: str) -> Judgement:
        """What a student may see of it.

        Args:
            level: `full`: everything; `hint`: verdicts, titles, messages and hints, no values of
                hidden inputs; `verdict`: verdicts alone.
        """
        if level == "full":
            return self
        if level == "hint":
            return replace(self, checks=tuple(replace(check, detail="") for check in self.checks))
        checks = tuple(replace(check, message="", detail="") for check in self.checks)
        return replace(self, checks=checks, mistakes=(), advice=(), curves=())

    def family_points(self) -> dict[str, float]:
        """Points earned per family, which is per grade cell."""
        points: dict[str, float] = {}
        for check in self.checks:
            points[check.family] = points.get(check.family, 0.0) + check.points
        return points

    def scored(self) -> Judgement:
        """The same with its points added up.

        A gate that did not hold takes them all; a fault of ours is no verdict.
        """
        checks = self.checks
        closed = [check for check in checks if check.gate and check.verdict == Verdict.WRONG]
        if closed:
            checks = tuple(replace(check, points=0.0) for check in checks)
        ours = [check for check in checks if check.verdict.is_grader_fault]
        return replace(
            self,
            checks=checks,
            score=total(check for check in checks if not check.bonus),
            bonus=total(check for check in checks if check.bonus),
            status=Status.NOT_GRADED if ours else self.status,
            reason=ours[0].message if ours else self.reason,
            notes=(*self.notes, *(f"{FOR_INSTRUCTOR}{check.message}" for check in closed)),
        )


def total(checks: Iterable[CheckResult]) -> float:
    """The sum of the checks' points, rounded so that thirds add up."""
    return round(sum(check.points for check in checks), 6)
