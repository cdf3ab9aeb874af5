"""Which workers may judge: those whose verdicts would be this machine's own."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib import metadata

import autograder
from autograder.course.labs import Lab
from autograder.judge import fingerprint
from autograder.judge.task import Task
from autograder.messages import Introduction
from autograder.model import Judgement, Level

SHOWN = 12  # characters of a fingerprint


@dataclass(frozen=True)
class Wanted:
    """What a worker must be.

    Attributes:
        version, python, torch: of its programs.
        fingerprint: of the lab, its checks and the grader.
        least: the level of its sandbox.
        trusted: whether one without a sandbox will do.
    """

    version: str
    python: str
    torch: str
    fingerprint: str
    least: Level = Level.NONE
    trusted: bool = False

    def refusal(self, said: Introduction) -> str:
        """Why a worker may not judge; empty where it may."""
        if said.fault:
            return said.fault
        for what, its, ours in (
            ("autograd-labs", said.version, self.version),
            ("Python", said.python, self.python),
            ("torch", said.torch, self.torch),
        ):
            if its != ours:
                return f"it has {what} {its}, and {ours} is here"
        if said.fingerprint != self.fingerprint:
            return (
                "its lab, checks or grader are not those here: fingerprint "
                f"{said.fingerprint[:SHOWN]}, and {self.fingerprint[:SHOWN]} is here. Bring its "
                "copy of the course, and its packages, to the same state"
            )
        return self.too_low(said.level)

    def too_low(self, level: Level) -> str:
        """Why this level of a sandbox will not do; empty where it will."""
        if level == Level.NONE and not self.trusted:
            return "it cannot confine student code (level `none`)"
        if level.is_below(self.least):
            return f"its sandbox's level is `{level}`, and the course asks for `{self.least}`"
        return ""

    def odd(self, judgement: Judgement, lab: Lab, task: Task) -> str:
        """Why a judgement cannot be the one that was asked for; empty where it can."""
        told = (judgement.student, judgement.lab, judgement.seed)
        if told != (task.submission.student, lab.name, task.seed):
            return "it answered something else than was asked"
        return self.too_low(judgement.level)


def wanted(lab: Lab, least: Level = Level.NONE, *, trusted: bool = False) -> Wanted:
    """What a worker must be to judge as this machine does.

    Raises:
        UsageError: the lab has no hidden checks.
    """
    versions = own_versions()
    return Wanted(**versions, fingerprint=fingerprint.of(lab), least=least, trusted=trusted)


def own_versions() -> dict[str, str]:
    """The versions of the programs here."""
    return {
        "version": autograder.__version__,
        "python": platform.python_version(),
        "torch": metadata.version("torch"),
    }
