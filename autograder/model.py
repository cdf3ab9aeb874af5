"""The data types that travel through the grader. No torch, no input or output."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

from autograder.terms import Audience as Audience
from autograder.terms import ErrorKind as ErrorKind
from autograder.terms import Feedback as Feedback
from autograder.terms import Level as Level
from autograder.terms import Role as Role
from autograder.terms import Status as Status
from autograder.terms import Verdict as Verdict


@dataclass(frozen=True)
class Note:
    """Something unusual about a submission that is no verdict.

    Attributes:
        text: a sentence.
        audience: whom it is for.
        asks: what an instructor must decide, `time` or `whose`; empty for a note that asks nothing.
    """

    text: str
    audience: Audience = Audience.STUDENT
    asks: str = ""


@dataclass(frozen=True)
class Limits:
    """What a submission may use.

    Seconds without another name are those that the student's process ran or idled by its own will;
    time in which it waited for a busy machine does not count.

    Attributes:
        cell_seconds: for one cell of the notebook.
        call_seconds: for one answer to a check.
        cpu_seconds: of processor time, for the whole submission, all threads together.
        wall_seconds: for the whole submission.
        memory: bytes of private memory, over what the zygote itself uses.
        scratch: bytes of files.
        output_kept: bytes of what is printed that are kept.
        output_most: bytes that may be printed before the process is ended.
    """

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
    """A hidden check as its lab declares it.

    Attributes:
        name: the test's name without `test_`.
        family: the grade cell that gets its points.
        title: the sentence that students read.
        points: what passing it earns.
        bonus: whether that is extra credit, outside the lab's total.
        gate: whether failing it takes every point.
    """

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
        name, title, family, bonus, gate: as in `CheckSpec`.
        verdict: how it ended.
        points: earned.
        max_points: to be earned; 0 for a skipped check.
        message: what was wrong, in a student's words, without any hidden input or expected value.
        detail: the same with values, for whoever may see them.
        line: of the student's code in which an error arose, which is told with the message.
        seconds: wall-clock time that it took.
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
    line: str = ""

    @property
    def is_worthless(self) -> bool:
        """Whether its cell has no points to give: it is there to be told."""
        return not self.max_points and not self.gate

    @property
    def told(self) -> str:
        """The message, with the line of code that it is about."""
        return f"{self.message} in the line `{self.line}`" if self.line else self.message


@dataclass(frozen=True)
class Progress:
    """A submission that is being judged: results so far, before any gate's consequences, and the
    checks to come.
    """

    student: str
    results: tuple[CheckResult, ...]
    to_come: tuple[CheckSpec, ...]


@dataclass(frozen=True)
class StudentCheck:
    """A `CheckResult` as its student may see it; what is withheld is empty."""

    name: str
    title: str
    verdict: Verdict
    points: float
    max_points: float
    message: str
    detail: str
    seconds: float
    family: str
    bonus: bool
    gate: bool


@dataclass(frozen=True)
class Mistake:
    """A catalogued mistake that the submission behaves like.

    Attributes:
        name: its file's in the catalogue.
        hint: paragraphs for the student.
        title: a line for people, such as "Slope 1 at x = 0"; "" where the catalogue has none.
    """

    name: str
    hint: str
    title: str = ""

    @property
    def called(self) -> str:
        """The title, or the name in words."""
        return self.title or self.name.replace("_", " ").capitalize()


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
    """What an answer cell printed or raised when it was run again, for the student's page.

    Attributes:
        cell: its key.
        source: what was run.
        text: what it printed.
        error: what ended it, if something did.
        line: of the cell, from 1, in which that arose; 0 where it is not known.
    """

    cell: str
    source: str
    text: str = ""
    error: str = ""
    line: int = 0

    @property
    def told(self) -> str:
        """The error with its line, or nothing."""
        return f"{self.error} (line {self.line} of the cell)" if self.line else self.error


@dataclass(frozen=True)
class StudentView:
    """A judgement as far as its student may see it.

    Whatever reaches a student is made from this type, so that what they may not see is not at hand
    where it could slip out.
    """

    student: str
    lab: str
    level: Level
    status: Status
    reason: str | None
    score: float
    max_score: float
    bonus: float
    seconds: float
    checks: tuple[StudentCheck, ...]
    mistakes: tuple[Mistake, ...]
    advice: tuple[str, ...]
    notes: tuple[str, ...]
    cells: tuple[CellOutput, ...]
    curves: tuple[Curve, ...]

    def family_points(self) -> dict[str, float]:
        """Points earned per family, which is per grade cell."""
        return family_points(self.checks)


@dataclass(frozen=True)
class Judgement:
    """Everything that is said of one submission.

    Attributes:
        student, lab: whose, and of what.
        seed: of the inputs; the same seed draws the same ones again.
        level: how far the submission was confined.
        status: whether it got its verdicts.
        reason: why it did not.
        score, max_score: points of the lab's total.
        bonus: points of extra credit.
        seconds: wall-clock time that judging took.
        checks: in the order of the lab.
        mistakes: those of the catalogue that it looks like.
        diagnosed: whether it was compared with the catalogue.
        advice: lines that cost nothing.
        notes: what was unusual about it.
        cells: its answer cells when they were run.
        curves: for its page.
    """

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
    notes: tuple[Note, ...] = ()
    cells: tuple[CellOutput, ...] = ()
    curves: tuple[Curve, ...] = ()
    evidence: tuple[str, ...] = ()
    seed: int = 0
    level: Level = Level.NONE
    diagnosed: bool = False

    def settled(self, *, counts_zero: bool) -> Judgement:
        """The same as its course counts it.

        Args:
            counts_zero: whether what cannot be read or run has 0 points there, rather than none.
        """
        if self.status != Status.NEEDS_EYE or not counts_zero:
            return self
        return replace(self, status=Status.BAD_SUBMISSION)

    def with_note(self, note: Note) -> Judgement:
        """The same with one more note."""
        return replace(self, notes=(*self.notes, note))

    @property
    def lost_points(self) -> bool:
        """Whether a check earned less than it could, or one worth nothing did not pass."""
        return any(
            check.points < check.max_points
            or (check.is_worthless and check.verdict not in (Verdict.PASSED, Verdict.SKIPPED))
            for check in self.checks
        )

    def for_student(self, feedback: Feedback) -> StudentView:
        """What its student may see of it."""
        told, values = feedback != Feedback.VERDICT, feedback == Feedback.FULL
        return StudentView(
            student=self.student,
            lab=self.lab,
            level=self.level,
            status=self.status,
            reason=self.reason,
            score=self.score,
            max_score=self.max_score,
            bonus=self.bonus,
            seconds=self.seconds,
            checks=tuple(_for_student(check, told=told, values=values) for check in self.checks),
            mistakes=self.mistakes if told else (),
            advice=self.advice if told else (),
            notes=tuple(note.text for note in self.notes if note.audience == Audience.STUDENT),
            cells=self.cells,
            curves=self.curves if told else (),
        )

    def family_points(self) -> dict[str, float]:
        """Points earned per family, which is per grade cell."""
        return family_points(self.checks)

    def scored(self) -> Judgement:
        """The same with its points added up.

        A gate that did not hold takes them all; a fault of ours is no verdict.
        """
        checks = self.checks
        closed = [check for check in checks if check.gate and check.verdict == Verdict.WRONG]
        if closed:
            checks = tuple(replace(check, points=0.0) for check in checks)
        faults = [check for check in checks if check.verdict.is_grader_fault]
        marks = (Note(check.message, Audience.INSTRUCTOR) for check in closed)
        return replace(
            self,
            checks=checks,
            score=total(check for check in checks if not check.bonus),
            bonus=total(check for check in checks if check.bonus),
            status=Status.NOT_GRADED if faults else self.status,
            reason=faults[0].message if faults else self.reason,
            notes=(*self.notes, *marks),
        )


def _for_student(check: CheckResult, *, told: bool, values: bool) -> StudentCheck:
    about = {field.name: getattr(check, field.name) for field in fields(StudentCheck)}
    shown = {"message": check.told if told else "", "detail": check.detail if values else ""}
    return StudentCheck(**about | shown)


def family_points(checks: Iterable[CheckResult | StudentCheck]) -> dict[str, float]:
    """Points earned per family, which is per grade cell."""
    points: dict[str, float] = {}
    for check in checks:
        points[check.family] = points.get(check.family, 0.0) + check.points
    return points


def total(checks: Iterable[CheckResult]) -> float:
    """The sum of the checks' points, rounded so that thirds add up."""
    return round(sum(check.points for check in checks), 6)
