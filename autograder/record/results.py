"""`results.json` and `grades.csv`."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from autograder.course.labs import Lab
from autograder.model import CheckResult, Judgement, Status
from autograder.record.journal import atomic

SCHEMA = 1
_CHECK_FIELDS = ("name", "title", "verdict", "points", "max_points", "message", "seconds")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def results(lab: Lab, judgements: Sequence[Judgement], seed: int, level: str) -> dict[str, Any]:
    """The content of `results.json` for one lab, schema 1."""
    return {
        "schema": SCHEMA,
        "lab": lab.name,
        "seed": seed,
        "sandbox": level,
        "submissions": [_submission(judgement) for judgement in judgements],
    }


def _submission(judgement: Judgement) -> dict[str, Any]:
    return {
        "student": judgement.student,
        "status": str(judgement.status),
        "reason": judgement.reason,
        "score": judgement.score,
        "max_score": judgement.max_score,
        "bonus": judgement.bonus,
        "seconds": judgement.seconds,
        "checks": [_check(check) for check in judgement.checks],
        "mistakes": [
            {"name": mistake.name, "hint": mistake.hint} for mistake in judgement.mistakes
        ],
        "advice": list(judgement.advice),
        "notes": list(judgement.notes),
    }


def _check(check: CheckResult) -> dict[str, Any]:
    message = f"{check.message}: {check.detail}" if check.detail else check.message
    return {name: getattr(check, name) for name in _CHECK_FIELDS} | {"message": message}


def write_lab(
    folder: Path, lab: Lab, judgements: Sequence[Judgement], seed: int, level: str
) -> None:
    """Write `results.json` and `grades.csv` of one lab into `folder`."""
    atomic(
        folder / "results.json", json.dumps(results(lab, judgements, seed, level), indent=1) + "\n"
    )
    families = list(lab.families)
    rows: list[list[Any]] = [
        ["student", "status", "score", "max_score", "bonus", *families, "sandbox", "reason"]
    ]
    for judgement in judgements:
        earned = judgement.family_points()
        by_family = [f"{earned.get(family, 0.0):g}" for family in families]
        head = [
            judgement.student,
            str(judgement.status),
            *map(_points, (judgement.score, judgement.max_score, judgement.bonus)),
        ]
        rows.append([*head, *by_family, level, judgement.reason or ""])
    atomic(folder / "grades.csv", to_csv(rows))


def write_course(
    path: Path, labs: Sequence[Lab], judgements: dict[str, dict[str, Judgement]]
) -> None:
    """Write the course's `grades.csv`: one row a student, one column a lab; empty where nothing was
    handed in or graded.

    Args:
        path: the file.
        labs: the columns.
        judgements: by lab, by student.
    """
    students = sorted({student for graded in judgements.values() for student in graded})
    rows: list[list[Any]] = [["student", *(lab.name for lab in labs)]]
    rows += [
        [student, *(_score(judgements.get(lab.name, {}).get(student)) for lab in labs)]
        for student in students
    ]
    atomic(path, to_csv(rows))


def to_csv(rows: Iterable[Sequence[Any]]) -> str:
    """Rows as CSV in which no cell can be a formula or hold control characters."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for row in rows:
        writer.writerow([safe_cell(str(value)) for value in row])
    return buffer.getvalue()


def safe_cell(text: str) -> str:
    """The text as a spreadsheet shows it and never runs it: formulas get an apostrophe, control
    characters a replacement.
    """
    if text.startswith(_FORMULA) and not _is_number(text):
        text = f"'{text}"
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def plain(text: str) -> str:
    """Text without control or direction characters, which XML cannot hold and terminals obey; lines
    stay.
    """
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text.isascii() and not text[1:2].isspace()


def _points(value: float) -> str:
    return f"{value:g}"


def _score(judgement: Judgement | None) -> str:
    if judgement is None or judgement.status == Status.NOT_GRADED:
        return ""
    return _points(judgement.score + judgement.bonus)
