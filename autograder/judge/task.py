"""What a judge is given."""

from __future__ import annotations

from dataclasses import dataclass

from autograder.course.labs import Lab
from autograder.course.submissions import Submission
from autograder.model import Judgement, Level, Status


@dataclass(frozen=True)
class Task:
    """A submission to be judged, and the seed of its inputs."""

    submission: Submission
    seed: int

    def not_graded(self, lab: Lab, why: str, level: Level = Level.NONE) -> Judgement:
        """That a fault of ours left it without a verdict."""
        return Judgement(
            student=self.submission.student,
            lab=lab.name,
            status=Status.NOT_GRADED,
            reason=why,
            max_score=lab.max_score,
            seed=self.seed,
            level=level,
        )
