"""Students in nbgrader's gradebook: their names, and until when each may hand in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

from autograder import files
from autograder.course.labs import Lab
from autograder.course.roster import Person
from autograder.errors import UsageError
from autograder.integrations.nbgrader import glance, gradebook

# Of one lab: when it is due, and who has how much longer.
_DEADLINES = (
    "SELECT duedate FROM assignment WHERE name = :lab",
    "SELECT s.student_id, s.extension FROM submitted_assignment s "
    "JOIN assignment a ON a.id = s.assignment_id WHERE a.name = :lab ORDER BY s.student_id",
)


def add(url: str, people: Iterable[Person]) -> None:
    """Make students known, or known better: names, e-mail addresses and numbers. A gradebook is
    made where there is none.

    Raises:
        GraderFault: it cannot be written.
        OSError: its folder cannot be made.
    """
    _make_room(url)
    with gradebook.written(url) as book:
        for one in people:
            about = {
                "first_name": one.first_name,
                "last_name": one.last_name,
                "email": one.email,
                "lms_user_id": one.lms_id,
            }
            known = {name: value for name, value in about.items() if value}
            book.update_or_create_student(one.student, **known)


def deadlines(url: str, lab: str) -> str:
    """The lab's due date and its students' extensions, as text to be compared; empty where there
    are none.
    """
    found = glance.rows(url, _DEADLINES, {"lab": lab})
    dates = [row for row in found if row[-1] is not None]
    return str(dates) if dates else ""


def _make_room(url: str) -> None:
    if gradebook.absent(url):
        files.make_private(Path(url.removeprefix("sqlite:///")).parent)


@dataclass(frozen=True)
class Extension:
    """A student's own due date: the lab's, and theirs; None where they have none of their own.
    UTC without a zone.
    """

    due: datetime
    until: datetime | None


def extend(
    url: str, lab: Lab, student: str, zone: tzinfo, *, until: datetime | None, days: int = 0
) -> Extension:
    """Give a student more time for a lab, whether or not they have handed in. It takes the place of
    an extension that is there.

    Args:
        url: the gradebook's URL.
        lab: the lab.
        student: must be in the gradebook.
        zone: the course's, in which days are counted: two days later the clock shows the same time.
        until: their due date, UTC without a zone; from `days` where it is None.
        days: after the lab's due date; 0 takes an extension back.

    Raises:
        UsageError: there is no such student, no due date, or `until` lies before it.
        GraderFault: the gradebook cannot be written.
    """
    _make_room(url)
    with gradebook.written(url) as book:
        known = {one.id for one in book.students}
        if student not in known:
            raise UsageError(
                f"the gradebook has no student `{student}`: `autograder roster import` or "
                f"`nbgrader db student add` makes them known{_alike(student, known)}"
            )
        gradebook.make_known(book, lab)
        due = book.find_assignment(lab.name).duedate
        if due is None:
            raise UsageError(
                f"`{lab.name}` has no due date to extend: "
                f"`nbgrader db assignment add {lab.name} --duedate='2027-02-01 18:00 UTC'`"
            )
        end = until or _later(due, days, zone)
        if end < due:
            raise UsageError(f"{end} UTC is before the due date of `{lab.name}`, {due} UTC")
        submission = book.update_or_create_submission(lab.name, student)
        submission.extension = end - due if end > due else None
        return Extension(due, end if end > due else None)


def _later(due: datetime, days: int, zone: tzinfo) -> datetime:
    """A time some days later by the clock; UTC without a zone."""
    clock = due.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None) + timedelta(days=days)
    return clock.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)


def _alike(student: str, known: Iterable[str]) -> str:
    same = [one for one in known if one.casefold() == student.casefold()]
    return f". It has `{same[0]}`" if same else ""
