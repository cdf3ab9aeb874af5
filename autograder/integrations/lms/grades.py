"""Grades as other systems take them: who a student is, what a score is, and whose row is whose.

Scores come from nbgrader's gradebook, so manual scores, extra credit and late penalties count.
Whoever has no score gets no
number: a blank is never a zero. What could not be matched is reported.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from autograder.course.collected import Ledger
from autograder.course.roster import Person, Roster, letters
from autograder.course.tables import BOM
from autograder.errors import UsageError
from autograder.integrations.nbgrader import finals
from autograder.integrations.nbgrader.gradebook import opened

__all__ = ["Export", "Grades", "Person", "from_gradebook", "matched", "read"]


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
    """A file's text, and what its reader must know: who could not be matched, what was capped.

    Attributes:
        bom: whether the file begins with a byte order mark, without which spreadsheets take UTF-8
            for something else.
    """

    text: str
    findings: tuple[str, ...] = ()
    bom: bool = False

    @property
    def content(self) -> str:
        """What is written."""
        return f"{BOM}{self.text}" if self.bom else self.text


def read(url: str, titles: Mapping[str, str] | None = None, roster: Roster | None = None) -> Grades:
    """The gradebook at an SQLAlchemy URL.

    Args:
        url: such as `sqlite:///graded/gradebook.db`.
        titles: of labs, in the course's order; their names otherwise.
        roster: under which other names people are known.

    Raises:
        UsageError, GraderFault: see `gradebook.opened`.
    """
    with opened(url) as book:
        return from_gradebook(book, titles or {}, roster or Roster())


def from_gradebook(book: Any, titles: Mapping[str, str], roster: Roster | None = None) -> Grades:
    """What an open `nbgrader.api.Gradebook` holds."""
    people = {s.id: _person(s, roster or Roster()) for s in book.students}
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
            final = finals.of(submission).score
            if final is not None:
                scores[key] = final
            elif any(_was_judged(grade) for grade in grades) or submission.timestamp is not None:
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


def _person(student: Any, roster: Roster) -> Person:
    """nbgrader's `Student`, with what the roster knows besides."""
    known = roster.people.get(student.id, Person(student.id))
    return replace(
        known,
        first_name=student.first_name or known.first_name,
        last_name=student.last_name or known.last_name,
        email=student.email or known.email,
        lms_id=student.lms_user_id or known.lms_id,
    )


def _was_judged(grade: Any) -> bool:
    """Whether anybody had to do with a grade. One with an extension alone waits for a hand-in."""
    return grade.auto_score is not None or grade.needs_manual_grade


def with_origins(grades: Grades, ledger: Ledger) -> Grades:
    """The same, with the numbers under which hand-ins were downloaded as names of people."""
    people = dict(grades.people)
    for (student, lab), origin in ledger.items():
        if student not in people or lab not in grades.most:
            continue
        known = people[student]
        if origin.system == "moodle":
            others = (*known.others, f"Participant {origin.number}")
            people[student] = replace(known, others=others)
        elif not known.canvas_id:
            people[student] = replace(known, canvas_id=origin.number)
    return replace(grades, people=people)


def _by_name(people: Iterable[Person]) -> dict[str, Person | None]:
    """People by each of their names; None for a name that two have."""
    found: dict[str, Person | None] = {}
    for person in people:
        for name in person.names:
            found[name] = None if name in found else person
    return found


@dataclass(frozen=True)
class Label:
    """What a row of another system's table says of whose it is.

    Attributes:
        shown: what to call the row.
        names: what its columns of numbers, logins and addresses hold.
        spoken: the person's name.
    """

    shown: str
    names: Collection[str]
    spoken: str = ""


def matched(
    labels: Sequence[Label], grades: Grades, where: str
) -> tuple[list[Person | None], list[str]]:
    """Each row's student, and who could not be matched.

    A row counts only if its columns do not name two people, and no other row names the same one:
    numbers of one system may be names in another, and a grade must never reach the wrong student. A
    row whose columns name nobody is matched by the person's spoken name, under the same rule.
    """
    people = _by_name(grades.people.values())
    found = [
        {
            person.student: person
            for name in label.names
            if (person := people.get(name.strip().casefold()))
        }
        for label in labels
    ]
    taken = {student for named in found for student in named}
    free = [
        (person, person.written) for person in grades.people.values() if person.student not in taken
    ]
    for named, label in zip(found, labels, strict=True):
        last, _, first = label.spoken.rpartition(",")
        names = {letters(last + first), letters(first + last)} - {""}
        if not named:
            named |= {person.student: person for person, written in free if names & written}
    often = [name for named in found for name in named]
    chosen: list[Person | None] = []
    findings = []
    for label, named in zip(labels, found, strict=True):
        sure = [person for name, person in named.items() if often.count(name) == 1]
        chosen.append(sure[0] if len(named) == 1 and sure else None)
        if chosen[-1] is None:
            findings.append(f"row `{label.shown}` of {where}: {_why(named)}; left as it was")
    graded = {
        student for student, lab in grades.scores if lab in grades.most and student in grades.people
    }
    absent = sorted(graded - {person.student for person in chosen if person})
    return chosen, [
        *findings,
        *(f"`{student}` has a score, but no row in {where}" for student in absent),
    ]


def _why(named: Collection[str]) -> str:
    """Why a row has no student."""
    if not named:
        return "no such student in the gradebook"
    other = "another row" if len(named) == 1 else "another student"
    return f"also fits {other}: {', '.join(f'`{name}`' for name in named)}"
