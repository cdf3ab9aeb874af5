"""The one way in: from submissions to judgements.

Everything that grades uses it: the command line's verbs, nbgrader's plugin, Gradescope's container,
`verify`, tests and benchmarks. It takes bytes, not files, and imports no torch before its zygote is
on its way, so that both warm up side by side.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from autograder.course.labs import Lab
from autograder.course.submissions import Submission
from autograder.errors import SandboxUnavailable
from autograder.judge import fingerprint, inputs
from autograder.judge.task import Task
from autograder.messages import Ready
from autograder.model import Judgement, Level, Progress
from autograder.supervisor.zygote import ZygoteHandle

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from typing import Any

    from autograder.judge.diagnosis import Catalogue
    from autograder.judge.pool import Pool

OnCheck = Callable[[Progress], None]
REFUSED = (
    "student code cannot be confined on this machine, so nothing was graded.\n{missing}\n"
    "Needed: Linux 6.2 or later on x86_64 or aarch64 with seccomp, and Landlock or user "
    "namespaces. `autograder doctor` shows more. In Docker, the default profile is enough on such "
    "a kernel. On macOS and Windows, run it in a Linux container or virtual machine. For notebooks "
    "that you trust like your own programs there is --i-trust-these-notebooks; every result then "
    "says so."
)


LOWER = (
    "student code is confined at level `{level}` here, and the course asks for `{least}`, so "
    "nothing was graded. `autograder doctor` shows what is missing on this machine"
)


class Judges(Protocol):
    """Judges elsewhere, in the place of this machine's own: a cluster's."""

    def start(self) -> None:
        """Reach them.

        Raises:
            UsageError, GraderFault: they cannot be reached.
        """

    def close(self) -> None:
        """Let go of them."""

    def judge(self, lab: Lab, tasks: Iterable[Task], *, diagnose: bool) -> Iterator[Judgement]:
        """Judge submissions, in the order in which they get ready.

        Raises:
            GraderFault: nobody is left who could.
        """


class Grader:
    """Judges submissions, lab after lab, with one zygote. Use as a context manager.

    Args:
        root: the course.
        jobs: judges side by side; one a processor where None.
        masked: layers of the sandbox to do without, for tests; see `supervisor.zygote.LAYERS`.
        secret: what student code must not read, wherever it lies; the course itself never is.
        trusted: go on where student code cannot be confined. Every judgement then bears the mark.
        least: refuse to judge where student code is confined less than that.
        elsewhere: who judges instead of this machine, which then needs no sandbox.

    Raises:
        UsageError: a masked layer is unknown.
    """

    def __init__(
        self,
        root: Path,
        *,
        jobs: int | None = None,
        masked: Iterable[str] = (),
        secret: Iterable[Path] = (),
        trusted: bool = False,
        least: Level = Level.NONE,
        elsewhere: Judges | None = None,
    ) -> None:
        self.root = root
        self.jobs = max(1, jobs or os.cpu_count() or 1)
        self.zygote = ZygoteHandle(self.jobs, masked, [root, *secret])
        self._trusted, self._least = trusted, least
        self._elsewhere = elsewhere
        self._sandbox: Ready | None = None
        self._pools: dict[tuple[str, bool], Pool] = {}
        self._secret_bytes: bytes | None = None

    def __enter__(self) -> Grader:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start the zygote, which returns at once, or reach who judges elsewhere.

        Raises:
            SandboxUnavailable: it cannot be started.
            UsageError, GraderFault: see `Judges.start`.
        """
        (self._elsewhere or self.zygote).start()

    def close(self) -> None:
        """End the judges, the zygote and every process below it."""
        self._end_pools()
        self.zygote.stop()
        if self._elsewhere is not None:
            self._elsewhere.close()

    @property
    def level(self) -> Level:
        """How far student code is confined, as the sandbox's self-test has shown.

        Raises:
            SandboxUnavailable: there is no zygote, its sandbox does not hold, or there is none and
                `trusted` was not given.
        """
        return self.sandbox().level

    def sandbox(self) -> Ready:
        """Wait for the zygote, once, and try its sandbox.

        Raises:
            SandboxUnavailable: see `level`.
        """
        if self._sandbox is None:
            # Takes 2 s, in which the zygote warms up.
            from autograder.judge import pool
            from autograder.supervisor import selftest

            pool.warm_up()
            found = selftest.confirm(self.zygote)
            if found.level == Level.NONE and not self._trusted:
                missing = "\n".join(f"  {layer}: {why}" for layer, why in found.missing.items())
                raise SandboxUnavailable(REFUSED.format(missing=missing))
            if found.level.is_below(self._least):
                raise SandboxUnavailable(LOWER.format(level=found.level, least=self._least))
            self._sandbox = found
        return self._sandbox

    def judge(
        self,
        lab: Lab,
        submissions: Iterable[Submission],
        seed: int | None = None,
        *,
        diagnose: bool = True,
        on_check: OnCheck | None = None,
    ) -> Iterator[Judgement]:
        """Judge submissions of one lab, in the order in which they get ready.

        Args:
            lab: of the course.
            submissions: their students' names must differ. They are taken as they are needed.
            seed: of every submission's inputs; where None, each has its own, from the course's
                secret, the lab, the student and the bytes.
            diagnose: compare what loses points with the lab's catalogue of mistakes.
            on_check: called after each check; never by judges elsewhere.

        Raises:
            SandboxUnavailable: see `level`.
            UsageError: the lab's checks cannot be used, or the course's secret cannot be read.
        """
        tasks = (Task(one, self.seed(lab, one) if seed is None else seed) for one in submissions)
        if self._elsewhere is not None:
            yield from self._elsewhere.judge(lab, tasks, diagnose=diagnose)
        else:
            yield from self._pool(lab, diagnose=diagnose).judge(tasks, on_check)

    def judge_arriving(
        self,
        lab: Lab,
        tasks: Iterable[Task | None],
        more: Callable[[], Connection[Any, Any] | None],
        *,
        diagnose: bool,
    ) -> Iterator[Judgement]:
        """Judge submissions while others arrive, under seeds that were drawn elsewhere.

        Args:
            lab: of the course.
            tasks, more: see `Pool.judge`.
            diagnose: as for `judge`.

        Raises:
            SandboxUnavailable, UsageError: see `judge`.
        """
        yield from self._pool(lab, diagnose=diagnose).judge(tasks, None, more)

    def catalogue(self, lab: Lab) -> Catalogue:
        """The lab's mistakes with what the checks say of them, from the cache where it is known.

        Raises:
            SandboxUnavailable, UsageError: see `judge`.
        """
        from autograder.judge import catalogue  # imports torch

        known = catalogue.kept(lab)
        if known is None:
            judged = self._pool(lab, diagnose=False).judge(catalogue.tasks(lab))
            known = catalogue.make(lab, judged)
        return known

    def seed(self, lab: Lab, submission: Submission) -> int:
        """The seed of a submission's inputs, from the course's secret and all of the submission.

        Raises:
            UsageError: the secret cannot be read.
        """
        if self._secret_bytes is None:
            self._secret_bytes = inputs.course_secret(self.root)
        return inputs.seed_of(self._secret_bytes, lab.name, submission)

    def _pool(self, lab: Lab, *, diagnose: bool) -> Pool:
        """The judges of a lab; those of another end first, since each holds a socket."""
        from autograder.judge import pool  # imports torch

        key = (f"{lab.name}/{lab.limits}/{fingerprint.of(lab)}", diagnose)
        if key not in self._pools:
            level = self.level
            known = self.catalogue(lab) if diagnose else None
            self._end_pools()
            self._pools[key] = pool.Pool(lab, self.zygote, level, self.jobs, known)
        return self._pools[key]

    def _end_pools(self) -> None:
        for pool in self._pools.values():
            pool.close()
        self._pools = {}
