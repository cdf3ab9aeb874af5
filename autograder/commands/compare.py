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
from autograder.commands.planning import shared
from autograder.course import roster as rosters
from autograder.course.labs import Lab
from autograder.errors import UsageError
from autograder.integrations.nbgrader import gradebook
from autograder.integrations.nbgrader.gradebook import Cell
from autograder.model import CheckResult, Judgement, Status, Verdict
from autograder.record.journal import Journal

NOTHING = Cell(auto=None, manual=None, extra=0.0)
NO_VERDICTS: Mapping[str, Judgement] = {}


@dataclass(frozen=True)
class CellChange:
    """A grade cell whose points would be others.

    Attributes:
        before: None where the gradebook has none.
        after: None where there would be none, since an instructor must look at it.
        why: the checks that made the difference, and what they say; where earlier verdicts were
            not kept, those that do not pass now.
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
                before = _verdicts(options, event.lab)
                found = tuple(changes(event.lab, event.judgements, kept, before))
                yield Compared(event.lab.name, len(event.judgements), found, missed)
            else:
                yield event


def _verdicts(options: Options, lab: Lab) -> Mapping[str, Judgement]:
    """The verdicts that are kept, of groups' members as well."""
    journal = Journal(options.results.journal(lab.name))
    sharing = shared(options, lab, rosters.read(options.root))
    return sharing.spread(journal.judgements)


def _common_seed(options: Options) -> int | None:
    """The seed of every verdict that is kept; None where each has its own."""
    seeds: set[int] = set()
    with contextlib.suppress(UsageError):  # which `grade` raises in its own words
        for lab in grade.wanted(options):
            entries = Journal(options.results.journal(lab.name)).entries.values()
            seeds |= {place.seed for place in entries}
    return seeds.pop() if len(seeds) == 1 else None


def changes(
    lab: Lab,
    judgements: Iterable[Judgement],
    kept: Mapping[tuple[str, str, str], Cell],
    verdicts: Mapping[str, Judgement] = NO_VERDICTS,
) -> Iterator[Change]:
    """Which submissions' points differ from a gradebook's.

    Those that could not be judged are left out.

    Args:
        lab: its grade cells, with those that only the gradebook has, are compared.
        judgements: of this lab.
        kept: what `gradebook.cells` found.
        verdicts: those that the gradebook's points came from, by student, where they are known.
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
        earlier = verdicts.get(judgement.student)
        after = {}
        for cell in dict.fromkeys((*lab.families, *before)):
            points, old = round(earned.get(cell, 0.0), 6), before.get(cell, NOTHING)
            bonus = cell in lab.families and lab.families[cell].bonus
            if not judgement.status.has_score:
                after[cell] = Cell(None, old.manual, 0.0 if bonus else old.extra)
            else:
                after[cell] = Cell(0.0, old.manual, points) if bonus else replace(old, auto=points)
        found = [
            CellChange(
                cell, before.get(cell, NOTHING).score, new.score, _why(judgement, cell, earlier)
            )
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


def _why(judgement: Judgement, family: str, earlier: Judgement | None) -> tuple[str, ...]:
    """What made a cell's points others: its checks, and gates, whose outcome is another one."""
    if judgement.reason:
        return (judgement.reason,)
    before = {check.name: check for check in earlier.checks} if earlier is not None else {}
    if not before:
        return tuple(
            _said(check)
            for check in judgement.checks
            if check.family == family and check.verdict not in (Verdict.PASSED, Verdict.SKIPPED)
        )
    now = {check.name: check for check in judgement.checks}
    told = [
        _told(check, before.get(name))
        for name, check in now.items()
        if (check.family == family or check.gate) and _differs(check, before.get(name))
    ]
    told += [
        f"{name} is no longer asked (was {check.verdict}, {check.points:g} points)"
        for name, check in before.items()
        if name not in now and check.family == family
    ]
    if earlier is not None and earlier.reason:
        told.append(f"was {earlier.status}: {earlier.reason}")
    return tuple(told)


def _differs(now: CheckResult, before: CheckResult | None) -> bool:
    if before is None:
        return bool(now.max_points or now.gate)
    return (now.verdict, now.points, now.max_points) != (
        before.verdict,
        before.points,
        before.max_points,
    )


def _told(now: CheckResult, before: CheckResult | None) -> str:
    """How a check's outcome differs."""
    gained = round(now.points - (0.0 if before is None else before.points), 6)
    points = f", {gained:+g}" if gained else ""
    if before is None:
        return f"{_said(now)} (is new{points})"
    if before.verdict == now.verdict:
        worth = f"{before.points:g} of {before.max_points:g}"
        return f"{_said(now)} (was worth {worth}, is {now.points:g} of {now.max_points:g})"
    was = f"{before.verdict}: {before.message}" if before.message else str(before.verdict)
    return f"{_said(now)} (was {was}{points})"


def _said(check: CheckResult) -> str:
    return f"{check.name} {check.verdict}: {check.message}".rstrip(": ")
