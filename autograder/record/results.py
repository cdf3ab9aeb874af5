"""`results.json` and `grades.csv`: what a run says, for programs and spreadsheets.

The schema of `results.json` is published in docs/results.schema.json, made from the types here.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from autograder import files, text
from autograder.course.labs import Lab
from autograder.model import CheckResult, Judgement, Level, Mistake, Note, Status, Verdict
from autograder.record.finals import NOBODY, Final, outcome

SCHEMA = 1
WHOLE, LINES = "results.json", "results.jsonl"
Kind = TypeVar("Kind", bound=msgspec.Struct)
NO_LAB: Mapping[str, Mapping[str, Final]] = {}
MOST_WHOLE = 5000  # submissions in `results.json`


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


def results(lab: Lab, judgements: Iterable[Judgement]) -> LabResults:
    """The results of one lab."""
    found = [_submission(judgement) for judgement in judgements]
    return replace(_about(lab, found), submissions=found)


def _about(lab: Lab, found: Iterable[SubmissionResult]) -> LabResults:
    """What holds of a lab's submissions together; they themselves are left out."""
    seeds: set[int] = set()
    levels: set[Level] = set()
    for one in found:
        levels.add(one.sandbox)
        if len(seeds) < 2:
            seeds.add(one.seed)
    return LabResults(
        schema=SCHEMA,
        lab=lab.name,
        seed=seeds.pop() if len(seeds) == 1 else None,
        sandbox=_weakest(levels),
        submissions=[],
    )


def _lines(about: LabResults, judgements: Iterable[Judgement]) -> Iterator[bytes]:
    """The results as JSON Lines: each line has one submission, and obeys the schema by itself."""
    for judgement in judgements:
        yield text.as_json(replace(about, submissions=[_submission(judgement)])) + b"\n"


def _weakest(levels: Iterable[Level]) -> Level:
    """The level that confines least."""
    return max(levels, key=list(Level).index, default=Level.NONE)


def as_json(content: LabResults) -> bytes:
    """The text of `results.json`."""
    return text.as_json(content, indent=1) + b"\n"


def written(folder: Path) -> Path | None:
    """The file of results in a lab's folder; None where there is none."""
    for name in (WHOLE, LINES):
        if (folder / name).is_file():
            return folder / name
    return None


def read(path: Path, kind: type[Kind]) -> Iterator[Kind]:
    """What `write_lab` wrote, in parts: all of it, or a submission at a time.

    Args:
        path: as `written` found it.
        kind: a structure that has those fields of `LabResults` that are wanted.

    Raises:
        OSError: there is no such file.
        ValueError: it is not what `write_lab` writes.
    """
    decoder = msgspec.json.Decoder(kind)
    if path.name != LINES:
        yield decoder.decode(path.read_bytes())
        return
    with open(path, "rb") as file:
        yield from map(decoder.decode, file)


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


def write_lab(folder: Path, lab: Lab, judgements: Collection[Judgement]) -> None:
    """Write the results and `grades.csv` of one lab into `folder`.

    Args:
        folder, lab, judgements: see `write_results`.

    Raises:
        OSError: one cannot be written.
    """
    write_results(folder, lab, judgements)
    write_grades(folder, lab, judgements, NOBODY)


def write_results(folder: Path, lab: Lab, judgements: Collection[Judgement]) -> None:
    """Write `results.json` of one lab into `folder`; for more than `MOST_WHOLE` submissions,
    `results.jsonl` in its place.

    Args:
        folder: the lab's folder of results.
        lab: the lab.
        judgements: gone through several times, one at a time.

    Raises:
        OSError: one cannot be written.
    """
    if len(judgements) <= MOST_WHOLE:
        files.write(folder / WHOLE, as_json(results(lab, judgements)))
        (folder / LINES).unlink(missing_ok=True)
    else:
        about = _about(lab, map(_submission, judgements))
        files.write(folder / LINES, _lines(about, judgements))
        (folder / WHOLE).unlink(missing_ok=True)


def write_grades(
    folder: Path, lab: Lab, judgements: Iterable[Judgement], finals: Mapping[str, Final]
) -> None:
    """Write a lab's `grades.csv`: what the checks gave, what is final, and what lies between.

    Args:
        folder: the lab's folder of results.
        lab: the lab.
        judgements: gone through once.
        finals: of students for whom a gradebook has points by hand or a penalty.

    Raises:
        OSError: it cannot be written.
    """
    files.write(folder / "grades.csv", csv_lines(_grades(lab, judgements, finals)))


def _grades(
    lab: Lab, judgements: Iterable[Judgement], finals: Mapping[str, Final]
) -> Iterator[list[Any]]:
    """The rows of a lab's `grades.csv`."""
    families = list(lab.families)
    head = ["student", "status", "score", "max_score", "bonus", *families, "sandbox", "reason"]
    yield [*head, "by_hand", "late", "final"]
    for judgement in judgements:
        earned = judgement.family_points()
        by_family = [_points(earned.get(family, 0.0)) for family in families]
        scores = [_points(judgement.score), _points(judgement.max_score), _points(judgement.bonus)]
        if not judgement.status.has_score:  # a program that adds up a column must not find a 0
            scores, by_family = ["", scores[1], ""], ["" for _ in families]
        about = [judgement.student, str(judgement.status), *scores]
        end = outcome(judgement, finals.get(judgement.student))
        parts = [_points(end.by_hand), _points(end.late)] if end.final is not None else ["", ""]
        final = "" if end.final is None else _points(end.final)
        told = [str(judgement.level), judgement.reason or ""]
        yield [*about, *by_family, *told, *parts, final]


def write_course(
    path: Path,
    labs: Sequence[Lab],
    judgements: Mapping[str, Mapping[str, Judgement]],
    finals: Mapping[str, Mapping[str, Final]] = NO_LAB,
) -> None:
    """Write the course's `grades.csv`: one row a student, one column a lab, and another, with what
    is final, for a lab in which that differs; empty where nothing was handed in or graded.

    Args:
        path: the file.
        labs: the columns.
        judgements: by lab, by student.
        finals: the same, of students for whom a gradebook has points by hand or a penalty.

    Raises:
        OSError: it cannot be written.
    """
    students = sorted({student for graded in judgements.values() for student in graded})

    def columns(lab: str) -> list[str]:
        return [lab, f"{lab}/final"] if finals.get(lab) else [lab]

    def cells(lab: str, student: str) -> list[str]:
        judgement = judgements.get(lab, {}).get(student)
        if judgement is None:
            return [""] * len(columns(lab))
        end = outcome(judgement, finals.get(lab, NOBODY).get(student))
        found = [end.checks, end.final][: len(columns(lab))]
        return ["" if points is None else _points(points) for points in found]

    def rows() -> Iterator[list[Any]]:
        yield ["student", *(name for lab in labs for name in columns(lab.name))]
        for student in students:
            yield [student, *(cell for lab in labs for cell in cells(lab.name, student))]

    files.write(path, csv_lines(rows()))


def to_csv(rows: Iterable[Sequence[Any]]) -> str:
    """Rows as CSV in which no cell can be a formula or hold control characters."""
    return "".join(csv_lines(rows))


def csv_lines(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The same line by line."""
    for row in rows:
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow([text.for_spreadsheet(str(value)) for value in row])
        yield buffer.getvalue()


def _points(value: float) -> str:
    return f"{value:g}"
