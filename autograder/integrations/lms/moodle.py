"""Moodle's grades: for its gradebook import, or filled into an assignment's grading worksheet.

The rules are those of its offline grading worksheet (https://github.com/moodle/moodle,
mod/assign/feedback/offline).
"""

from __future__ import annotations

import csv
import html
import io
import shlex

from autograder.errors import UsageError
from autograder.integrations.lms.grades import (
    Export,
    Grades,
    Person,
    matched,
    number,
    padded,
    rows_of,
)
from autograder.record.results import to_csv
from autograder.text import for_spreadsheet

_NEEDS = ("Identifier", "Grade", "Last modified (grade)")
_KEYS = ("Identifier", "Email address", "ID number", "Username")


def new(grades: Grades) -> Export:
    """Grades for Moodle's gradebook: Grades, Import, CSV file, mapped by e-mail address."""
    rows: list[list[str]] = [["Email address", *(grades.titles[lab] for lab in grades.most)]]
    findings = []
    for person in grades.people.values():
        email = person.email or (person.student if "@" in person.student else "")
        if not email:
            add = f"nbgrader db student add {shlex.quote(person.student)} --email=..."
            findings.append(f"`{person.student}` has no e-mail address in the gradebook: `{add}`")
            continue
        rows.append([email, *(grades.score_text(person.student, lab) for lab in grades.most)])
    return Export(to_csv(rows), tuple(findings))


def filled(grades: Grades, worksheet: str) -> Export:
    """A grading worksheet that was downloaded from a Moodle assignment, filled in with the grades
    and feedback of one lab.

    Args:
        grades: of one lab.
        worksheet: the downloaded file's text. Its identifiers ("Participant 123") cannot be made
            up.

    Raises:
        UsageError: it is no worksheet in English, there is not exactly one lab, or its points are
            not the assignment's.
    """
    if len(grades.most) != 1:
        raise UsageError(
            f"a worksheet is for one assignment: name one lab, found "
            f"{', '.join(grades.most) or 'none'}"
        )
    ((lab, most),) = grades.most.items()
    rows = rows_of(worksheet)
    head = rows[0] if rows else []
    if missing := [name for name in _NEEDS if name not in head]:
        raise UsageError(
            f"this is no grading worksheet: no column `{missing[0]}` in "
            f"`{','.join(head)[:120]}`. Download it with Moodle in English"
        )
    body = [padded(row, len(head)) for row in rows[1:]]
    people, findings = matched(body, head, _KEYS, "Full name", grades, "the worksheet")
    for row, person in zip(body, people, strict=True):
        if person is not None and (person.student, lab) in grades.scores:
            findings += _fill(row, head, grades, person, lab, most)
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerows(
        [cell if cell == "-" else for_spreadsheet(cell) for cell in row] for row in [head, *body]
    )  # "-" is Moodle's "never"
    return Export(buffer.getvalue(), tuple(findings))


def _fill(
    row: list[str], head: list[str], grades: Grades, person: Person, lab: str, most: float
) -> list[str]:
    """Fill in one student's row; what its reader must know."""
    cell = dict(zip(head, row, strict=True))
    if cell.get("Grade can be changed", "Yes").strip().casefold() == "no":
        return [
            f"`{person.student}`: Moodle says that this grade cannot be changed; left as it was"
        ]
    score = grades.scores[person.student, lab]
    largest = (
        next(
            (number(text) for name, text in cell.items() if name.casefold() == "maximum grade"),
            None,
        )
        or most
    )
    if abs(largest - most) > 0.005:
        raise UsageError(
            f"the assignment's maximum grade in Moodle is {largest:g}, the lab "
            f"has {most:g} points; set it to {most:g} and download again"
        )
    row[head.index("Grade")] = f"{min(score, largest):.2f}"
    if "Feedback comments" in head and grades.comments.get((person.student, lab)):
        row[head.index("Feedback comments")] = html.escape(
            grades.comments[person.student, lab]
        ).replace("\n", "<br>")
    return (
        [
            f"`{person.student}` has {score:g} of {largest:g} points; Moodle "
            f"takes no more than {largest:g}"
        ]
        if score > largest
        else []
    )
