"""Measures what right answers cost, beside the reference.

A lab says in `solutions/<lab>/costs.py` what answers are made to do: `WORK` holds a function for
each answer cell that is measured. It gets the names that the lab's cells define; its docstring says
what it does. The answers are the course's own, so they run in this process.
"""

from __future__ import annotations

import importlib.util
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from autograder.course import answers
from autograder.course.answers import Answer
from autograder.course.labs import Lab
from autograder.errors import UsageError
from autograder.model import Role
from autograder.pages.solutions import Cost

ROUNDS = 5
LEAST_SECONDS = 0.01  # a round; shorter ones say more of the clock than of the work
ENOUGH_SECONDS = 0.1  # a round that need not be repeated
MOST_CALLS = 16
Work = Callable[[dict[str, Any]], object]


def measure(lab: Lab, others: list[Answer], rounds: int = ROUNDS) -> dict[str, tuple[Cost, ...]]:
    """The costs of answers, by their names.

    Args:
        lab: whose `costs.py` says what they do; without one nothing is measured.
        others: the answers.
        rounds: how often each is timed; the quickest counts.

    Raises:
        UsageError: `costs.py` cannot be run, or names no answer cell.
    """
    works = _works(lab)
    reference = answers.reference(lab)
    right = {
        cell: _measured(work, partial(_names, lab, reference), rounds)
        for cell, work in works.items()
    }
    found: dict[str, tuple[Cost, ...]] = {}
    for other in others:
        make = partial(_names, lab, answers.complete(other, reference))
        cells = [cell for cell in other.cells if cell in works]
        found[other.name] = tuple(
            _cost(cell, works[cell], _measured(works[cell], make, rounds), right[cell])
            for cell in cells
        )
    return found


def _works(lab: Lab) -> dict[str, Work]:
    path = lab.solutions / "costs.py"
    if not path.is_file():
        return {}
    spec = importlib.util.spec_from_file_location(f"costs_{lab.name}", path)
    if spec is None or spec.loader is None:
        raise UsageError(f"`{path}` is no module of Python's")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        works: dict[str, Work] = module.WORK
    except Exception as error:
        raise UsageError(f"`{path}` cannot be run: {type(error).__name__}: {error}") from error
    if unknown := set(works) - set(lab.answers):
        raise UsageError(f"`{path}` names `{sorted(unknown)[0]}`, which is no answer cell")
    return works


def _names(lab: Lab, answer: Answer) -> dict[str, Any]:
    """What the lab's given cells and this answer define."""
    namespace: dict[str, Any] = {"__name__": "__main__"}  # as in a notebook
    for cell in lab.cells:
        if cell.role in (Role.GIVEN, Role.ANSWER):
            text = answer.cells[cell.key] if cell.role == Role.ANSWER else cell.source
            exec(compile(text, cell.cell_id, "exec"), namespace)  # noqa: S102 - the course's own answer
    return namespace


@dataclass(frozen=True)
class _Measured:
    """What one call takes: seconds, bytes made, bytes kept for backward."""

    seconds: float
    memory: int
    kept: int


def _cost(cell: str, work: Work, mine: _Measured, right: _Measured) -> Cost:
    return Cost(
        cell=cell,
        work=" ".join((work.__doc__ or "").split()),
        time=mine.seconds / right.seconds,
        memory=mine.memory,
        reference_memory=right.memory,
        kept=mine.kept,
        reference_kept=right.kept,
    )


def _measured(work: Work, make: Callable[[], dict[str, Any]], rounds: int) -> _Measured:
    """Measure one answer. Each round gets names of its own: what one leaves behind, such as a tape
    that grows, is not in the next.
    """
    calls = 1
    while (seconds := _seconds(work, make(), calls)) < LEAST_SECONDS and calls < MOST_CALLS:
        calls *= 2
    if seconds < ENOUGH_SECONDS:
        seconds = min(_seconds(work, make(), calls) for _ in range(rounds))
    return _Measured(seconds / calls, *_memory(work, make()))


def _seconds(work: Work, names: dict[str, Any], calls: int) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        work(names)
    return time.perf_counter() - start


def _memory(work: Work, names: dict[str, Any]) -> tuple[int, int]:
    """Bytes of new tensors, or of Python's objects where there are none; those kept."""
    with _watching() as (made, kept):
        work(names)
    if made:
        return sum(made.values()), sum(kept.values())
    tracemalloc.start()
    try:
        work(names)
        return tracemalloc.get_traced_memory()[1], 0
    finally:
        tracemalloc.stop()


@contextmanager
def _watching() -> Iterator[tuple[dict[int, int], dict[int, int]]]:
    """Count the memory that operations allocate, and what is saved for backward, in bytes by its
    place.
    """
    import torch  # takes two seconds
    from torch.utils._python_dispatch import TorchDispatchMode

    made: dict[int, int] = {}
    kept: dict[int, int] = {}
    alive = []  # so that no place is used twice

    class Watch(TorchDispatchMode):  # type: ignore[misc, unused-ignore]
        def __init__(self) -> None:
            super().__init__()  # type: ignore[no-untyped-call]

        def __torch_dispatch__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            given = {t.untyped_storage().data_ptr() for t in _tensors((args, kwargs or {}))}
            result = func(*args, **(kwargs or {}))
            for tensor in _tensors(result):
                storage = tensor.untyped_storage()
                place = storage.data_ptr()
                if place not in given and place not in made:
                    made[place] = storage.nbytes()
                    alive.append(storage)
            return result

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor), Watch():
        yield made, kept
    alive.clear()


def _tensors(value: Any) -> Iterator[Any]:
    import torch  # takes two seconds

    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _tensors(one)
    elif isinstance(value, dict):
        yield from _tensors(list(value.values()))
