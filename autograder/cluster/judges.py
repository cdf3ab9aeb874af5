"""The judges of a cluster, in the place of this machine's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from autograder.cluster import admission
from autograder.cluster.addresses import Place
from autograder.cluster.dispatch import Dispatch
from autograder.cluster.link import Link, LinkLost
from autograder.course.labs import Lab
from autograder.errors import GraderFault
from autograder.judge.task import Task
from autograder.model import Judgement, Level

PATIENCE_SECONDS = 120.0


class ClusterJudges:
    """Judges behind a scheduler; see `judge.grader.Judges`.

    Args:
        place: the scheduler.
        tell: gets what an instructor should know, sentence by sentence.
        least: refuse workers that confine student code less.
        trusted: take workers that cannot confine it at all.
        patience: seconds to wait for a worker, or for the scheduler to come back.
    """

    def __init__(
        self,
        place: Place,
        tell: Callable[[str], None],
        *,
        least: Level = Level.NONE,
        trusted: bool = False,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._place, self._tell = place, tell
        self._least, self._trusted, self._patience = least, trusted, patience
        self._link = Link(place)

    def start(self) -> None:
        """Connect to the scheduler.

        Raises:
            GraderFault: nobody answers there.
        """
        try:
            self._link.open()
        except LinkLost as error:
            raise GraderFault(
                f"no scheduler answers at {self._place.address} ({error}). Start one with "
                "`dask scheduler`, and workers with `autograder worker`"
            ) from None
        if self._link.dashboard:
            self._tell(f"Dask's dashboard: {self._link.dashboard}")

    def close(self) -> None:
        """Let go of the scheduler."""
        self._link.close()

    def judge(self, lab: Lab, tasks: Iterable[Task], *, diagnose: bool) -> Iterator[Judgement]:
        """Judge submissions, in the order in which their verdicts come.

        Raises:
            GraderFault: nobody could judge for too long, or the scheduler is gone.
            UsageError: the lab has no hidden checks.
        """
        wanted = admission.wanted(lab, self._least, trusted=self._trusted)
        one = Dispatch(self._link, lab, wanted, self._tell, patience=self._patience)
        yield from one.judge(tasks, diagnose=diagnose)
