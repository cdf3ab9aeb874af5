"""Grades as other systems take them: who a student is, what a score is, and whose row is whose.

Scores come from nbgrader's gradebook, so manual scores, extra credit and late penalties count.
Whoever has no score gets no
number: a blank is never a zero. What could not be matched is reported.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograder.errors import UsageError
from autograder.integrations.nbgrader.gradebook import opened


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
        """What other systems may know them by.

        Moodle's downloads are named for a person and a number, `Ada Lovelace_501`.
        """
        number = re.search(r"_(\d+)$", self.student)
        moodles = f"Participant {number[1]}" if number else ""
        return {
            name.casefold() for name in (self.student, self.email, self.lms_id, moodles) if name
        }

    @property
    def written(self) -> set[str]:
        """Their name without spaces and signs, in both orders.

        Canvas names downloads `lovelaceada`.
        """
        return {
            _letters(self.student),
            _letters(self.last_name + self.first_name),
            _letters(self.first_name + self.last_name),
        } - {""}


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
        without_score: students and labs of submissions that have none.
    """

    most: dict[str, float]
    titles: dict[str, str]
    people: dict[str, Person]
    scores: dict[tuple[str, str], float]
    comments: dict[tuple[str, str], str] = field(default_factory=dict)
    without_score: tuple[tuple[str, str], ...] = ()

    def only(self, labs: Sequence[str], students: Sequence[str] = ()) -> Grades:
        """The same for some labs and students; all where none is named.

        Raises:
            UsageError: the gradebook has no such lab or student.
        """
        for kind, wanted, known in (
            ("lab", labs, list(self.most)),
            ("student", students, list(self.people)),
        ):
            if unknown := [name for name in wanted if name not in known]:
                raise UsageError(
                    f"the gradebook has no {kind} `{unknown[0]}`; it has "
                    f"{', '.join(known[:20]) or 'none'}"
                )
        most = {lab: points for lab, points in self.most.items() if not labs or lab in labs}
        people = {
            name: person for name, person in self.people.items() if not students or name in students
        }
        empty = tuple(one for one in self.without_score if one[0] in people and one[1] in most)
        return Grades(most, self.titles, people, self.scores, self.comments, empty)

    def score_text(self, student: str, lab: str) -> str:
        """A score at the two decimals that Canvas and Moodle keep; nothing where there is none."""
        score = self.scores.get((student, lab))
        return "" if score is None else f"{score:.2f}".rstrip("0").rstrip(".")


@dataclass(frozen=True)
class Export:
    """A file's text, and what its reader must know: who could not be matched, what was capped."""

    text: str
    findings: tuple[str, ...] = ()


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
    people = {
        s.id: Person(
            s.id, s.first_name or "", s.last_name or "", s.email or "", s.lms_user_id or ""
        )
        for s in book.students
    }
    order = list(titles)
    labs = sorted(
        book.assignments,
        key=lambda lab: (order.index(lab.name) if lab.name in order else len(order), lab.name),
    )
    scores: dict[tuple[str, str], float] = {}
    comments: dict[tuple[str, str], str] = {}
    empty = []
    for lab in labs:
        for submission in lab.submissions:
            key = (submission.student.id, lab.name)
            grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
            if grades and all(
                grade.auto_score is not None or grade.manual_score is not None for grade in grades
            ):
                lost = sum(
                    notebook.late_submission_penalty or 0.0 for notebook in submission.notebooks
                )
                scores[key] = round(max(0.0, sum(grade.score for grade in grades) - lost), 6)
            elif grades:
                empty.append(key)
            said = [
                comment.comment
                for notebook in submission.notebooks
                for comment in notebook.comments
                if comment.comment
            ]
            comments[key] = "\n".join(dict.fromkeys(said))
    most = {lab.name: float(lab.max_score) for lab in labs}
    return Grades(
        most,
        {lab: titles.get(lab, lab) for lab in most},
        dict(sorted(people.items())),
        scores,
        comments,
        tuple(sorted(empty)),
    )


def rows_of(text: str) -> list[list[str]]:
    """A CSV file's rows, separated by commas, semicolons or tabs, with or without a byte order
    mark.
    """
    text = text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    return [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]


def padded(row: list[str], width: int) -> list[str]:
    """A row with as many cells as the head has."""
    return [*row, *[""] * (width - len(row))][:width]


def _by_name(people: Iterable[Person]) -> dict[str, Person | None]:
    """People by each of their names; None for a name that two have."""
    found: dict[str, Person | None] = {}
    for person in people:
        for name in person.names:
            found[name] = None if name in found else person
    return found


def matched(
    rows: Sequence[Sequence[str]],
    head: Sequence[str],
    keys: Sequence[str],
    full: str,
    grades: Grades,
    where: str,
) -> tuple[list[Person | None], list[str]]:
    """Each row's student, and who could not be matched.

    A row counts only if its columns do not name two people, and no other row names the same one:
    numbers of one system may be names in another, and a grade must never reach the wrong student. A
    row whose `keys` name nobody is matched by the person's name in the column `full`, under the
    same rule.
    """
    people = _by_name(grades.people.values())
    columns = [head.index(key) for key in keys if key in head]
    found = [
        {
            person.student: person
            for n in columns
            if (person := people.get(row[n].strip().casefold()))
        }
        for row in rows
    ]
    if full in head:
        taken = {student for named in found for student in named}
        spoken = [
            (person, person.written)
            for person in grades.people.values()
            if person.student not in taken
        ]
        for named, row in zip(found, rows, strict=True):
            last, _, first = row[head.index(full)].partition(",")
            names = {_letters(last + first), _letters(first + last)} - {""}
            if not named:
                named |= {person.student: person for person, written in spoken if names & written}
    often = [name for named in found for name in named]
    chosen: list[Person | None] = []
    findings = []
    for row, named in zip(rows, found, strict=True):
        sure = [person for name, person in named.items() if often.count(name) == 1]
        chosen.append(sure[0] if len(named) == 1 and sure else None)
        if chosen[-1] is None:
            several = (
                f"also fits "
                f"{'another row' if len(named) == 1 else 'another student'}: "
                f"{', '.join(f'`{name}`' for name in named)}"
            )
            findings.append(
                f"row `{row[0]}` of {where}: "
                f"{several if named else 'no such student in the gradebook'}; left as it was"
            )
    graded = {
        student for student, lab in grades.scores if lab in grades.most and student in grades.people
    }
    absent = sorted(graded - {person.student for person in chosen if person})
    return chosen, [
        *findings,
        *(f"`{student}` has a score, but no row in {where}" for student in absent),
    ]


def number(text: str) -> float | None:
    """A number with a point or a comma; None for anything else."""
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None
