"""Checks by the grade cell that they belong to, as a student's page shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autograder.course import hints
from autograder.course.labs import Lab
from autograder.model import StudentCheck, Verdict


@dataclass(frozen=True)
class Family:
    """The checks of one grade cell, as a page shows them.

    Attributes:
        name: the grade cell's.
        checks: in their order.
        hinted: whether the lab has hints for them.
    """

    name: str
    checks: tuple[StudentCheck, ...]
    hinted: bool = False

    @property
    def state(self) -> str:
        """Whether it "failed", "passed", or is "unwritten": all that is wrong is not there."""
        verdicts = {check.verdict for check in self.checks} - {Verdict.PASSED, Verdict.SKIPPED}
        if verdicts == {Verdict.MISSING}:
            return "unwritten"
        return "failed" if verdicts else "passed"

    @property
    def count(self) -> int:
        """How many checks."""
        return len(self.checks)

    @property
    def points(self) -> float:
        """Points earned."""
        return sum(check.points for check in self.checks)

    @property
    def most(self) -> float:
        """Points there are to earn."""
        return sum(check.max_points for check in self.checks)

    @property
    def extra(self) -> bool:
        """Whether all of it is extra credit."""
        return all(check.bonus for check in self.checks)


def families(lab: Lab, checks: Sequence[StudentCheck]) -> list[Family]:
    """The checks by grade cell, in the lab's order. A lab has hints for all its cells, or none."""
    hinted = lab.families.keys() if (lab.solutions / hints.FILE).is_file() else frozenset()
    by_name: dict[str, list[StudentCheck]] = {}
    for check in checks:
        by_name.setdefault(check.family or check.name, []).append(check)
    return [Family(name, tuple(members), name in hinted) for name, members in by_name.items()]
