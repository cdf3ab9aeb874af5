"""Which submissions are out with whom, so that each verdict counts once and none is forgotten."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator

from autograder.judge.task import Task

MOST_LOSSES = 3  # how often the worker that has a submission may fail before it is given up


class Ledger:
    """Submissions on their way. Those that come are read as they are needed.

    Args:
        tasks: the submissions.
    """

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._fresh: Iterator[tuple[int, Task]] = enumerate(tasks, 1)
        self._next: tuple[int, Task] | None = None
        self._open: dict[int, Task] = {}
        self._again: deque[int] = deque()
        self._losses: Counter[int] = Counter()

    def take(self, most: int) -> list[tuple[int, Task]]:
        """The next ones by their numbers, at most so many; none where all are out or done.

        One that a worker was lost over goes alone: should it be to blame, it takes no others along.
        """
        while self._again:
            number = self._again.popleft()
            if number in self._open:  # or its verdict has come after all
                return [(number, self._open[number])]
        taken: list[tuple[int, Task]] = []
        while len(taken) < most and (upcoming := self._peek()) is not None:
            taken.append(upcoming)
            self._next = None
        self._open.update(taken)
        return taken

    def settle(self, number: int) -> Task | None:
        """The submission whose verdict has come; None where it has come before."""
        self._losses.pop(number, None)
        return self._open.pop(number, None)

    def task(self, number: int) -> Task | None:
        """A submission that has no verdict yet."""
        return self._open.get(number)

    def lose(self, numbers: Iterable[int], *, blamed: bool = True) -> list[Task]:
        """Give back those of a worker that failed, to be judged by others.

        Args:
            numbers: those without a verdict count.
            blamed: whether they may have to do with it.

        Returns:
            Those that have now failed so often that nobody gets them any more.
        """
        given_up = []
        for number in numbers:
            if number not in self._open:
                continue
            self._losses[number] += blamed
            if self._losses[number] >= MOST_LOSSES:
                given_up.append(self._open[number])
                self.settle(number)
            else:
                self._again.append(number)
        return given_up

    @property
    def finished(self) -> bool:
        """Whether every submission has its verdict or was given up."""
        return not self._open and self._peek() is None

    def _peek(self) -> tuple[int, Task] | None:
        if self._next is None:
            self._next = next(self._fresh, None)
        return self._next
