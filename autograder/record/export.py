"""Grades for others' systems: Canvas, Moodle, and a plain table with a column per check.

Scores come from nbgrader's gradebook, so manual scores, extra credit and late penalties count; checks come from
`results.json`. Whoever has no score gets no number: a blank is never a zero. What could not be matched is reported.
Canvas's rules are those of its gradebook importer (https://github.com/instructure/canvas-lms, lib/gradebook_importer.rb),
Moodle's those of its offline grading worksheet (https://github.com/moodle/moodle, mod/assign/feedback/offline).
"""

from __future__ import annotations

import csv
import html
import io
import json
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbgrader.plugins import ExportPlugin
from traitlets import Unicode

from autograder.course import labs as course
from autograder.errors import UsageError
from autograder.record.gradebook import opened
from autograder.record.journal import atomic
from autograder.record.results import safe_cell, to_csv

CANVAS_HEAD = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
_CANVAS_KEYS = ("ID", "SIS User ID", "SIS Login ID")
_MOODLE_NEEDS = ("Identifier", "Grade", "Last modified (grade)")
_MOODLE_KEYS = ("Identifier", "Email address", "ID number", "Username")


@dataclass(frozen=True)
class Person:
    """A student as the gradebook knows them; `student` is the folder's name in `submitted/`."""

    student: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_id: str = ""

    @property
    def names(self) -> set[str]:
        """What other systems may know them by. Moodle's downloads are named for a person and a number, `Ada Lovelace_501`."""
        number = re.search(r"_(\d+)$", self.student)
        moodles = f"Participant {number[1]}" if number else ""
        return {name.casefold() for name in (self.student, self.email, self.lms_id, moodles) if name}

    @property
    def written(self) -> set[str]:
        """Their name without spaces and signs, in both orders; Canvas names downloads `lovelaceada`."""
        return {_letters(self.student), _letters(self.last_name + self.first_name), _letters(self.first_name + self.last_name)} - {""}


def _letters(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalpha())


@dataclass(frozen=True)
class Grades:
    """What is exported.

    Attributes:
        most: each lab's points, by lab, in the course's order.
        titles: each lab's title.
        people: by student.
        scores: by student and lab; without an entry where nothing was handed in or graded.
        comments: what a student may read, by student and lab.
    """

    most: dict[str, float]
    titles: dict[str, str]
    people: dict[str, Person]
    scores: dict[tuple[str, str], float]
    comments: dict[tuple[str, str], str] = field(default_factory=dict)

    def only(self, labs: Sequence[str], students: Sequence[str] = ()) -> Grades:
        """The same for some labs and students; all where none is named.

        Raises:
            UsageError: the gradebook has no such lab or student.
        """
        for kind, wanted, known in (("lab", labs, list(self.most)), ("student", students, list(self.people))):
            if unknown := [name for name in wanted if name not in known]:
                raise UsageError(f"the gradebook has no {kind} `{unknown[0]}`; it has {', '.join(known[:20]) or 'none'}")
        most = {lab: points for lab, points in self.most.items() if not labs or lab in labs}
        people = {name: person for name, person in self.people.items() if not students or name in students}
        return Grades(most, self.titles, people, self.scores, self.comments)


@dataclass(frozen=True)
class Export:
    """A file's text, and what its reader must know: who could not be matched, what was capped."""

    text: str
    findings: tuple[str, ...] = ()


# -- from the gradebook ------------------------------------------------------------------------------------------------


def read(url: str, titles: Mapping[str, str] | None = None) -> Grades:
    """The gradebook at an SQLAlchemy URL.

    Args:
        url: such as `sqlite:///graded/gradebook.db`.
        titles: of labs, in the course's order; their names otherwise.

    Raises:
        UsageError, GraderFault: see `gradebook.opened`.
    """
    with opened(url) as book:
        return from_gradebook(book, titles or {})


def from_gradebook(book: Any, titles: Mapping[str, str]) -> Grades:
    """What an open `nbgrader.api.Gradebook` holds."""
    people = {s.id: Person(s.id, s.first_name or "", s.last_name or "", s.email or "", s.lms_user_id or "") for s in book.students}
    order = list(titles)
    labs = sorted(book.assignments, key=lambda lab: (order.index(lab.name) if lab.name in order else len(order), lab.name))
    scores: dict[tuple[str, str], float] = {}
    comments: dict[tuple[str, str], str] = {}
    for lab in labs:
        for submission in lab.submissions:
            key = (submission.student.id, lab.name)
            grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
            if grades and all(grade.auto_score is not None or grade.manual_score is not None for grade in grades):
                lost = sum(notebook.late_submission_penalty or 0.0 for notebook in submission.notebooks)
                scores[key] = round(max(0.0, sum(grade.score for grade in grades) - lost), 6)
            said = [comment.comment for notebook in submission.notebooks for comment in notebook.comments if comment.comment]
            comments[key] = "\n".join(dict.fromkeys(said))
    most = {lab.name: float(lab.max_score) for lab in labs}
    return Grades(most, {lab: titles.get(lab, lab) for lab in most}, dict(sorted(people.items())), scores, comments)


# -- Canvas ------------------------------------------------------------------------------------------------------------


def canvas(grades: Grades) -> Export:
    """A gradebook for Canvas from scratch. Canvas matches by login, and makes an assignment for each title it does not know."""
    rows: list[list[str]] = [[*CANVAS_HEAD, *(grades.titles[lab] for lab in grades.most)]]
    rows.append(["    Points Possible", "", "", "", "", *(f"{points:g}" for points in grades.most.values())])
    for person in grades.people.values():
        name = ", ".join(part for part in (person.last_name, person.first_name) if part) or person.student
        rows.append([name, "", person.lms_id, person.student, "", *(_points(grades, person.student, lab) for lab in grades.most)])
    return Export(to_csv(rows))


def canvas_filled(grades: Grades, template: str) -> Export:
    """A gradebook that was exported from Canvas, with our labs' columns filled in and all other assignments left out.

    Args:
        grades: a lab's column is headed by its title or name, as `Title (1234)`; one without a column is left out, and named.
        template: the exported file's text.

    Raises:
        UsageError: it is no export from Canvas, or has no column for any lab, or several for one.
    """
    rows = _rows(template)
    head = rows[0] if rows else []
    if head[:2] != ["Student", "ID"] or "Section" not in head:
        raise UsageError(
            f"this is no gradebook exported from Canvas: it begins with `{','.join(head)[:80]}`, needs `Student,ID,...,Section`"
        )
    known = head[: head.index("Section") + 1]
    columns = {lab: column for lab in grades.most if (column := _canvas_column(head, grades.titles[lab], lab)) is not None}
    if not columns:
        assignments = ", ".join(f"`{text}`" for text in head if re.search(r"\(\d+\)\s*$", text))
        raise UsageError(
            f"no column is headed {' or '.join(f'`{title}`' for title in grades.titles.values())}. Make the assignments in Canvas and "
            f"export again. Its assignments are {assignments or 'none'}"
        )
    left_out = [lab for lab in grades.most if lab not in columns]
    grades = grades.only(list(columns))
    body = [_padded(row, len(head)) for row in rows[1:]]
    students = [row for row in body if not _no_student(row)]
    matched, findings = _matched(students, head, _CANVAS_KEYS, "Student", grades, "the file from Canvas")
    findings = [*(f"`{lab}` has no column in the file from Canvas; left out" for lab in left_out), *findings]
    for row in body:
        if row[0].strip().startswith("Points Possible"):
            wrong = [(lab, row[column]) for lab, column in columns.items() if _number(row[column]) not in (None, grades.most[lab])]
            findings += [f"`{lab}` has {grades.most[lab]:g} points, its assignment in Canvas {said}" for lab, said in wrong]
    people = iter(matched)
    filled = [[*known, *(head[column] for column in columns.values())]]
    for row in body:
        person = None if _no_student(row) else next(people)
        values = [row[column] for column in columns.values()]
        if person is not None:
            new = [_points(grades, person.student, lab) for lab in columns]
            values = [old if old.strip().upper() == "EX" else given or old for given, old in zip(new, values, strict=True)]
        filled.append([*row[: len(known)], *values])
    return Export(to_csv(filled), tuple(findings))


def _canvas_column(head: Sequence[str], title: str, lab: str) -> int | None:
    wanted = {title.casefold(), lab.casefold()}
    found = [n for n, text in enumerate(head) if re.sub(r"\s*\(\d+\)\s*$", "", text).strip().casefold() in wanted]
    if len(found) > 1:
        raise UsageError(f"{len(found)} columns are headed `{title}` or `{lab}`; one is needed")
    return found[0] if found else None


def _no_student(row: Sequence[str]) -> bool:
    """Canvas's rows of points, and of manual posting, above the students; its test student below them."""
    return not "".join(row).strip() or row[0].strip().startswith("Points Possible") or not any(row[1:4]) or row[0] == "Student, Test"


# -- Moodle ------------------------------------------------------------------------------------------------------------


def moodle(grades: Grades) -> Export:
    """Grades for Moodle's gradebook: Grades, Import, CSV file, mapped by e-mail address."""
    rows: list[list[str]] = [["Email address", *(grades.titles[lab] for lab in grades.most)]]
    findings = []
    for person in grades.people.values():
        email = person.email or (person.student if "@" in person.student else "")
        if not email:
            add = f"nbgrader db student add {shlex.quote(person.student)} --email=..."
            findings.append(f"`{person.student}` has no e-mail address in the gradebook: `{add}`")
            continue
        rows.append([email, *(_points(grades, person.student, lab) for lab in grades.most)])
    return Export(to_csv(rows), tuple(findings))


def moodle_filled(grades: Grades, worksheet: str) -> Export:
    """A grading worksheet that was downloaded from a Moodle assignment, filled in with the grades and feedback of one lab.

    Args:
        grades: of one lab.
        worksheet: the downloaded file's text. Its identifiers ("Participant 123") cannot be made up.

    Raises:
        UsageError: it is no worksheet in English, there is not exactly one lab, or its points are not the assignment's.
    """
    if len(grades.most) != 1:
        raise UsageError(f"a worksheet is for one assignment: name one lab, found {', '.join(grades.most) or 'none'}")
    ((lab, most),) = grades.most.items()
    rows = _rows(worksheet)
    head = rows[0] if rows else []
    if missing := [name for name in _MOODLE_NEEDS if name not in head]:
        raise UsageError(
            f"this is no grading worksheet: no column `{missing[0]}` in `{','.join(head)[:120]}`. Download it with Moodle in English"
        )
    body = [_padded(row, len(head)) for row in rows[1:]]
    matched, findings = _matched(body, head, _MOODLE_KEYS, "Full name", grades, "the worksheet")
    for row, person in zip(body, matched, strict=True):
        if person is not None and (person.student, lab) in grades.scores:
            findings += _fill_moodle(row, head, grades, person, lab, most)
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerows([cell if cell == "-" else safe_cell(cell) for cell in row] for row in [head, *body])  # "-" is Moodle's "never"
    return Export(buffer.getvalue(), tuple(findings))


def _fill_moodle(row: list[str], head: list[str], grades: Grades, person: Person, lab: str, most: float) -> list[str]:
    """Fill in one student's row; what its reader must know."""
    cell = dict(zip(head, row, strict=True))
    if cell.get("Grade can be changed", "Yes").strip().casefold() == "no":
        return [f"`{person.student}`: Moodle says that this grade cannot be changed; left as it was"]
    score = grades.scores[person.student, lab]
    largest = next((_number(text) for name, text in cell.items() if name.casefold() == "maximum grade"), None) or most
    if abs(largest - most) > 0.005:
        raise UsageError(
            f"the assignment's maximum grade in Moodle is {largest:g}, the lab has {most:g} points; set it to {most:g} and download again"
        )
    row[head.index("Grade")] = f"{min(score, largest):.2f}"
    if "Feedback comments" in head and grades.comments.get((person.student, lab)):
        row[head.index("Feedback comments")] = html.escape(grades.comments[person.student, lab]).replace("\n", "<br>")
    return [f"`{person.student}` has {score:g} of {largest:g} points; Moodle takes no more than {largest:g}"] if score > largest else []


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


# -- a plain table -----------------------------------------------------------------------------------------------------


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
        judged = [one for one in results.get(lab, {}).get("submissions", []) if one["status"] != "not_graded"]
        columns[lab] = list(dict.fromkeys(check["name"] for one in judged for check in one["checks"]))
        earned |= {(one["student"], lab): {check["name"]: check["points"] for check in one["checks"]} for one in judged}
        head += [lab, *(f"{lab}/{name}" for name in columns[lab])]
    rows = [head]
    for person in grades.people.values():
        row = [person.student, person.last_name, person.first_name, person.email]
        for lab, names in columns.items():
            points = earned.get((person.student, lab))
            row += [_points(grades, person.student, lab), *("" if points is None else f"{points.get(name, 0.0):g}" for name in names)]
        rows.append(row)
    return Export(to_csv(rows))


def read_results(folder: Path, labs: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Each lab's `results.json` in the output folder of `autograder grade`; labs without one are left out."""
    found = {}
    for lab in labs:
        path = folder / lab / "results.json"
        if path.is_file():
            found[lab] = json.loads(path.read_bytes())
    return found


SYSTEMS = ("canvas", "moodle", "csv")


def make(system: str, grades: Grades, template: Path | None, results: Path) -> Export:
    """The file for one of `SYSTEMS`.

    Args:
        system: whose file.
        grades: what goes into it.
        template: a file downloaded from the system, to be filled in.
        results: the output folder of `autograder grade`, for the plain table's columns.

    Raises:
        UsageError: the template cannot be read or is not what the system exports.
    """
    if system == "csv":
        if template is not None:
            raise UsageError("a plain table has no template to fill in: leave --template out")
        return plain(grades, read_results(results, grades.most))
    if template is None:
        return canvas(grades) if system == "canvas" else moodle(grades)
    try:
        text = template.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"`{template}` is not text in UTF-8; export it again without opening it in a spreadsheet") from None
    except OSError as error:
        raise UsageError(f"`{template}` cannot be read: {error.strerror}") from None
    return canvas_filled(grades, text) if system == "canvas" else moodle_filled(grades, text)


# -- what they share ---------------------------------------------------------------------------------------------------


def _points(grades: Grades, student: str, lab: str) -> str:
    """A score at the two decimals that both systems keep; nothing where there is none."""
    score = grades.scores.get((student, lab))
    return "" if score is None else f"{score:.2f}".rstrip("0").rstrip(".")


def _rows(text: str) -> list[list[str]]:
    """A CSV file's rows, separated by commas, semicolons or tabs, with or without a byte order mark."""
    text = text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    return [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]


def _padded(row: list[str], width: int) -> list[str]:
    return [*row, *[""] * (width - len(row))][:width]


def _by_name(people: Iterable[Person]) -> dict[str, Person | None]:
    """People by each of their names; None for a name that two have."""
    found: dict[str, Person | None] = {}
    for person in people:
        for name in person.names:
            found[name] = None if name in found else person
    return found


def _matched(
    rows: Sequence[Sequence[str]], head: Sequence[str], keys: Sequence[str], full: str, grades: Grades, where: str
) -> tuple[list[Person | None], list[str]]:
    """Each row's student, and who could not be matched.

    A row counts only if its columns do not name two people, and no other row names the same one: numbers of one system may
    be names in another, and a grade must never reach the wrong student. A row whose `keys` name nobody is matched by the
    person's name in the column `full`, under the same rule.
    """
    people = _by_name(grades.people.values())
    columns = [head.index(key) for key in keys if key in head]
    found = [{person.student: person for n in columns if (person := people.get(row[n].strip().casefold()))} for row in rows]
    if full in head:
        taken = {student for named in found for student in named}
        spoken = [(person, person.written) for person in grades.people.values() if person.student not in taken]
        for named, row in zip(found, rows, strict=True):
            last, _, first = row[head.index(full)].partition(",")
            names = {_letters(last + first), _letters(first + last)} - {""}
            if not named:
                named |= {person.student: person for person, written in spoken if names & written}
    often = [name for named in found for name in named]
    matched: list[Person | None] = []
    findings = []
    for row, named in zip(rows, found, strict=True):
        sure = [person for name, person in named.items() if often.count(name) == 1]
        matched.append(sure[0] if len(named) == 1 and sure else None)
        if matched[-1] is None:
            several = f"also fits {'another row' if len(named) == 1 else 'another student'}: {', '.join(f'`{name}`' for name in named)}"
            findings.append(f"row `{row[0]}` of {where}: {several if named else 'no such student in the gradebook'}; left as it was")
    graded = {student for student, lab in grades.scores if lab in grades.most and student in grades.people}
    absent = sorted(graded - {person.student for person in matched if person})
    return matched, [*findings, *(f"`{student}` has a score, but no row in {where}" for student in absent)]


# -- nbgrader's plugins ------------------------------------------------------------------------------------------------


class _Exporter(ExportPlugin):  # type: ignore[misc]
    """What our export plugins share: reading, writing, and saying what could not be matched."""

    system = "csv"
    template = Unicode("", help="A file downloaded from the system, to be filled in.").tag(config=True)
    results = Unicode("graded", help="The output folder of `autograder grade`.").tag(config=True)

    def export(self, gradebook: Any) -> None:
        """Write the file that `--to` names."""
        coursedir: Any = getattr(self.parent, "coursedir", None)
        titles = {lab.name: lab.title for lab in course.find(Path(coursedir.root), ())} if coursedir is not None else {}
        grades = from_gradebook(gradebook, titles).only([str(lab) for lab in self.assignment], [str(name) for name in self.student])
        made = make(self.system, grades, Path(self.template) if self.template else None, Path(self.results))
        for finding in made.findings:
            self.log.warning(finding)
        atomic(Path(self.to or "grades.csv"), made.text)


class CanvasExporter(_Exporter):
    """`nbgrader export --exporter=autograder.record.export.CanvasExporter --CanvasExporter.template=exported.csv`."""

    system = "canvas"


class MoodleExporter(_Exporter):
    """`nbgrader export --exporter=autograder.record.export.MoodleExporter --MoodleExporter.template=worksheet.csv`."""

    system = "moodle"


class ChecksExporter(_Exporter):
    """`nbgrader export --exporter=autograder.record.export.ChecksExporter`."""
