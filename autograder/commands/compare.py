"""What grading again would change: everything is judged as the labs and checks now are, in a folder
that is thrown away.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.commands import grade
from autograder.commands.grade import Begun, Ended, Judged, Options, Remarked
from autograder.course.labs import Lab
from autograder.errors import UsageError
from autograder.integrations.nbgrader import gradebook
from autograder.integrations.nbgrader.gradebook import Cell
from autograder.model import Judgement, Status, Verdict
from autograder.record.journal import Journal

NOTHING = Cell(auto=None, manual=None, extra=0.0)


@dataclass(frozen=True)
class CellChange:
    """A grade cell whose points would be others.

    Attributes:
        before: None where the gradebook has none.
        after: None where there would be none, since an instructor must look at it.
        why: what the checks that do not pass now say.
    """

    cell: str
    before: float | None
    after: float | None
    why: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """A submission whose points would be others; scores before a late penalty, with those given by
    hand.

    Attributes:
        before: None for a submission without a score in the gradebook.
        after: None for one that would have none.
    """

    student: str
    before: float | None
    after: float | None
    cells: tuple[CellChange, ...]


@dataclass(frozen=True)
class Compared:
    """A lab was judged again; nothing was kept.

    Attributes:
        not_judged: students whose submissions could not be, through our fault.
    """

    lab: str
    submissions: int
    changes: tuple[Change, ...]
    not_judged: tuple[str, ...]

    @property
    def failed(self) -> bool:
        """Whether a score would change, or could not be found out."""
        return bool(self.changes or self.not_judged)


def compare(options: Options) -> Iterator[Begun | Judged | Remarked | Compared]:
    """Judge a class and compare with its gradebook.

    Inputs are those of the verdicts that are kept, so only the labs and checks differ.

    Raises:
        UsageError, GraderFault: see `grade.grade` and `gradebook.opened`.
    """
    kept = gradebook.cells(options.db_url)
    seed = options.seed if options.seed is not None else _common_seed(options)
    with tempfile.TemporaryDirectory(prefix="autograd-labs-", ignore_cleanup_errors=True) as place:
        again = replace(
            options, out=Path(place), seed=seed, db=None, autograded=None, feedback=False
        )
        for event in grade.grade(again):
            if isinstance(event, Ended):
                missed = tuple(j.student for j in event.judgements if j.status == Status.NOT_GRADED)
                found = tuple(changes(event.lab, event.judgements, kept))
                yield Compared(event.lab.name, len(event.judgements), found, missed)
            else:
                yield event


def _common_seed(options: Options) -> int | None:
    """The seed of every verdict that is kept; None where each has its own."""
    seeds: set[int] = set()
    with contextlib.suppress(UsageError):  # which `grade` raises in its own words
        for lab in grade.wanted(options):
            entries = Journal(options.results.journal(lab.name)).entries.values()
            seeds |= {place.seed for place in entries}
    return seeds.pop() if len(seeds) == 1 else None


def changes(
    lab: Lab, judgements: Iterable[Judgement], kept: Mapping[tuple[str, str, str], Cell]
) -> Iterator[Change]:
    """Which submissions' points differ from a gradebook's.

    Those that could not be judged are left out.

    Args:
        lab: its grade cells, with those that only the gradebook has, are compared.
        judgements: of this lab.
        kept: what `gradebook.cells` found.
    """
    for judgement in judgements:
        if judgement.status == Status.NOT_GRADED:
            continue
        earned = judgement.family_points()
        before = {
            cell: grade
            for (name, student, cell), grade in kept.items()
            if (name, student) == (lab.name, judgement.student)
        }
        after = {}
        for cell in dict.fromkeys((*lab.families, *before)):
            points, old = round(earned.get(cell, 0.0), 6), before.get(cell, NOTHING)
            bonus = cell in lab.families and lab.families[cell].bonus
            if not judgement.status.has_score:
                after[cell] = Cell(None, old.manual, 0.0 if bonus else old.extra)
            else:
                after[cell] = Cell(0.0, old.manual, points) if bonus else replace(old, auto=points)
        found = [
            CellChange(cell, before.get(cell, NOTHING).score, new.score, _why(judgement, cell))
            for cell, new in after.items()
            if before.get(cell, NOTHING).score != new.score
        ]
        if found:
            yield Change(
                judgement.student,
                _total(before.values()),
                _total(after.values()),
                tuple(found),
            )


def _total(grades: Iterable[Cell]) -> float | None:
    """The score of a submission; None where no cell of it was graded."""
    given = [grade.score for grade in grades if grade.score is not None]
    return round(sum(given), 6) if given else None


def _why(judgement: Judgement, family: str) -> tuple[str, ...]:
    if judgement.reason:
        return (judgement.reason,)
    return tuple(
        f"{check.name} {check.verdict}: {check.message}".rstrip(": ")
        for check in judgement.checks
        if check.family == family and check.verdict not in (Verdict.PASSED, Verdict.SKIPPED)
    )
