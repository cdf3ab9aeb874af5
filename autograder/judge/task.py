"""What a judge is given."""

from __future__ import annotations

from dataclasses import dataclass

from autograder.course.submissions import Submission


@dataclass(frozen=True)
class Task:
    """A submission to be judged, and the seed of its inputs."""

    submission: Submission
    seed: int
