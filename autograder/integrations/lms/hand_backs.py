"""Feedback as each system takes it back: Canvas's and Moodle's zips, a table for mail merges.

The rules are those of Canvas's `infer_comment_context_from_filename`
(https://github.com/instructure/canvas-lms, app/models/abstract_assignment.rb) and of Moodle's
`mod/assign/feedback/file/importziplib.php` (https://github.com/moodle/moodle).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder import files
from autograder.course import tables
from autograder.course.collected import Origin
from autograder.course.roster import Person
from autograder.integrations.lms.grades import Grades, matched
from autograder.integrations.lms.moodle import label
from autograder.integrations.lms.worksheets import Worksheet
from autograder.text import for_spreadsheet


@dataclass(frozen=True)
class Participant:
    """A student as a Moodle assignment numbers them."""

    name: str
    number: str


def zipped(contents: Mapping[str, bytes]) -> bytes:
    """A zip of files by their names in it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(contents.items()):
            archive.writestr(files.zip_entry(name, mode=files.PRIVATE), content)
    return buffer.getvalue()


def for_canvas(origin: Origin) -> str:
    """What Canvas recognizes a file of feedback by, under *Upload Submissions*: the name that it
    gave to the one that was handed in.

    It shows the file to the student under the name of that one, whatever it is called here.
    """
    anonymous = origin.who == "anon" and not origin.number.isdigit()
    if anonymous:
        return f"anon_{origin.number}_{origin.attachment}_{origin.file}"
    late = "_LATE" if origin.late else ""
    return f"{origin.who}{late}_{origin.number}_{origin.attachment}_{origin.file}"


def for_moodle(participant: Participant, name: str) -> str:
    """What Moodle recognizes a file of feedback by, under *Upload multiple feedback files in a
    zip*: the folder that it gave to what was handed in.
    """
    who = re.sub(r"[_/\\]", " ", participant.name).strip() or "Participant"
    return f"{who}_{participant.number}_assignsubmission_file/{name}"


def participants(sheet: Worksheet, grades: Grades) -> tuple[dict[str, Participant], list[str]]:
    """Students by Moodle's numbers in a grading worksheet, and who could not be matched."""
    rows = [list(row) for row in sheet.table.rows]
    people, findings = matched([label(sheet, row) for row in rows], grades, "the worksheet")
    found = {
        person.student: Participant(
            row[sheet.name] if sheet.name is not None else "", sheet.participant(row)
        )
        for row, person in zip(rows, people, strict=True)
        if person is not None
    }
    return found, findings


def mail_table(grades: Grades, lab: str, pages: Mapping[str, Path]) -> tuple[str, list[str]]:
    """A table for a mail merge, a row for each student with a page, and who has no address.

    Args:
        grades: what stands in the columns.
        lab: the lab.
        pages: each student's page, to be attached.
    """
    head = ["email", "first_name", "last_name", "student", "lab", "score", "max_score", "page"]
    rows: list[Sequence[str]] = [head]
    findings = []
    for student, page in pages.items():
        person = grades.people.get(student, Person(student))
        email = person.email or (student if "@" in student else "")
        if not email:
            findings.append(f"`{student}` has no e-mail address: `autograder roster import`")
            continue
        about = [email, person.first_name, person.last_name, student, grades.titles.get(lab, lab)]
        most = f"{grades.most[lab]:g}" if lab in grades.most else ""
        row = [*about, grades.score_text(student, lab), most]
        rows.append([*map(for_spreadsheet, row), str(page)])
    return tables.written(rows, bom=True), findings
