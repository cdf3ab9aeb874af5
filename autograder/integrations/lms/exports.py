"""Grades for others' systems.

Canvas, Moodle, and a plain table with a column per check. Also as nbgrader's export plugins.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
from nbgrader.plugins import CsvExportPlugin, ExportPlugin
from traitlets import Unicode

from autograder import files
from autograder.course import labs as course
from autograder.course import roster as rosters
from autograder.course.tables import number
from autograder.errors import UsageError
from autograder.integrations.lms import canvas, moodle
from autograder.integrations.lms.grades import Export, Grades, from_gradebook
from autograder.model import Status
from autograder.record import results as recorded
from autograder.record.results import to_csv


def plain(grades: Grades, results: Mapping[str, Mapping[str, Any]]) -> Export:
    """One row a student; for each lab its score and a column `<lab>/<check>` for each check.

    Args:
        grades: the scores, with everything that was given by hand.
        results: by lab, the content of its `results.json`.
    """
    head = ["student", "last_name", "first_name", "email"]
    columns: dict[str, list[str]] = {}
    earned: dict[tuple[str, str], dict[str, float]] = {}
    for lab in grades.most:
        judged = [
            one
            for one in results.get(lab, {}).get("submissions", [])
            if Status(one["status"]).has_score
        ]
        columns[lab] = list(
            dict.fromkeys(check["name"] for one in judged for check in one["checks"])
        )
        earned |= {
            (one["student"], lab): {check["name"]: check["points"] for check in one["checks"]}
            for one in judged
        }
        head += [lab, *(f"{lab}/{name}" for name in columns[lab])]
    rows = [head]
    for person in grades.people.values():
        row = [person.student, person.last_name, person.first_name, person.email]
        for lab, names in columns.items():
            gained = earned.get((person.student, lab))
            row += [
                grades.score_text(person.student, lab),
                *("" if gained is None else f"{gained.get(name, 0.0):g}" for name in names),
            ]
        rows.append(row)
    return Export(to_csv(rows), bom=True)


class _Check(msgspec.Struct):
    name: str
    points: float


class _Submission(msgspec.Struct):
    student: str
    status: Status
    checks: list[_Check]


class _Results(msgspec.Struct):
    """What `plain` needs of a lab's results."""

    submissions: list[_Submission]


def read_results(folder: Path, labs: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Of each lab's results in the output folder of `autograder grade`, what `plain` needs; labs
    without any are left out.
    """
    found: dict[str, dict[str, Any]] = {}
    for lab in labs:
        path = recorded.written(folder / lab)
        if path is not None:
            parts = recorded.read(path, _Results)
            whole = _Results([one for part in parts for one in part.submissions])
            found[lab] = msgspec.to_builtins(whole)
    return found


def scale(text: str) -> dict[str, float]:
    """From how many points on each word of a scale is given, as in `Good=18,Fair=10,Poor=0`.

    Raises:
        UsageError: it is not of this form.
    """
    found: dict[str, float] = {}
    for part in text.split(",") if text else ():
        word, _, points = part.rpartition("=")
        least = number(points)
        if not word.strip() or least is None:
            raise UsageError(f"--scale `{text}` must be as 'Good=18,Fair=10,Poor=0'")
        found[word.strip()] = least
    return found


def file_name(system: str, labs: Sequence[str]) -> str:
    """What the file for a system is called: a worksheet of Moodle is for one lab."""
    if system == "csv":
        return "checks.csv"
    return f"{system}-{labs[0]}.csv" if len(labs) == 1 else f"{system}.csv"


def make(
    system: str,
    grades: Grades,
    template: Path | None,
    results: Path,
    scale: Mapping[str, float] | None = None,
) -> Export:
    """The file for Canvas or Moodle, or a plain table.

    Args:
        system: `canvas`, `moodle` or `csv`.
        grades: what goes into it.
        template: a file downloaded from the system, to be filled in.
        results: the output folder of `autograder grade`, for the plain table's columns.
        scale: for a Moodle assignment that is graded by words: from how many points on each is
            given.

    Raises:
        UsageError: the template cannot be read or is not what the system exports.
    """
    made = _made(system, grades, template, results, scale)
    eyes = [
        f"`{student}` has no score in `{lab}`: it needs your eye, or was not graded"
        for student, lab in grades.without_score
    ]
    return replace(made, findings=(*eyes, *made.findings))


def _made(
    system: str,
    grades: Grades,
    template: Path | None,
    results: Path,
    scale: Mapping[str, float] | None,
) -> Export:
    if system == "csv":
        if template is not None:
            raise UsageError("a plain table has no template to fill in: leave --template out")
        return plain(grades, read_results(results, grades.most))
    if template is None:
        return canvas.new(grades) if system == "canvas" else moodle.new(grades)
    try:
        text = template.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError(
            f"`{template}` is not text in UTF-8; export it again without opening "
            f"it in a spreadsheet"
        ) from None
    except OSError as error:
        raise UsageError(f"`{template}` cannot be read: {error.strerror}") from None
    return canvas.filled(grades, text) if system == "canvas" else moodle.filled(grades, text, scale)


class _Exporter(ExportPlugin):  # type: ignore[misc]
    """What our export plugins share: reading, writing, and saying what could not be matched."""

    system = "csv"
    template = Unicode("", help="A file downloaded from the system, to be filled in.").tag(
        config=True
    )
    results = Unicode("graded", help="The output folder of `autograder grade`.").tag(config=True)

    def export(self, gradebook: Any) -> None:
        """Write the file that `--to` names."""
        coursedir: Any = getattr(self.parent, "coursedir", None)
        titles = (
            {lab.name: lab.title for lab in course.find(Path(coursedir.root), ())}
            if coursedir is not None
            else {}
        )
        roster = rosters.read(Path(coursedir.root)) if coursedir is not None else None
        grades = from_gradebook(gradebook, titles, roster).only(
            [str(lab) for lab in self.assignment], [str(name) for name in self.student]
        )
        made = make(
            self.system, grades, Path(self.template) if self.template else None, Path(self.results)
        )
        for finding in made.findings:
            self.log.warning(finding)
        files.write(Path(self.to or "grades.csv"), made.content)


class GradesExporter(CsvExportPlugin):  # type: ignore[misc]
    """nbgrader's own table, in which a submission without a score has none: nbgrader writes 0."""

    def export(self, gradebook: Any) -> None:
        """Write the file that `--to` names."""
        super().export(gradebook)
        path = Path(self.to or "grades.csv")
        head, *rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))
        empty = set(from_gradebook(gradebook, {}).without_score)
        for row in rows:
            cell = dict(zip(head, row, strict=False))
            if (cell["student_id"], cell["assignment"]) in empty:
                self.log.warning("`%s` has no score in %s", cell["student_id"], cell["assignment"])
                for name in ("raw_score", "late_submission_penalty", "score"):
                    row[head.index(name)] = ""
        files.write(path, to_csv([head, *rows]))


class CanvasExporter(_Exporter):
    """`nbgrader export --exporter=autograder.integrations.lms.exports.CanvasExporter
    --CanvasExporter.template=exported.csv`.
    """

    system = "canvas"


class MoodleExporter(_Exporter):
    """`nbgrader export --exporter=autograder.integrations.lms.exports.MoodleExporter
    --MoodleExporter.template=worksheet.csv`.
    """

    system = "moodle"


class ChecksExporter(_Exporter):
    """`nbgrader export --exporter=autograder.integrations.lms.exports.ChecksExporter`."""
