"""`results.json` and `grades.csv`: what a run says, for programs and spreadsheets.

The schema of `results.json` is published in docs/results.schema.json, made from the types here.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from autograder import files, text
from autograder.course.labs import Lab
from autograder.model import CheckResult, Judgement, Level, Mistake, Note, Status, Verdict

SCHEMA = 1


class CheckOutcome(msgspec.Struct, frozen=True):
    """A check of a submission. `message` holds what was wrong, values included."""

    name: str
    title: str
    verdict: Verdict
    points: float
    max_points: float
    message: str
    seconds: float


class SubmissionResult(msgspec.Struct, frozen=True):
    """A submission. `seed` draws its hidden inputs again; `sandbox` is how it was confined.

    `score` and `bonus` are null where there is none: its `status` is `needs_eye` (it cannot be
    read, or needs what the grader does not have) or `not_graded` (through a fault of ours).
    """

    student: str
    status: Status
    reason: str | None
    score: float | None
    max_score: float
    bonus: float | None
    seconds: float
    seed: int
    sandbox: Level
    checks: list[CheckOutcome]
    mistakes: list[Mistake]
    advice: list[str]
    notes: list[Note]


class LabResults(msgspec.Struct, frozen=True):
    """The content of `results.json`.

    `sandbox` is the weakest level of any submission; `seed` is null where each has its own.
    """

    schema: int
    lab: str
    seed: int | None
    sandbox: Level
    submissions: list[SubmissionResult]


def results(lab: Lab, judgements: Sequence[Judgement]) -> LabResults:
    """The results of one lab."""
    seeds = {judgement.seed for judgement in judgements}
    return LabResults(
        schema=SCHEMA,
        lab=lab.name,
        seed=seeds.pop() if len(seeds) == 1 else None,
        sandbox=weakest(judgements),
        submissions=[_submission(judgement) for judgement in judgements],
    )


def weakest(judgements: Iterable[Judgement]) -> Level:
    """The level of the submission that was confined least."""
    order = list(Level)
    return max((j.level for j in judgements), key=order.index, default=Level.NONE)


def as_json(content: LabResults) -> bytes:
    """The text of `results.json`."""
    return text.as_json(content, indent=1) + b"\n"


def read(path: Path) -> LabResults:
    """What `write_lab` wrote.

    Raises:
        OSError: there is no such file.
        ValueError: it is not what `write_lab` writes.
    """
    return msgspec.json.decode(path.read_bytes(), type=LabResults)


def _submission(judgement: Judgement) -> SubmissionResult:
    return SubmissionResult(
        student=judgement.student,
        status=judgement.status,
        reason=judgement.reason,
        score=judgement.score if judgement.status.has_score else None,
        max_score=judgement.max_score,
        bonus=judgement.bonus if judgement.status.has_score else None,
        seconds=judgement.seconds,
        seed=judgement.seed,
        sandbox=judgement.level,
        checks=[_check(check) for check in judgement.checks],
        mistakes=list(judgement.mistakes),
        advice=list(judgement.advice),
        notes=list(judgement.notes),
    )


def _check(check: CheckResult) -> CheckOutcome:
    return CheckOutcome(
        name=check.name,
        title=check.title,
        verdict=check.verdict,
        points=check.points,
        max_points=check.max_points,
        message=f"{check.told}: {check.detail}" if check.detail else check.told,
        seconds=check.seconds,
    )


def write_lab(folder: Path, lab: Lab, judgements: Sequence[Judgement]) -> None:
    """Write `results.json` and `grades.csv` of one lab into `folder`.

    Raises:
        OSError: one cannot be written.
    """
    files.write(folder / "results.json", as_json(results(lab, judgements)))
    families = list(lab.families)
    head = ["student", "status", "score", "max_score", "bonus", *families, "sandbox", "reason"]
    rows: list[list[Any]] = [head]
    for judgement in judgements:
        earned = judgement.family_points()
        by_family = [_points(earned.get(family, 0.0)) for family in families]
        scores = [_points(judgement.score), _points(judgement.max_score), _points(judgement.bonus)]
        if not judgement.status.has_score:  # a program that adds up a column must not find a 0
            scores, by_family = ["", scores[1], ""], ["" for _ in families]
        about = [judgement.student, str(judgement.status), *scores]
        rows.append([*about, *by_family, str(judgement.level), judgement.reason or ""])
    files.write(folder / "grades.csv", to_csv(rows))


def write_course(
    path: Path, labs: Sequence[Lab], judgements: Mapping[str, Mapping[str, Judgement]]
) -> None:
    """Write the course's `grades.csv`: one row a student, one column a lab; empty where nothing was
    handed in or graded.

    Args:
        path: the file.
        labs: the columns.
        judgements: by lab, by student.

    Raises:
        OSError: it cannot be written.
    """
    students = sorted({student for graded in judgements.values() for student in graded})
    rows: list[list[Any]] = [["student", *(lab.name for lab in labs)]]
    for student in students:
        scores = (_score(judgements.get(lab.name, {}).get(student)) for lab in labs)
        rows.append([student, *scores])
    files.write(path, to_csv(rows))


def to_csv(rows: Iterable[Sequence[Any]]) -> str:
    """Rows as CSV in which no cell can be a formula or hold control characters."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for row in rows:
        writer.writerow([text.for_spreadsheet(str(value)) for value in row])
    return buffer.getvalue()


def _points(value: float) -> str:
    return f"{value:g}"


def _score(judgement: Judgement | None) -> str:
    if judgement is None or not judgement.status.has_score:
        return ""
    return _points(judgement.score + judgement.bonus)
