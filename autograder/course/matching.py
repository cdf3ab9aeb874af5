"""Which cell of a hand-in is which of the lab's: by id, else by text, else by the names that an
answer must define.

Colab and VS Code let students delete cells that may not be deleted, and some editors write every
cell anew without metadata or id. What is left to go by is what stands in the cells.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from autograder.course.labs import Lab, LabCell
from autograder.course.reading import Cell
from autograder.errors import BadSubmission
from autograder.model import Role

ENOUGH = 0.3  # of the lab's other cells, for a notebook without its answer cells to be the lab's

_DEFINED = re.compile(
    r"^(?:(?:async[ \t]+)?def[ \t]+|class[ \t]+)(?P<block>\w+)"
    r"|^(?P<assigned>[^\W\d]\w*)[ \t]*(?::[^=\n]+)?=(?!=)",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Places:
    """Where a submission's cells belong.

    Attributes:
        of: for each of its cells the lab's; None for one that its student added.
        by_text: how many were found by their text.
        by_names: lab's answer cells that were found by the names they define, by their cell id:
            numbers of the submission's cells, from 1.
        elsewhere: ids of answer cells that are not there, whose names other cells all define.
    """

    of: tuple[LabCell | None, ...]
    by_text: int
    by_names: dict[str, list[int]]
    elsewhere: frozenset[str]


def places(lab: Lab, cells: Sequence[Cell]) -> Places:
    """Match a submission's cells with the lab's.

    Raises:
        BadSubmission: no answer of the lab's is in it, or it stands where grading does not run it.
    """
    found = _by_id(lab, cells)
    by_text = _by_text(lab, cells, found)
    by_names, elsewhere = _by_names(lab, cells, found)
    answered = [place for place in found if place is not None and place.role == Role.ANSWER]
    if not answered:
        _refuse(lab)
    if by_names and len({place.cell_id for place in answered}) == len(by_names):
        _require_lab(lab, cells, found, by_names)
    _require_reachable(cells, found)
    return Places(tuple(found), by_text, by_names, elsewhere)


def of_this_lab(lab: Lab, cells: Sequence[Cell]) -> float:
    """How much of a lab's notebook a submission holds, answers aside: from 0 to 1."""
    found = _by_id(lab, cells)
    _by_text(lab, cells, found)
    return _share(lab, cells, found)


def defined(source: str) -> set[str]:
    """The names that a cell defines at its top level: functions, classes, variables."""
    return {match["block"] or match["assigned"] for match in _DEFINED.finditer(source)}


def same_text(one: str, other: str) -> bool:
    """Whether two cells hold the same text, spaces at the ends of lines aside."""
    return _plain(one) == _plain(other)


def _plain(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _by_id(lab: Lab, cells: Sequence[Cell]) -> list[LabCell | None]:
    known = {cell.cell_id: cell for cell in lab.cells} | {
        cell.grade_id: cell for cell in lab.cells if cell.role != Role.DEMO
    }
    return [known.get(cell.grade_id) or known.get(cell.cell_id) for cell in cells]


def _by_text(lab: Lab, cells: Sequence[Cell], found: list[LabCell | None]) -> int:
    """Find what is still missing by its text; how many were found. Changes `found`."""
    there = {place.cell_id for place in found if place is not None}
    missing = {_plain(cell.source): cell for cell in lab.cells if cell.cell_id not in there}
    count = 0
    for number, cell in enumerate(cells):
        if found[number] is None and cell.is_code and missing:
            found[number] = missing.pop(_plain(cell.source), None)
            count += found[number] is not None
    return count


def _by_names(
    lab: Lab, cells: Sequence[Cell], found: list[LabCell | None]
) -> tuple[dict[str, list[int]], frozenset[str]]:
    """Find the answer cells that are still missing by what they define. Changes `found`.

    Returns:
        Numbers of the cells by the answer's id, and ids of answers that stand in others' cells.
    """
    there = {place.cell_id for place in found if place is not None}
    numbers: dict[str, list[int]] = {}
    elsewhere = set()
    for answer in lab.answers.values():
        wanted = _wanted(answer)
        if answer.cell_id in there or not wanted:
            continue
        runs = [n for n, cell in enumerate(cells) if _runs(found[n]) and cell.is_code]
        hits = [n for n in runs if defined(cells[n].source) & wanted]
        if wanted <= {name for n in hits for name in defined(cells[n].source)}:
            elsewhere.add(answer.cell_id)
        for number in hits:
            if found[number] is None:
                found[number] = answer
                numbers.setdefault(answer.cell_id, []).append(number + 1)
    return numbers, frozenset(elsewhere)


def _wanted(answer: LabCell) -> set[str]:
    """The names that an answer must define: its stub's."""
    return {name for name in defined(answer.source) if not name.startswith("_")}


def _runs(place: LabCell | None) -> bool:
    """Whether a cell's own text runs when grading: the student's cells and answers."""
    return place is None or place.role == Role.ANSWER


def _share(lab: Lab, cells: Sequence[Cell], found: Iterable[LabCell | None]) -> float:
    others = [cell for cell in lab.cells if cell.role != Role.ANSWER]
    there = {place.cell_id for place in found if place is not None and place.role != Role.ANSWER}
    prose = {_plain(text) for text in lab.prose}
    said = prose & {_plain(cell.source) for cell in cells if not cell.is_code}
    return (len(there) + len(said)) / max(1, len(others) + len(prose))


def _require_lab(
    lab: Lab,
    cells: Sequence[Cell],
    found: Iterable[LabCell | None],
    by_names: dict[str, list[int]],
) -> None:
    """Whether a notebook whose answers were all found by names is the lab's.

    Raises:
        BadSubmission: it is not.
    """
    if _share(lab, cells, found) < ENOUGH:
        numbers = ", ".join(str(n) for some in by_names.values() for n in some)
        raise BadSubmission(
            f"the notebook has hardly any cell of `{lab.name}`, though its cell {numbers} defines "
            f"what the answer must. Copy it into the answer cell of the lab's notebook"
        )


def _refuse(lab: Lab) -> None:
    names = sorted({name for answer in lab.answers.values() for name in _wanted(answer)})
    raise BadSubmission(
        f"no answer cell of `{lab.name}` was found, and no cell that defines "
        f"{', '.join(f'`{name}`' for name in names[:6])}: the notebook is of another lab, or its "
        "answer cell was deleted. Start from the lab's notebook again and copy your answer into "
        "its cell"
    )


def _require_reachable(cells: Sequence[Cell], found: Sequence[LabCell | None]) -> None:
    """Whether no answer was written into a cell that grading takes from the lab.

    Raises:
        BadSubmission: one was, and the answer cell is still the stub.
    """
    untouched = {
        place.cell_id: place
        for place, cell in zip(found, cells, strict=True)
        if place is not None and place.role == Role.ANSWER and same_text(cell.source, place.source)
    }
    for number, (cell, place) in enumerate(zip(cells, found, strict=True), 1):
        if place is None or _runs(place) or same_text(cell.source, place.source):
            continue
        added = defined(cell.source) - defined(place.source)
        for answer in untouched.values():
            if _wanted(answer) and _wanted(answer) <= added:
                raise BadSubmission(
                    f"the answer stands in cell {number}, the {place.role} cell `{place.key}`, "
                    f"which grading takes from the lab; the answer cell `{answer.key}` is "
                    "untouched. Move it there"
                )
