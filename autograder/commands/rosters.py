"""Taking in a roster: into the course, and into nbgrader's gradebook."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from autograder.course import roster as rosters
from autograder.course import roster_tables, tables
from autograder.course.roster import Roster
from autograder.errors import UsageError
from autograder.integrations.nbgrader import students


@dataclass(frozen=True)
class Imported:
    """What became of a roster.

    Attributes:
        roster: everybody who is on it now.
        added: students who were not on it before.
        findings: what an instructor should look at, one line each.
    """

    roster: Roster
    added: tuple[str, ...]
    findings: tuple[str, ...]


def take_in(
    root: Path, path: Path, url: str, id_column: str | None = None, *, prune: bool = False
) -> Imported:
    """Put a table's people onto the course's roster and into its gradebook.

    Args:
        root: the course.
        path: the table.
        url: the gradebook's URL; one is made where there is none.
        id_column: the column with the students' ids; chosen by its name otherwise.
        prune: leave out who is not in the table. Their grades stay.

    Raises:
        UsageError: the table cannot be read, or says of nobody who it is.
        GraderFault: the gradebook cannot be written.
        OSError: the roster cannot be written.
    """
    text, guessed = tables.read(path)
    people, findings = roster_tables.parsed(text, id_column)
    if not people:
        raise UsageError(f"`{path}` has no student in it{'; '.join(['', *findings[:3]])}")
    if guessed:
        findings.append(f"`{path}` is not UTF-8: read as Windows writes it; look at the names")
    before = rosters.read(root)
    roster, more = roster_tables.merged(before, people, prune=prune)
    students.add(url, roster.people.values())
    rosters.write(root, roster)
    added = tuple(student for student in roster.people if student not in before.people)
    return Imported(roster, added, (*findings, *more))
