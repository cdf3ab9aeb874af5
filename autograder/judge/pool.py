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
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Set
from multiprocessing.connection import Connection, wait
from typing import Any

import torch

from autograder.course.labs import Lab
from autograder.errors import AutograderError, GraderFault
from autograder.judge import session
from autograder.judge.diagnosis import Catalogue
from autograder.judge.judge import Judge
from autograder.judge.task import Task
from autograder.model import CheckResult, CheckSpec, Judgement, Level, Progress
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

    def judge(
        self,
        tasks: Iterable[Task | None],
        on_check: OnCheck | None = None,
        more: Callable[[], Connection[Any, Any] | None] = lambda: None,
    ) -> Iterator[Judgement]:
        """Judge submissions, in the order in which they get ready.

        Args:
            tasks: the submissions, of which no more are taken than the judges have use for; None
                for none at the moment. The end is where nothing is left and nothing is judged.
            on_check: called after each check.
            more: where submissions arrive: `tasks` is asked again when something is there to read.

        Raises:
            AutograderError: the lab's checks cannot be used at all.
        """
        queue, telling = _Queue(tasks, self._jobs), on_check is not None
        self._remove_dead()
        try:
            self._feed(queue, telling=telling)
            while any(worker.busy or not worker.ready for worker in self._alive):
                for worker in self._heard(more()):
                    yield from self._said(worker, queue, on_check)
                self._feed(queue, telling=telling)
            while (left := queue.take()) is not None:
                yield self._lost(left)
        finally:
            for worker in self._workers:
                if worker.busy is not None:  # nobody waits for what it would say
                    worker.end()

    def _said(
        self, worker: _Worker, queue: _Queue, on_check: OnCheck | None
    ) -> Iterator[Judgement]:
        """What a judge says: a judgement, or that it died over a submission for the second time."""
        said = worker.receive()
        if isinstance(said, Progress):
            if on_check is not None:
                on_check(said)
        elif isinstance(said, Judgement):
            yield said
        elif not worker.alive and worker.busy is not None:  # it died over this one
            task, worker.busy = worker.busy, None
            if queue.retry(task) and self._alive:
                queue.again.append(task)
            else:
                yield self._lost(task)

    def close(self) -> None:
        """End the judges, whatever they are doing."""
        for worker in self._workers:
            worker.end()
        self._workers = []

    @property
    def _alive(self) -> list[_Worker]:
        return [worker for worker in self._workers if worker.alive]

    def _remove_dead(self) -> None:
        """Make room for judges in the places of those that have died."""
        for worker in [worker for worker in self._workers if not worker.alive]:
            worker.end()
            self._workers.remove(worker)

    def _feed(self, queue: _Queue, *, telling: bool) -> None:
        """Give a submission to each judge that has none, and start more while there are more."""
        for worker in self._alive:
            if worker.ready and worker.busy is None and (task := queue.take()) is not None:
                worker.give(task, telling=telling)
        starting = sum(not worker.ready for worker in self._alive)
        taken = {worker.number for worker in self._workers}
        free = [number for number in range(self._jobs) if number not in taken]
        for number in free[: max(0, queue.held() - starting)]:
            self._workers.append(
                _Worker(self._lab, self._zygote, number, self._level, self._catalogue)
            )

    def _heard(self, more: Connection[Any, Any] | None) -> list[_Worker]:
        """The judges that have something to say; none where more submissions may have come."""
        by_connection = {worker.connection: worker for worker in self._alive}
        heard = wait([*by_connection, *([more] if more is not None else [])])
        return [by_connection[c] for c in heard if isinstance(c, Connection) and c in by_connection]

    def _lost(self, task: Task) -> Judgement:
        why = "the judge's process died over this submission; grade again"
        return task.not_graded(self._lab, why, self._level)


class _Queue:
    """Submissions, of which a few are held at a time.

    Attributes:
        again: those over which a judge died, which come after all others.
    """

    def __init__(self, tasks: Iterable[Task | None], most: int) -> None:
        self._tasks, self._most = iter(tasks), most
        self._held: deque[Task] = deque()
        self._died: set[str] = set()
        self.again: deque[Task] = deque()

    def retry(self, task: Task) -> bool:
        """Whether a submission over which a judge died may be judged again: once."""
        if task.submission.student in self._died:
            return False
        self._died.add(task.submission.student)
        return True

    def held(self) -> int:
        """How many are at hand, up to as many as there are judges."""
        while len(self._held) < self._most and (task := next(self._tasks, None)) is not None:
            self._held.append(task)
        return len(self._held)

    def take(self) -> Task | None:
        """The next one; None for none at the moment."""
        if self.held():
            return self._held.popleft()
        return self.again.popleft() if self.again else None


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
        self.alive, self.busy = False, None
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
    _let_go(keep={connection.fileno(), zygote.controls[number].fileno()})
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


def _let_go(keep: Set[int]) -> None:
    """Put nothing in the place of every other inherited descriptor.

    A program's pipes and sockets, say a server's or a browser driver's, would otherwise stay open
    as long as a judge lives, and whoever waits for their end would wait as long. They are replaced
    rather than closed, since objects of that program still hold their numbers.
    """
    nothing = os.open(os.devnull, os.O_RDWR)
    for name in os.listdir("/proc/self/fd"):
        descriptor = int(name)
        if descriptor > 2 and descriptor != nothing and descriptor not in keep:
            with contextlib.suppress(OSError):  # the listing's own
                os.fstat(descriptor)
                os.dup2(nothing, descriptor, inheritable=False)
    os.close(nothing)


def _say(connection: Connection[Any, Any], error: AutograderError) -> None:
    with contextlib.suppress(OSError):
        connection.send(error)
