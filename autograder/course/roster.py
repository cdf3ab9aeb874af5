"""The course's roster: who is in it, under which names other systems know them, and who hands in
together.

`autograder roster import` keeps it in `.autograder/roster.json`. A course without one knows its
students by their folders in `submitted/` alone.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import msgspec

from autograder import files
from autograder.errors import UsageError
from autograder.layout import CourseLayout


@dataclass(frozen=True)
class Person:
    """A student; `student` is the folder's name in `submitted/`, and the gradebook's id.

    Attributes:
        lms_id: the number that the institution gives (Canvas's SIS User ID).
        section: the section or tutorial.
        group: with whom they hand in; empty for those who do so alone.
        canvas_id: Canvas's own number, which stands in the names of its downloads.
        others: logins, user names and numbers that other systems know them by.
    """

    student: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_id: str = ""
    section: str = ""
    group: str = ""
    canvas_id: str = ""
    others: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Their name as it is spoken; nothing where it is not known."""
        return " ".join(part for part in (self.first_name, self.last_name) if part)

    @property
    def names(self) -> set[str]:
        """What other systems may know them by.

        Moodle's downloads are named for a person and a number, `Ada Lovelace_501`.
        """
        number = re.search(r"_(\d+)$", self.student)
        moodles = f"Participant {number[1]}" if number else ""
        every = (self.student, self.email, self.lms_id, self.canvas_id, *self.others, moodles)
        return {name.casefold() for name in every if name}

    @property
    def written(self) -> set[str]:
        """Their name without spaces and signs, in both orders.

        Canvas names downloads `lovelaceada`.
        """
        return {
            letters(self.student),
            letters(self.last_name + self.first_name),
            letters(self.first_name + self.last_name),
        } - {""}


def letters(name: str) -> str:
    """A name's letters alone, however its accents are written."""
    composed = unicodedata.normalize("NFC", name)
    return "".join(c for c in composed.casefold() if c.isalpha())


@dataclass(frozen=True)
class Roster:
    """A course's people, by student, in the roster's order."""

    people: Mapping[str, Person] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.people)

    @property
    def spoken(self) -> dict[str, str]:
        """Each student's name, where it is known."""
        return {student: one.name for student, one in self.people.items() if one.name}

    @cached_property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """Students by group, of the groups that have several."""
        found: dict[str, list[str]] = {}
        for one in self.people.values():
            if one.group:
                found.setdefault(one.group, []).append(one.student)
        return {group: tuple(members) for group, members in found.items() if len(members) > 1}

    @property
    def digest(self) -> str:
        """What changes when anything on the roster does."""
        return hashlib.sha256(_ENCODER.encode(list(self.people.values()))).hexdigest()

    def namesake(self, student: str) -> str | None:
        """Who on the roster has an id that differs from this one in case or leading zeros alone;
        None for a student who is on it themselves, or nobody.
        """
        if student in self.people:
            return None
        wanted = sameness(student)
        return next((one for one in self.people if sameness(one) == wanted), None)


def sameness(student: str) -> str:
    """What two ids have in common that differ in case, Unicode form or leading zeros alone."""
    folded = unicodedata.normalize("NFC", student).casefold()
    return folded.lstrip("0") or folded


def with_people(people: Iterable[Person]) -> Roster:
    """A roster of these people."""
    return Roster({one.student: one for one in people})


def read(root: Path) -> Roster:
    """The course's roster; an empty one where none was imported.

    Raises:
        UsageError: the file cannot be read.
    """
    path = CourseLayout(root).roster
    try:
        return with_people(_DECODER.decode(path.read_bytes()))
    except FileNotFoundError:
        return Roster()
    except (OSError, ValueError) as error:
        raise UsageError(
            f"the roster `{path}` cannot be read: {error}. `autograder roster import` makes it anew"
        ) from None


def write(root: Path, roster: Roster) -> None:
    """Keep a roster.

    Raises:
        OSError: it cannot be written.
    """
    raw = _ENCODER.encode(list(roster.people.values()))
    files.write(CourseLayout(root).roster, msgspec.json.format(raw, indent=1) + b"\n")


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(list[Person])
