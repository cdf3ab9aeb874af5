"""What a submission gets in the end, beside what its checks gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from autograder.model import Judgement, StudentView


@dataclass(frozen=True)
class Final:
    """A submission's score as its gradebook has it.

    Attributes:
        before: points with those given by hand, before a late penalty; None where there is no
            score.
        late: what lateness costs.
        score: what counts; None where there is no score.
        comments: written by hand, for its student.
    """

    before: float | None
    late: float = 0.0
    score: float | None = None
    comments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """A score and what it is made of.

    Attributes:
        checks: what the checks gave, extra credit included; None where they gave no score.
        by_hand: what an instructor added or took.
        late: what lateness costs.
        final: what counts; None where there is no score.
    """

    checks: float | None
    by_hand: float
    late: float
    final: float | None

    @property
    def is_changed(self) -> bool:
        """Whether anything but the checks had a part in it."""
        return self.checks != self.final or bool(self.by_hand) or bool(self.late)


NOBODY: Mapping[str, Final] = {}


def outcome(judgement: Judgement | StudentView, final: Final | None) -> Outcome:
    """What became of a judgement in the gradebook.

    Args:
        judgement: what the checks said.
        final: what the gradebook has; None where nobody changed anything there.
    """
    checks = round(judgement.score + judgement.bonus, 6) if judgement.status.has_score else None
    if final is None:
        return Outcome(checks, 0.0, 0.0, checks)
    by_hand = 0.0 if final.before is None else round(final.before - (checks or 0.0), 6)
    return Outcome(checks, by_hand, final.late, final.score)
