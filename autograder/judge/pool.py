"""Several judges side by side: forked once torch is imported, each with its own socket to the
zygote.

The grader hands out one submission at a time, so a slow one holds up nobody, and a judge that dies
costs one retry.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import warnings
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection, wait
from typing import Any

import torch

from autograder.course.labs import Lab
from autograder.errors import AutograderError, GraderFault
from autograder.judge import session
from autograder.judge.diagnosis import Catalogue
from autograder.judge.judge import Judge, Task
from autograder.model import CheckResult, CheckSpec, Judgement, Level, Progress, Status
from autograder.sandbox import privileges
from autograder.supervisor.zygote import ZygoteHandle

OnCheck = Callable[[Progress], None]
_FORK = multiprocessing.get_context("fork")
_READY = "ready"


def warm_up() -> None:
    """Let torch do in this process what it does lazily at the first backward pass, so that the
    judges inherit it.
    """
    torch.set_num_threads(1)
    x = torch.ones(2, dtype=torch.double, requires_grad=True)
    torch.autograd.gradcheck(lambda t: t * t, (x,))


class Pool:
    """Judges of one lab, started as they are needed and kept for the next call.

    Args:
        lab: whose checks to run.
        zygote: with at least `jobs` sockets, confirmed.
        level: of its sandbox.
        jobs: how many judges at most.
        catalogue: the lab's mistakes, to name those that a submission looks like; None to leave
            submissions undiagnosed.
    """

    def __init__(
        self,
        lab: Lab,
        zygote: ZygoteHandle,
        level: Level,
        jobs: int,
        catalogue: Catalogue | None,
    ) -> None:
        self._lab, self._zygote, self._level = lab, zygote, level
        self._jobs, self._catalogue = jobs, catalogue
        self._workers: list[_Worker] = []

    def judge(self, tasks: Iterable[Task], on_check: OnCheck | None = None) -> Iterator[Judgement]:
        """Judge submissions, in the order in which they get ready.

        Args:
            tasks: the submissions.
            on_check: called after each check.

        Raises:
            AutograderError: the lab's checks cannot be used at all.
        """
        waiting, telling = deque(tasks), on_check is not None
        tried: Counter[str] = Counter()
        self._start(min(self._jobs, len(waiting)))
        for worker in [one for one in self._alive if one.ready][: len(waiting)]:
            worker.give(waiting.popleft(), telling=telling)
        while any(worker.busy or not worker.ready for worker in self._alive):
            for worker in self._heard():
                said = worker.receive()
                if isinstance(said, Progress):
                    if on_check is not None:
                        on_check(said)
                    continue
                if isinstance(said, Judgement):
                    yield said
                if worker.alive and waiting:
                    worker.give(waiting.popleft(), telling=telling)
                elif not worker.alive and worker.busy is not None:  # it died over this one
                    task, worker.busy = worker.busy, None
                    tried[task.submission.student] += 1
                    if tried[task.submission.student] > 1 or not self._alive:
                        yield self._lost(task)
                    else:
                        self._hand_on(task, waiting, telling=telling)
        yield from map(self._lost, waiting)

    def close(self) -> None:
        """End the judges, whatever they are doing."""
        for worker in self._workers:
            worker.end()
        self._workers = []

    @property
    def _alive(self) -> list[_Worker]:
        return [worker for worker in self._workers if worker.alive]

    def _start(self, count: int) -> None:
        """Have so many judges, in the places of those that have died."""
        for worker in [worker for worker in self._workers if not worker.alive]:
            worker.end()
            self._workers.remove(worker)
        taken = {worker.number for worker in self._workers}
        for number in range(self._jobs):
            if len(self._workers) < count and number not in taken:
                self._workers.append(
                    _Worker(self._lab, self._zygote, number, self._level, self._catalogue)
                )

    def _heard(self) -> list[_Worker]:
        """The judges that have something to say."""
        by_connection = {worker.connection: worker for worker in self._alive}
        return [by_connection[c] for c in wait(list(by_connection)) if isinstance(c, Connection)]

    def _hand_on(self, task: Task, waiting: deque[Task], *, telling: bool) -> None:
        """To a judge that has nothing to do, or to the end of the queue."""
        idle = [worker for worker in self._alive if worker.ready and worker.busy is None]
        if idle:
            idle[0].give(task, telling=telling)
        else:
            waiting.append(task)

    def _lost(self, task: Task) -> Judgement:
        return Judgement(
            student=task.submission.student,
            lab=self._lab.name,
            status=Status.NOT_GRADED,
            reason="the judge's process died over this submission; grade again",
            max_score=self._lab.max_score,
            seed=task.seed,
            level=self._level,
        )


class _Worker:
    """A judge's process, from the grader's side."""

    def __init__(
        self,
        lab: Lab,
        zygote: ZygoteHandle,
        number: int,
        level: Level,
        catalogue: Catalogue | None,
    ) -> None:
        self.connection, theirs = _FORK.Pipe()
        self.number = number
        self.alive, self.ready = True, False
        self.busy: Task | None = None
        self._process = _FORK.Process(
            target=_work,
            args=(theirs, lab, zygote, number, level, catalogue, os.getpid()),
            daemon=True,
        )
        self._process.start()
        theirs.close()

    def receive(self) -> Judgement | Progress | None:
        """Take what the judge says: that it is ready, results so far, a judgement, or nothing more.

        Raises:
            AutograderError: the lab's checks cannot be used.
        """
        try:
            said = self.connection.recv()
        except (EOFError, OSError):
            self.alive = False
            return None
        if isinstance(said, AutograderError):
            self.alive = False
            raise said
        if isinstance(said, Progress):
            return said
        self.busy, self.ready = None, True
        return said if isinstance(said, Judgement) else None

    def give(self, task: Task, *, telling: bool) -> None:
        """Hand over a submission; `telling` asks for the results after each check as well."""
        self.busy = task
        with contextlib.suppress(OSError):  # it has died, which the next `receive` finds out
            self.connection.send((task, telling))

    def end(self) -> None:
        """End the judge, whatever it is doing."""
        if self.ready and self.busy is None:
            with contextlib.suppress(OSError):
                self.connection.send(None)
            self._process.join(timeout=5)  # it may have a zygote of its own to end
        self.connection.close()
        self._process.kill()
        self._process.join()


def _work(
    connection: Connection[Any, Any],
    lab: Lab,
    zygote: ZygoteHandle,
    number: int,
    level: Level,
    catalogue: Catalogue | None,
    parent: int,
) -> None:
    """A judge's life."""
    privileges.die_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the grader ends its judges itself
    # Whether a second backward is refused must be the student's answer, not ours: checks call
    # backward with create_graph on purpose.
    warnings.filterwarnings("ignore", message="Using backward.. with create_graph=True")

    def serve(checks: session.CheckSession) -> None:
        judge = Judge(checks, zygote, number, level, catalogue)
        try:
            said: Any = _READY
            while True:
                connection.send(said)
                asked: tuple[Task, bool] | None = connection.recv()
                if asked is None:
                    return
                task, telling = asked
                student = task.submission.student

                def tell(
                    results: tuple[CheckResult, ...],
                    to_come: tuple[CheckSpec, ...],
                    student: str = student,
                ) -> None:
                    connection.send(Progress(student, results, to_come))

                said = judge.judge(task, tell if telling else None)
        finally:
            judge.close()

    try:
        session.run(lab, serve)
    except AutograderError as error:
        _say(connection, error)
    except (EOFError, OSError):  # nobody listens any more
        pass
    except BaseException as error:  # noqa: BLE001 - the grader says it, or nobody would
        _say(connection, GraderFault(f"a judge failed: {type(error).__name__}: {error}"))
    os._exit(0)  # what the grader's process would do at its end is not this one's to do


def _say(connection: Connection[Any, Any], error: AutograderError) -> None:
    with contextlib.suppress(OSError):
        connection.send(error)
