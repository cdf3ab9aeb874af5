"""Several judges side by side: forked from the grader once torch is imported, each with its own
socket to the zygote.

The grader hands out one submission at a time, so a slow one holds up nobody, and a judge that dies
costs one retry.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection, wait
from typing import Any

from autograder.course.labs import Lab
from autograder.course.submissions import Submission
from autograder.errors import AutograderError, GraderFault
from autograder.judge import session as benches
from autograder.judge.diagnosis import Catalogue
from autograder.judge.judge import Judge
from autograder.model import Judgement, Status
from autograder.sandbox import privileges
from autograder.supervisor.zygote import ZygoteHandle

Fetch = Callable[[Submission], Submission]
_FORK = multiprocessing.get_context("fork")


def warm_up() -> None:
    """Let torch do in this process what it does lazily at the first backward pass, so that the
    judges inherit it.
    """
    import torch

    torch.set_num_threads(1)
    x = torch.ones(2, dtype=torch.double, requires_grad=True)
    torch.autograd.gradcheck(lambda t: t * t, (x,))


def judge_all(
    lab: Lab,
    found: Iterable[Submission],
    zygote: ZygoteHandle,
    seed: int,
    jobs: int,
    fetch: Callable[[Submission], Submission] = lambda f: f,
    known: Catalogue | None = None,
) -> Iterator[Judgement]:
    """Judge submissions of one lab, in the order in which they get ready.

    Args:
        lab: whose checks to run.
        found: the submissions.
        zygote: a zygote with at least `jobs` sockets, confirmed.
        seed: the run's seed.
        jobs: judges to start; no more than there are submissions are.
        fetch: completes a submission in the judge's process, so that its bytes need not travel.
        known: the lab's mistakes, to name those that a submission looks like.

    Raises:
        AutograderError: the lab's checks cannot be used at all.
    """
    waiting = deque(found)
    workers = [
        _Worker(lab, zygote, number, seed, fetch, known)
        for number in range(min(jobs, len(waiting)))
    ]
    tried: dict[str, int] = {}
    try:
        while any(worker.alive for worker in workers):
            for connection in wait([w.connection for w in workers if w.alive]):
                worker = next(w for w in workers if w.connection is connection)
                judgement = worker.receive()
                if judgement is not None:
                    yield judgement
                if not worker.alive and worker.busy is not None:  # it died over this one
                    tried[worker.busy.student] = tried.get(worker.busy.student, 0) + 1
                    if tried[worker.busy.student] > 1 or not any(w.alive for w in workers):
                        yield _lost(lab, worker.busy)
                    else:
                        waiting.append(worker.busy)
                if worker.alive and worker.ready:
                    worker.give(waiting.popleft() if waiting else None)
        for left in waiting:
            yield _lost(lab, left)
    finally:
        for worker in workers:
            worker.end()


def _lost(lab: Lab, found: Submission) -> Judgement:
    reason = "the judge's process died over this submission; grade again"
    return Judgement(found.student, lab.name, Status.NOT_GRADED, reason, max_score=lab.max_score)


class _Worker:
    """A judge's process, from the grader's side."""

    def __init__(
        self,
        lab: Lab,
        zygote: ZygoteHandle,
        number: int,
        seed: int,
        fetch: Fetch,
        known: Catalogue | None,
    ) -> None:
        self.connection, theirs = _FORK.Pipe()
        self.alive, self.ready = True, False
        self.busy: Submission | None = None
        parent = os.getpid()
        self._process = _FORK.Process(
            target=_work,
            args=(theirs, lab, zygote, number, seed, fetch, known, parent),
            daemon=True,
        )
        self._process.start()
        theirs.close()

    def receive(self) -> Judgement | None:
        """Take what the judge says: that it is ready, a judgement, or nothing more.

        Raises:
            AutograderError: the lab's checks cannot be used.
        """
        try:
            said = self.connection.recv()
        except (EOFError, OSError):
            self.alive = False
            return None
        if isinstance(said, AutograderError):
            raise said
        self.busy, self.ready = None, True
        return said if isinstance(said, Judgement) else None

    def give(self, found: Submission | None) -> None:
        """Hand over the next submission, or None: go home."""
        self.busy, self.ready = found, False
        with contextlib.suppress(OSError):
            self.connection.send(found)

    def end(self) -> None:
        """End the judge, whatever it is doing."""
        self.connection.close()
        self._process.join(timeout=5)  # it may have a zygote of its own to end
        self._process.kill()
        self._process.join()


def _work(
    connection: Connection,
    lab: Lab,
    zygote: ZygoteHandle,
    number: int,
    seed: int,
    fetch: Callable[[Submission], Submission],
    known: Catalogue | None,
    parent: int,
) -> None:
    """A judge's life."""
    privileges.die_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the grader ends its judges itself

    def serve(bench: benches.CheckSession) -> None:
        judge = Judge(zygote, number, seed, known)
        try:
            said: Any = "ready"
            while True:
                connection.send(said)
                found = connection.recv()
                if found is None:
                    return
                said = judge.judge(bench, fetch(found))
        finally:
            judge.close()

    try:
        benches.run(lab, serve)
    except AutograderError as error:
        connection.send(error)
    except (EOFError, OSError):
        pass  # the grader is gone
    except Exception as error:
        connection.send(GraderFault(f"a judge failed: {type(error).__name__}: {error}"))
    os._exit(0)
