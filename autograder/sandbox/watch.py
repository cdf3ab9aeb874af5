"""What a lab forbids, watched while the grader is calling: kernels and Python functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from autograder.sandbox import kernel_watch, python_watch


def forbid(functions: Iterable[str]) -> None:
    """Watch these functions from here on, and no others.

    Raises:
        ValueError: one is not known.
    """
    names = list(functions)
    known = kernel_watch.KERNELS.keys() | python_watch.FILES.keys()
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"`{unknown[0]}` cannot be watched; known are {', '.join(sorted(known))}")
    kernel_watch.forbid(names)
    python_watch.forbid(names)


@contextmanager
def noting(*, python: bool = True) -> Iterator[None]:
    """While this is open, use of a forbidden function counts as use during the grader's call.

    Args:
        python: look at Python's functions, too. Not where the grader itself asks autograd for
            something.
    """
    with kernel_watch.noting():
        if python:
            with python_watch.noting():
                yield
        else:
            yield


def take_used() -> list[str]:
    """The forbidden functions used since this was asked the last time."""
    return sorted(kernel_watch.take_used() | python_watch.take_used())
