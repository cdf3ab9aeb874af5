"""Moodle's grades: for its gradebook import, or filled into an assignment's grading worksheet.

The rules are those of its offline grading worksheet (https://github.com/moodle/moodle,
mod/assign/feedback/offline).
"""

from __future__ import annotations

import html
import shlex
from collections.abc import Mapping

from autograder.course import tables
from autograder.errors import UsageError
from autograder.integrations.lms.grades import Export, Grades, Label, matched
from autograder.integrations.lms.worksheets import Worksheet, worksheet
from autograder.record.results import to_csv
from autograder.text import for_spreadsheet


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


def filled(grades: Grades, template: str, scale: Mapping[str, float] | None = None) -> Export:
    """A grading worksheet that was downloaded from a Moodle assignment, in any language, filled in
    with the grades and feedback of one lab. Separators and decimal commas stay what they are.

    Args:
        grades: of one lab.
        template: the downloaded file's text. Its identifiers ("Participant 123") cannot be made up.
        scale: for an assignment that is graded by words: from how many points on each is given.

    Raises:
        UsageError: it is no worksheet, there is not exactly one lab, or a scale is missing or has
            other words.
    """
    if len(grades.most) != 1:
        raise UsageError(
            f"a worksheet is for one assignment: name one lab, found "
            f"{', '.join(grades.most) or 'none'}"
        )
    (lab,) = grades.most
    sheet = worksheet(tables.parsed(template))
    _check_scale(sheet, scale or {})
    rows = [list(row) for row in sheet.table.rows]
    people, unmatched = matched([label(sheet, row) for row in rows], grades, "the worksheet")
    findings = [*unmatched, *_converted(sheet, grades, lab)]
    for row, person in zip(rows, people, strict=True):
        if person is not None and (person.student, lab) in grades.scores:
            findings += _fill(row, sheet, grades, person.student, lab, scale or {})
    delimiter = sheet.table.delimiter
    if delimiter != ",":
        shown = {";": "semicolons", "\t": "tabs"}[delimiter]
        findings.append(
            f"cells are separated by {shown}, as in the template: say so when uploading"
        )
    body = [
        [cell if cell == "-" else for_spreadsheet(cell) for cell in row]
        for row in [list(sheet.table.head), *rows]
    ]  # "-" is Moodle's "never"
    bom = template.startswith(tables.BOM)
    return Export(tables.written(body, delimiter), tuple(findings), bom)


def label(sheet: Worksheet, row: list[str]) -> Label:
    """Whose row it is: by participant, address and whatever else stands before the status."""
    before = row[1 : sheet.grade]
    participant = f"Participant {sheet.participant(row)}"
    spoken = row[sheet.name] if sheet.name is not None else ""
    return Label(row[sheet.identifier], [participant, *before], spoken)


def _check_scale(sheet: Worksheet, scale: Mapping[str, float]) -> None:
    if sheet.scale and not scale:
        words = ", ".join(f"`{word}`" for word in sheet.scale)
        raise UsageError(
            f"this assignment is graded by words, {words}: say from how many points on each is "
            f"given: --scale '{sheet.scale[-1]}=18,...'"
        )
    if unknown := [word for word in scale if word not in sheet.scale]:
        words = ", ".join(f"`{word}`" for word in sheet.scale)
        raise UsageError(
            f"--scale has `{unknown[0]}`, the assignment "
            f"{f'the words {words}' if words else 'is graded in points'}"
        )


def _converted(sheet: Worksheet, grades: Grades, lab: str) -> list[str]:
    most = grades.most[lab]
    if sheet.most is None or abs(sheet.most - most) <= 0.005:
        return []
    return [
        f"`{lab}` has {most:g} points, its assignment in Moodle {sheet.most:g}: scores are "
        f"converted, {most:g} to {sheet.most:g}"
    ]


def _fill(
    row: list[str],
    sheet: Worksheet,
    grades: Grades,
    student: str,
    lab: str,
    scale: Mapping[str, float],
) -> list[str]:
    """Fill in one student's row; what its reader must know."""
    if sheet.is_locked(row):
        return [f"`{student}`: Moodle says that this grade cannot be changed; left as it was"]
    score, most = grades.scores[student, lab], grades.most[lab]
    findings = []
    if sheet.most is None:
        reached = [word for word in scale if score >= scale[word] - 1e-9]
        if not reached:
            return [f"`{student}` has {score:g} points, for which --scale has no word"]
        row[sheet.grade] = max(reached, key=lambda word: scale[word])
    else:
        given = score * sheet.most / most if most else score
        if given > sheet.most:
            findings.append(
                f"`{student}` has {given:g} of {sheet.most:g} points; Moodle "
                f"takes no more than {sheet.most:g}"
            )
        text = f"{min(given, sheet.most):.2f}"
        comma = sheet.table.decimal_comma or "," in row[sheet.grade + 1]
        row[sheet.grade] = text.replace(".", ",") if comma else text
    said = grades.comments.get((student, lab))
    if sheet.feedback is not None and said:
        row[sheet.feedback] = html.escape(said).replace("\n", "<br>")
    return findings
