"""Canvas's gradebook: from scratch, or filled into one that was exported from there.

The rules are those of its importer (https://github.com/instructure/canvas-lms,
lib/gradebook_importer.rb).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from autograder.course import tables
from autograder.course.tables import Table, number
from autograder.errors import UsageError
from autograder.integrations.lms.grades import Export, Grades, Label, Person, matched
from autograder.text import for_spreadsheet

HEAD = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
_KEYS = ("ID", "SIS User ID", "SIS Login ID")
_RESERVED = {name.casefold() for name in (*HEAD, "LastName", "FirstName", "Integration ID")}
# Columns of such a name are no assignments to Canvas, wherever in a title it stands.
_SUMS = re.compile(r"\b(Current|Final|Override) (Score|Points|Grade|Status)\b")
_NUMBER = re.compile(r"\s*\((\d+)\)\s*$")  # which Canvas takes for an assignment's own number
MAX_TITLE = 255


def titles(grades: Grades) -> dict[str, str]:
    """Each lab's title, as Canvas takes it for one of an assignment."""
    found: dict[str, str] = {}
    for lab in grades.most:
        title = " ".join(grades.titles[lab].split())[: MAX_TITLE - len(lab) - 3]
        title = _NUMBER.sub(r" - \1", _SUMS.sub(r"\1-\2", title)) or lab
        if title.casefold() in _RESERVED:
            title = f"Lab: {title}"
        if title.casefold() in {one.casefold() for one in found.values()}:
            title = f"{title} [{lab}]"
        found[lab] = title
    return found


def new(grades: Grades) -> Export:
    """A gradebook for Canvas from scratch.

    Canvas matches by login, and makes an assignment for each title it does not know.
    """
    called = titles(grades)
    rows: list[list[str]] = [[*HEAD, *called.values()]]
    rows.append(
        ["    Points Possible", "", "", "", "", *(f"{points:g}" for points in grades.most.values())]
    )
    for person in grades.people.values():
        name = ", ".join(part for part in (person.last_name, person.first_name) if part)
        about = [name or person.student, "", person.lms_id, person.student, person.section]
        rows.append([*about, *(grades.score_text(person.student, lab) for lab in grades.most)])
    changed = tuple(
        f"`{grades.titles[lab]}` is called `{title}`: Canvas would not take it for a title"
        for lab, title in called.items()
        if title != grades.titles[lab]
    )
    return Export(_written(rows, ","), changed)


def filled(grades: Grades, template: str) -> Export:
    """A gradebook that was exported from Canvas, with our labs' columns filled in and all other
    assignments left out. Commas, semicolons and decimal commas stay what they are.

    Args:
        grades: a lab's column is headed by its title or name, as `Title (1234)`; one without a
            column is left out, and named.
        template: the exported file's text.

    Raises:
        UsageError: it is no export from Canvas, or has no column for any lab, or several for one.
    """
    table = tables.parsed(template)
    head = list(table.head)
    if head[:2] != ["Student", "ID"] or "Section" not in head:
        raise UsageError(
            f"this is no gradebook exported from Canvas: it begins with "
            f"`{','.join(head)[:80]}`, needs `Student,ID,...,Section`"
        )
    known = head[: head.index("Section") + 1]
    columns = _columns(head, grades)
    left_out = [lab for lab in grades.most if lab not in columns]
    grades = grades.only(list(columns))
    people_of, unmatched = matched(
        [_label(row, head) for row in table.rows if not _no_student(row)],
        grades,
        "the file from Canvas",
    )
    people = iter(people_of)
    made = [[*known, *(head[column] for column in columns.values())]]
    for row in table.rows:
        person = None if _no_student(row) else next(people)
        values = [row[column] for column in columns.values()]
        if person is not None:
            values = _scores(grades, person, columns, values, table)
        made.append([*row[: len(known)], *values])
    findings = (
        *(f"`{lab}` has no column in the file from Canvas; left out" for lab in left_out),
        *unmatched,
        *_other_points(table, columns, grades),
    )
    bom = template.startswith(tables.BOM)
    return Export(_written(made, table.delimiter), findings, bom)


def _written(rows: Sequence[Sequence[str]], delimiter: str) -> str:
    return tables.written(([for_spreadsheet(cell) for cell in row] for row in rows), delimiter)


def _columns(head: Sequence[str], grades: Grades) -> dict[str, int]:
    """The labs' columns.

    Raises:
        UsageError: no lab has one.
    """
    called = titles(grades)
    found = {
        lab: column
        for lab in grades.most
        if (column := _column(head, (grades.titles[lab], called[lab], lab))) is not None
    }
    if not found:
        assignments = ", ".join(f"`{text}`" for text in head if _NUMBER.search(text))
        raise UsageError(
            f"no column is headed "
            f"{' or '.join(f'`{title}`' for title in grades.titles.values())}. "
            f"Make the assignments in Canvas and "
            f"export again. Its assignments are {assignments or 'none'}"
        )
    return found


def _column(head: Sequence[str], names: Sequence[str]) -> int | None:
    wanted = {name.casefold() for name in names}
    first = head.index("Section") + 1
    found = [
        n
        for n, text in enumerate(head)
        if n >= first and _NUMBER.sub("", text).strip().casefold() in wanted
    ]
    if len(found) > 1:
        raise UsageError(
            f"{len(found)} columns are headed `{names[0]}` or `{names[-1]}`; one is needed"
        )
    return found[0] if found else None


def _label(row: Sequence[str], head: Sequence[str]) -> Label:
    names = [row[head.index(key)] for key in _KEYS if key in head]
    return Label(row[0], names, row[0])


def _scores(
    grades: Grades,
    person: Person,
    columns: Mapping[str, int],
    before: Sequence[str],
    table: Table,
) -> list[str]:
    """A row's scores; who is excused, or has none, keeps what Canvas has."""
    given = [grades.score_text(person.student, lab) for lab in columns]
    if table.decimal_comma:
        given = [score.replace(".", ",") for score in given]
    return [
        old if old.strip().upper() == "EX" else score or old
        for score, old in zip(given, before, strict=True)
    ]


def _other_points(table: Table, columns: Mapping[str, int], grades: Grades) -> list[str]:
    """Labs whose assignments have other points in Canvas."""
    return [
        f"`{lab}` has {grades.most[lab]:g} points, its assignment in Canvas {row[column]}"
        for row in table.rows
        if row[0].strip().startswith("Points Possible")
        for lab, column in columns.items()
        if number(row[column]) not in (None, grades.most[lab])
    ]


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
