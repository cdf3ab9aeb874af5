"""Canvas's gradebook: from scratch, or filled into one that was exported from there.

The rules are those of its importer (https://github.com/instructure/canvas-lms,
lib/gradebook_importer.rb).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from autograder.errors import UsageError
from autograder.integrations.lms.grades import Export, Grades, matched, number, padded, rows_of
from autograder.record.results import to_csv

HEAD = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
_KEYS = ("ID", "SIS User ID", "SIS Login ID")


def new(grades: Grades) -> Export:
    """A gradebook for Canvas from scratch.

    Canvas matches by login, and makes an assignment for each title it does not know.
    """
    rows: list[list[str]] = [[*HEAD, *(grades.titles[lab] for lab in grades.most)]]
    rows.append(
        ["    Points Possible", "", "", "", "", *(f"{points:g}" for points in grades.most.values())]
    )
    for person in grades.people.values():
        name = (
            ", ".join(part for part in (person.last_name, person.first_name) if part)
            or person.student
        )
        rows.append(
            [
                name,
                "",
                person.lms_id,
                person.student,
                "",
                *(grades.score_text(person.student, lab) for lab in grades.most),
            ]
        )
    return Export(to_csv(rows))


def filled(grades: Grades, template: str) -> Export:
    """A gradebook that was exported from Canvas, with our labs' columns filled in and all other
    assignments left out.

    Args:
        grades: a lab's column is headed by its title or name, as `Title (1234)`; one without a
            column is left out, and named.
        template: the exported file's text.

    Raises:
        UsageError: it is no export from Canvas, or has no column for any lab, or several for one.
    """
    rows = rows_of(template)
    head = rows[0] if rows else []
    if head[:2] != ["Student", "ID"] or "Section" not in head:
        raise UsageError(
            f"this is no gradebook exported from Canvas: it begins with "
            f"`{','.join(head)[:80]}`, needs `Student,ID,...,Section`"
        )
    known = head[: head.index("Section") + 1]
    columns = {
        lab: column
        for lab in grades.most
        if (column := _column(head, grades.titles[lab], lab)) is not None
    }
    if not columns:
        assignments = ", ".join(f"`{text}`" for text in head if re.search(r"\(\d+\)\s*$", text))
        raise UsageError(
            f"no column is headed "
            f"{' or '.join(f'`{title}`' for title in grades.titles.values())}. "
            f"Make the assignments in Canvas and "
            f"export again. Its assignments are {assignments or 'none'}"
        )
    left_out = [lab for lab in grades.most if lab not in columns]
    grades = grades.only(list(columns))
    body = [padded(row, len(head)) for row in rows[1:]]
    students = [row for row in body if not _no_student(row)]
    people_of, findings = matched(students, head, _KEYS, "Student", grades, "the file from Canvas")
    findings = [
        *(f"`{lab}` has no column in the file from Canvas; left out" for lab in left_out),
        *findings,
    ]
    for row in body:
        if row[0].strip().startswith("Points Possible"):
            wrong = [
                (lab, row[column])
                for lab, column in columns.items()
                if number(row[column]) not in (None, grades.most[lab])
            ]
            findings += [
                f"`{lab}` has {grades.most[lab]:g} points, its assignment in Canvas {said}"
                for lab, said in wrong
            ]
    people = iter(people_of)
    made = [[*known, *(head[column] for column in columns.values())]]
    for row in body:
        person = None if _no_student(row) else next(people)
        values = [row[column] for column in columns.values()]
        if person is not None:
            scores = [grades.score_text(person.student, lab) for lab in columns]
            values = [
                old if old.strip().upper() == "EX" else given or old
                for given, old in zip(scores, values, strict=True)
            ]
        made.append([*row[: len(known)], *values])
    return Export(to_csv(made), tuple(findings))


def _column(head: Sequence[str], title: str, lab: str) -> int | None:
    wanted = {title.casefold(), lab.casefold()}
    found = [
        n
        for n, text in enumerate(head)
        if re.sub(r"\s*\(\d+\)\s*$", "", text).strip().casefold() in wanted
    ]
    if len(found) > 1:
        raise UsageError(f"{len(found)} columns are headed `{title}` or `{lab}`; one is needed")
    return found[0] if found else None


def _no_student(row: Sequence[str]) -> bool:
    """Canvas's rows of points, and of manual posting, above the students; its test student below
    them.
    """
    return (
        not "".join(row).strip()
        or row[0].strip().startswith("Points Possible")
        or not any(row[1:4])
        or row[0] == "Student, Test"
    )
