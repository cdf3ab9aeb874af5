"""What students get after the deadline: the reference, other right answers beside it, and what went
wrong most often.
"""

from __future__ import annotations

from dataclasses import dataclass

from autograder.course.labs import Lab
from autograder.pages import templating


@dataclass(frozen=True)
class Cost:
    """What an answer to one cell costs, beside the reference.

    Attributes:
        cell: the answer cell.
        work: what both were made to do.
        time: of an answer, as a multiple of the reference's.
        memory: in bytes, of the tensors that it made; of Python's objects where it makes no tensor.
        reference_memory: the reference's.
        kept: in bytes, of the tensors that are kept for the backward pass.
        reference_kept: the reference's.
    """

    cell: str
    work: str
    time: float
    memory: int
    reference_memory: int
    kept: int
    reference_kept: int


@dataclass(frozen=True)
class Other:
    """Another right answer.

    Attributes:
        name: its file's.
        about: what it does, in its own words.
        why: the reason that it is right.
        cells: its texts, by answer cell.
        costs: for each of these that is measured.
    """

    name: str
    about: str
    why: str
    cells: dict[str, str]
    costs: tuple[Cost, ...]


@dataclass(frozen=True)
class Common:
    """A mistake that students of the class made. Nobody is named."""

    called: str
    hint: str
    students: int


def page(
    lab: Lab,
    reference: dict[str, str],
    others: tuple[Other, ...],
    mistakes: tuple[Common, ...],
    submissions: int,
) -> str:
    """A lab's solutions as HTML.

    Args:
        lab: the lab.
        reference: the texts of its answer cells.
        others: other right answers.
        mistakes: the commonest first; none where nothing was graded.
        submissions: how many were graded.
    """
    return templating.rendered(
        "solutions.html",
        policy=templating.POLICY,
        unconfined="",
        lab=lab,
        reference=reference,
        others=others,
        mistakes=mistakes,
        submissions=submissions,
        size=size,
        times=times,
    )


def size(count: int) -> str:
    """Bytes in words: 512 B, 131 kB, 1.0 MB."""
    for unit, least in (("MB", 1_000_000), ("kB", 1000)):
        if count >= least:
            number = count / least
            return f"{number:.1f} {unit}" if number < 10 else f"{number:.0f} {unit}"
    return f"{count} B"


def times(factor: float) -> str:
    """A multiple in words: 0.8 times, 130 times."""
    return f"{factor:.1f} times" if factor < 10 else f"{factor:.0f} times"
