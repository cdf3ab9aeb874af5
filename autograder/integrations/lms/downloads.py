"""How Canvas and Moodle name what they let instructors download, and whose it is.

The rules are those of Canvas's `lib/content_zipper.rb` (https://github.com/instructure/canvas-lms)
and of Moodle's `mod/assign/classes/downloader.php` (https://github.com/moodle/moodle), before and
after its version 4.1.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from autograder.course.hand_ins import composed
from autograder.course.roster import Person, Roster, letters

CANVAS, MOODLE = "canvas", "moodle"
# lovelaceada_LATE_101_5001_lab.ipynb, LATE_anon_x1Yz2_5001_lab.ipynb, lovelaceada_101_text.html
_CANVAS = re.compile(
    r"(?:(?P<who>.+?)(?P<late>_LATE)?_(?P<number>\d+)"
    r"|(?P<soon>LATE_)?anon_(?P<anon>[A-Za-z0-9]+))"
    r"_(?:(?P<attachment>\d+)_(?P<file>.+)|(?P<typed>text|link)\.html)",
    re.DOTALL,
)
# Ada Lovelace_501_assignsubmission_file_/lab.ipynb, or all in the file's name
_MOODLE = re.compile(
    r"(?P<who>.+)_(?P<number>\d+)_assignsubmission_(?P<plugin>[a-z]+)(?:_(?P<rest>.*))?", re.DOTALL
)


@dataclass(frozen=True)
class Named:
    """A person as a download names them."""

    system: str
    who: str
    number: str


@dataclass(frozen=True)
class Piece:
    """A file of a download: whose, and what its name says.

    Attributes:
        named: the person.
        file: its own name, without what the system put before it.
        inside: the folders that the student handed in around it.
        attachment: Canvas's number of the file; 0 in Moodle.
        late: whether the system says that it came late.
        typed: whether it is text that was typed into the system, and no file.
    """

    named: Named
    file: str
    inside: tuple[str, ...] = ()
    attachment: int = 0
    late: bool = False
    typed: bool = False


def piece(path: tuple[str, ...]) -> Piece | None:
    """What a path in a download says; None for one that neither system writes."""
    for n, part in enumerate(path):
        if match := _MOODLE.fullmatch(part):
            rest = match["rest"] or ""
            inside = (*([rest] if rest and n + 1 < len(path) else []), *path[n + 1 : -1])
            file = path[-1] if n + 1 < len(path) else rest
            named = Named(MOODLE, match["who"], match["number"])
            return Piece(named, file, inside, typed=match["plugin"] != "file")
    for n, part in enumerate(path):
        if match := _CANVAS.fullmatch(part):
            number = match["number"] or match["anon"]
            named = Named(CANVAS, match["who"] or "anon", number)
            return Piece(
                named,
                path[-1] if n + 1 < len(path) else match["file"] or part,
                path[n + 1 : -1],
                int(match["attachment"] or 0),
                bool(match["late"] or match["soon"]),
                bool(match["typed"]),
            )
    return None


def whose(named: Iterable[Named], roster: Roster, emails: Mapping[str, str]) -> dict[Named, str]:
    """The student of each person that a download names.

    By Canvas's number or the worksheet's e-mail address where the roster has it, by a group's name,
    then by a name that only one person on the roster and one in the download has. Everybody else
    keeps name and number, so that two people of one name stay two.

    Args:
        named: the people, once each.
        roster: of the course.
        emails: e-mail addresses by Moodle's number of the participant.
    """
    every = list(named)
    bearers = Counter(_key(one) for one in every)
    return {one: _student(one, roster, emails, alone=bearers[_key(one)] == 1) for one in every}


def _key(one: Named) -> tuple[str, str]:
    return one.system, letters(one.who)


def _student(one: Named, roster: Roster, emails: Mapping[str, str], *, alone: bool) -> str:
    by_number = _by_number(one, roster, emails)
    if by_number is not None:
        return by_number.student
    who = one.who
    for group, members in roster.groups.items():
        if letters(who) == letters(group):
            return members[0]
        if one.system == MOODLE and who.startswith(f"{group}-"):
            who = who.removeprefix(f"{group}-")
    spoken = letters(who)
    alike = [
        person
        for person in roster.people.values()
        if spoken in person.written and _may_be(person, one)
    ]
    if alone and len(alike) == 1:
        return alike[0].student
    return composed(f"{one.who}_{one.number}")


def _by_number(one: Named, roster: Roster, emails: Mapping[str, str]) -> Person | None:
    if one.system == CANVAS:
        found = [person for person in roster.people.values() if person.canvas_id == one.number]
    else:
        email = emails.get(one.number, "").casefold()
        found = [person for person in roster.people.values() if email and email in person.names]
    return found[0] if len(found) == 1 else None


def _may_be(person: Person, one: Named) -> bool:
    """Whether no number says that it is somebody else."""
    return one.system != CANVAS or person.canvas_id in ("", one.number)
