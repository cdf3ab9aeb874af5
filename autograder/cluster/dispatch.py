"""Hands submissions to workers, a batch at a time, and takes their verdicts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from autograder import messages
from autograder.cluster.admission import Wanted
from autograder.cluster.ledger import Ledger
from autograder.cluster.link import Heard, LinkLost
from autograder.course.labs import Lab
from autograder.errors import GraderFault
from autograder.judge.client import PATIENCE, START_SECONDS
from autograder.judge.task import Task
from autograder.messages import Answer, Batch, Introduce, Introduction, Question, Verdicts
from autograder.model import Judgement

PER_BATCH = 4  # submissions: a message costs little, and a slow one holds up few others' verdicts
LOOK_SECONDS = 1.0  # between two looks at who the workers are


class Way(Protocol):
    """What is needed of a `Link`."""

    def workers(self) -> set[str]: ...  # noqa: D102 - see `Link`
    def ask(self, worker: str, name: str, raw: bytes) -> str: ...  # noqa: D102
    def forget(self, key: str) -> None: ...  # noqa: D102
    def heard(self, seconds: float) -> Iterable[Heard]: ...  # noqa: D102
    def again(self, patience: float) -> None: ...  # noqa: D102


@dataclass
class _Worker:
    """A worker, as far as it is known.

    Attributes:
        name: for people.
        jobs: how many submissions it judges side by side; 0 before it is admitted.
        refused: why it may not judge.
        greeting: the key of what it was asked first, until it has answered.
        out: the numbers of the submissions that it has, by the key of their batch.
        due: by key, when a batch must have come back, on the clock.
    """

    name: str
    jobs: int = 0
    refused: str = ""
    greeting: str = ""
    out: dict[str, list[int]] = field(default_factory=dict)
    due: dict[str, float] = field(default_factory=dict)

    @property
    def free(self) -> bool:
        """Whether it may have one more batch: as many as it has judges, and one to go on with."""
        return bool(self.jobs) and not self.refused and len(self.out) <= self.jobs

    def back(self, key: str) -> list[int]:
        """A batch is no longer out."""
        self.due.pop(key, None)
        return self.out.pop(key, [])


class Dispatch:
    """Judges a lab's submissions on a cluster.

    Args:
        way: to the scheduler.
        lab: whose checks to run.
        wanted: what a worker must be.
        tell: gets what an instructor should know, sentence by sentence.
        patience: seconds to wait where nobody can judge, before the run ends.
        clock: seconds, from any start.
    """

    def __init__(
        self,
        way: Way,
        lab: Lab,
        wanted: Wanted,
        tell: Callable[[str], None],
        *,
        patience: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._way, self._lab, self._wanted, self._tell = way, lab, wanted, tell
        self._patience, self._clock = patience, clock
        self._workers: dict[str, _Worker] = {}
        self._looked = -LOOK_SECONDS
        self._alone_since = clock()

    def judge(self, tasks: Iterable[Task], *, diagnose: bool) -> Iterator[Judgement]:
        """Judge submissions, in the order in which their verdicts come.

        Raises:
            GraderFault: nobody could judge for too long, or the scheduler is gone.
        """
        ledger = Ledger(tasks)
        while not ledger.finished:
            try:
                yield from self._look(ledger)
                self._hand_out(ledger, diagnose=diagnose)
                self._wait_for_somebody()
                for heard in self._way.heard(LOOK_SECONDS):
                    yield from self._hear(ledger, heard)
                yield from self._overdue(ledger)
            except LinkLost as error:
                self._reconnect(ledger, str(error))

    # -- who is there ------------------------------------------------------------------------------

    def _look(self, ledger: Ledger) -> Iterator[Judgement]:
        """Note who has come and gone; what the latter had goes to others."""
        now = self._clock()
        if now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        there = self._way.workers()
        for address in set(self._workers) - there:
            gone = self._workers.pop(address)
            lost = [number for key in list(gone.out) for number in self._drop(gone, key)]
            if not gone.refused:
                self._tell(
                    f"the worker {gone.name} is gone; its {len(lost)} submissions go to others"
                )
            yield from map(self._lost, ledger.lose(lost))
        for address in sorted(there - set(self._workers)):
            self._greet(address)

    def _greet(self, address: str) -> None:
        """Ask a worker who it is."""
        raw = messages.encode(Introduce(self._lab.name))
        known = self._workers.setdefault(address, _Worker(address))
        known.jobs, known.refused = 0, ""
        known.greeting = self._way.ask(address, "introduce", raw)

    def _drop(self, worker: _Worker, key: str) -> list[int]:
        self._way.forget(key)
        return worker.back(key)

    def _reconnect(self, ledger: Ledger, why: str) -> None:
        """The scheduler is gone: all that is out must be asked again of whoever comes back."""
        self._tell(f"the scheduler does not answer ({why}); waiting for it")
        for worker in self._workers.values():
            for numbers in worker.out.values():
                ledger.lose(numbers, blamed=False)
        self._workers = {}
        self._way.again(self._patience)
        self._tell("the scheduler is back")
        self._looked, self._alone_since = -LOOK_SECONDS, self._clock()

    def _wait_for_somebody(self) -> None:
        """Nothing, while somebody can judge or may soon be able to.

        Raises:
            GraderFault: nobody could for too long.
        """
        now = self._clock()
        if any(worker.jobs and not worker.refused for worker in self._workers.values()):
            self._alone_since = now
        if now - self._alone_since <= self._patience:
            return
        refused = "".join(
            f"\n  {worker.name}: {worker.refused or 'it does not say who it is'}"
            for worker in self._workers.values()
        )
        raise GraderFault(
            f"no worker can judge `{self._lab.name}`, and none came in {self._patience:g} s."
            f"{refused}\nStart some with `autograder worker SCHEDULER`; what was judged is kept"
        )

    # -- what is out -------------------------------------------------------------------------------

    def _hand_out(self, ledger: Ledger, *, diagnose: bool) -> None:
        """Give workers that are free their next batches, each its first before anyone's second."""
        while free := [one for one in self._workers.items() if one[1].free]:
            address, worker = min(free, key=lambda one: len(one[1].out) / one[1].jobs)
            taken = ledger.take(PER_BATCH)
            if not taken:
                return
            numbers = [number for number, _ in taken]
            batch = Batch(
                self._wanted.fingerprint,
                [self._question(number, task, diagnose=diagnose) for number, task in taken],
            )
            try:
                key = self._way.ask(address, "judge", messages.encode(batch))
            except LinkLost:
                ledger.lose(numbers, blamed=False)
                raise
            worker.out[key] = numbers
            worker.due[key] = self._clock() + self._longest(worker)

    def _question(self, number: int, task: Task, *, diagnose: bool) -> Question:
        found = task.submission
        return Question(
            lab=self._lab.name,
            student=found.student,
            raw=found.raw,
            reason=found.reason,
            notes=found.notes,
            seed=task.seed,
            number=number,
            diagnose=diagnose,
        )

    def _longest(self, worker: _Worker) -> float:
        """Seconds in which a worker that is well answers, even if all that it has are at their
        limits; so many that only one that hangs exceeds them.
        """
        waves = (worker.jobs + 1) * PER_BATCH / worker.jobs
        return 2 * START_SECONDS + PATIENCE * self._lab.limits.wall_seconds * waves

    def _overdue(self, ledger: Ledger) -> Iterator[Judgement]:
        """Take their batches from workers that hang."""
        now = self._clock()
        for worker in self._workers.values():
            late = [key for key, due in worker.due.items() if due < now]
            if late:
                worker.refused = "it holds on to submissions without an answer"
                self._tell(f"the worker {worker.name} hangs; what it has goes to others")
                lost = [number for key in list(worker.out) for number in self._drop(worker, key)]
                yield from map(self._lost, ledger.lose(lost))

    # -- what is heard -----------------------------------------------------------------------------

    def _hear(self, ledger: Ledger, heard: Heard) -> Iterator[Judgement]:
        for address, worker in self._workers.items():
            if heard.key == worker.greeting:
                self._admit(address, worker, heard)
                return
            if heard.key in worker.out:
                yield from self._returned(ledger, address, worker, heard)
                return

    def _admit(self, address: str, worker: _Worker, heard: Heard) -> None:
        """Let a worker judge, or refuse it by its name."""
        worker.greeting = ""
        try:
            if heard.raw is None:
                raise ValueError(heard.fault)
            said: Introduction = messages.decode(heard.raw, Introduction)
        except ValueError as error:
            worker.refused = str(error)
        else:
            worker.name = f"{said.name} ({address})"
            worker.refused = self._wanted.refusal(said)
            worker.jobs = max(1, said.jobs)
        if worker.refused:
            self._tell(f"the worker {worker.name} is refused: {worker.refused}")

    def _returned(
        self, ledger: Ledger, address: str, worker: _Worker, heard: Heard
    ) -> Iterator[Judgement]:
        """A batch has come back, with verdicts or without."""
        numbers = worker.back(heard.key)
        answers, fault = self._read(heard)
        for answer in answers:
            task = ledger.task(answer.number) if answer.number in numbers else None
            if task is None:  # its verdict has come before
                continue
            if answer.judgement is None:
                fault = answer.fault or "it gave no verdict"
            elif wrong := self._wanted.odd(answer.judgement, self._lab, task):
                fault = wrong
            else:
                ledger.settle(answer.number)
                yield answer.judgement
        left = [number for number in numbers if ledger.task(number) is not None]
        if left and heard.blamed:
            self._tell(f"the worker {worker.name} gave {len(left)} submissions back: {fault}")
            self._greet(address)  # it may have changed
        yield from map(self._lost, ledger.lose(left, blamed=heard.blamed))

    def _read(self, heard: Heard) -> tuple[list[Answer], str]:
        """The answers to a batch, and why there are none."""
        if heard.raw is None:
            return [], heard.fault
        try:
            verdicts: Verdicts = messages.decode(heard.raw, Verdicts)
        except ValueError as error:
            return [], f"its answer cannot be read: {error}"
        return verdicts.answers, "it left them out"

    def _lost(self, task: Task) -> Judgement:
        why = "the workers that had this submission failed; grade again"
        return task.not_graded(self._lab, why)
