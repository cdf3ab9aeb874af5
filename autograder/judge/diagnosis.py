"""Names the catalogued mistakes that a submission behaves like. Right or silent.

The outcome of every check, down to the first wrong values, is compared with that of each catalogued
mistake under one and the same seed: what gives the same wrong numbers to the same questions behaves
the same. Checks of what was not written say nothing about what was, and are left out on both sides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import combinations

from autograder.model import CheckResult, Mistake, Verdict

SEED = 0x0D1A6
MAX_NAMED = 3
_NAMELESS = (
    *(Verdict.PASSED, Verdict.SKIPPED, Verdict.MISSING),
    *(Verdict.GRADER_ERROR, Verdict.SANDBOX_UNAVAILABLE),
)
_TELLS_NOTHING = (
    Verdict.WALL_LIMIT,
    Verdict.CPU_LIMIT,
    Verdict.CRASHED,
    Verdict.PROTOCOL,
    Verdict.OUTPUT_LIMIT,
)
Outcomes = dict[str, str]


@dataclass(frozen=True)
class Entry:
    """A catalogued mistake and what the checks say of it under `SEED`."""

    name: str
    hint: str
    outcomes: Outcomes
    title: str = ""


@dataclass(frozen=True)
class Catalogue:
    """A lab's mistakes."""

    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class Diagnosis:
    """What a submission looks like.

    Attributes:
        mistakes: all of them are in it; empty where nothing fits.
        alternatives: others that no check can tell from the first one.
    """

    mistakes: tuple[Mistake, ...] = ()
    alternatives: tuple[str, ...] = field(default=())


def outcomes(checks: Iterable[CheckResult]) -> Outcomes:
    """What a submission's failed checks said."""
    return {check.name: _outcome(check) for check in checks if check.verdict not in _NAMELESS}


def unwritten(checks: Iterable[CheckResult]) -> set[str]:
    """The checks of what a submission does not define."""
    return {check.name for check in checks if check.verdict == Verdict.MISSING}


def _outcome(check: CheckResult) -> str:
    """What a check said, but for what differs between answers with the same mistake: the last
    digits of a number, and the numbers in an error of Python's or PyTorch's.
    """
    message = check.message
    if check.verdict == Verdict.STUDENT_ERROR:
        message = re.sub(r"\d+", "#", message)
    detail = re.sub(r"-?\d+\.\d+(e[+-]?\d+)?", lambda n: f"{float(n[0]):.4g}", check.detail)
    return f"{check.verdict}|{message}|{detail}"


def diagnose(found: Outcomes, catalogue: Catalogue, unwritten: Set[str] = frozenset()) -> Diagnosis:
    """The mistake, or the two mistakes, that explain every failed check.

    Args:
        found: the outcomes of a submission under `SEED`.
        catalogue: the lab's mistakes under the same seed.
        unwritten: the checks of what the submission does not define. Mistakes that only they could
            tell apart are not told apart by a guess: then none is named.
    """
    if not found or any(outcome.startswith(_TELLS_NOTHING) for outcome in found.values()):
        return Diagnosis()
    entries = [_without(entry, unwritten) for entry in catalogue.entries]
    same = [i for i, entry in enumerate(entries) if entry.outcomes == found]
    if same:
        whole = [catalogue.entries[i] for i in same]
        one_kind = all(entry.outcomes == whole[0].outcomes for entry in whole)
        return _named(whole[:1], whole[1:]) if one_kind else Diagnosis()
    parts = [e for e in entries if e.outcomes and e.outcomes.items() <= found.items()]
    pairs = [
        (a, b)
        for a, b in combinations(_distinct(parts), 2)
        if {**a.outcomes, **b.outcomes} == found
    ]
    return _named(pairs[0], ()) if len(pairs) == 1 else Diagnosis()


def _without(entry: Entry, unwritten: Set[str]) -> Entry:
    """The entry as it looks where these checks cannot be judged."""
    if unwritten.isdisjoint(entry.outcomes):
        return entry
    kept = {name: said for name, said in entry.outcomes.items() if name not in unwritten}
    return replace(entry, outcomes=kept)


def _named(entries: Sequence[Entry], others: Sequence[Entry]) -> Diagnosis:
    if len(others) >= MAX_NAMED:  # too many to be of use
        return Diagnosis()
    return Diagnosis(
        tuple(Mistake(e.name, e.hint, e.title) for e in entries), tuple(e.name for e in others)
    )


def _distinct(entries: Sequence[Entry]) -> list[Entry]:
    """One of each group that no check can tell apart."""
    seen: dict[tuple[tuple[str, str], ...], Entry] = {}
    for entry in entries:
        seen.setdefault(tuple(sorted(entry.outcomes.items())), entry)
    return list(seen.values())
