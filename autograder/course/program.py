"""What is run for a submission: its answers, merged into the lab's own notebook."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from autograder.course import matching
from autograder.course.labs import Lab, LabCell
from autograder.course.matching import Places
from autograder.course.reading import Cell
from autograder.model import Role

_IMPORT_LINE = re.compile(r"^(?:import|from)[ \t]+[\w.]+[^\n\\(]*$", re.MULTILINE)
_WORD = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True)
class RunCell:
    """A cell to run, of the role `given`, `answer` or `student`; of a `demo` or `test` cell its
    imports alone, of the role `demo`.
    """

    key: str
    role: Role
    source: str


@dataclass(frozen=True)
class Program:
    """What is run for a submission: its answers in our copy of the lab, with the student's own
    cells in their places.

    Attributes:
        cells: in their order.
        notes: what was unusual and was put right.
        withheld: names that only cells define which do not run when grading.
    """

    cells: tuple[RunCell, ...]
    notes: tuple[str, ...]
    withheld: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Import:
    """An import statement at the top level of a cell, and the names that it binds."""

    source: str
    names: frozenset[str]


def merge(lab: Lab, cells: Sequence[Cell]) -> Program:
    """Put a submission's answers, and the cells its student added, into our own copy of the lab.

    Locked cells come from the release whatever the submission holds in their place. An answer cell
    that appears several times (split or copied) runs as often, in the submission's order, as it did
    in the student's notebook.

    Raises:
        BadSubmission: no answer of the lab's is in it.
    """
    places = matching.places(lab, cells)
    copies: dict[str, list[Cell]] = {}
    for cell, place in zip(cells, places.of, strict=True):
        if place is not None:
            copies.setdefault(place.cell_id, []).append(cell)
    followers = _followers(cells, places)
    added = {cell.cell_id: _imports(lab, cell, copies, followers) for cell in _unrun(lab)}
    run = list(followers.get("", []))
    for released in lab.cells:
        if _is_released(released, places, copies):
            run.append(RunCell(released.key, released.role, released.source))
        if added.get(released.cell_id):
            run.append(RunCell(released.key, Role.DEMO, _tried(added[released.cell_id])))
        run.extend(followers.get(released.cell_id, []))
    notes = (*_notes(lab, copies, places), *_import_notes(lab, added))
    return Program(tuple(run), notes, _withheld(lab, copies, run))


def _followers(cells: Sequence[Cell], places: Places) -> dict[str, list[RunCell]]:
    """The student's answers and own cells, by the id of the lab's cell that they belong behind."""
    followers: dict[str, list[RunCell]] = {}
    seen: set[str] = set()
    last = ""
    for number, (cell, place) in enumerate(zip(cells, places.of, strict=True), 1):
        if place is None:
            if cell.is_code and cell.source.strip():
                own = RunCell(f"cell {number}", Role.STUDENT, cell.source)
                followers.setdefault(last, []).append(own)
            continue
        if place.role == Role.ANSWER:
            answer = RunCell(place.key, Role.ANSWER, cell.source)
            followers.setdefault(place.cell_id, []).append(answer)
        if place.role == Role.ANSWER or place.cell_id not in seen:
            last = place.cell_id
        seen.add(place.cell_id)
    return followers


def _is_released(released: LabCell, places: Places, copies: dict[str, list[Cell]]) -> bool:
    """Whether the lab's own text runs: of given cells always, of an answer where parts of it are
    missing, so that what its stub gives is there.
    """
    if released.role != Role.ANSWER:
        return released.role == Role.GIVEN
    found = released.cell_id in copies and released.cell_id not in places.by_names
    return not found and released.cell_id not in places.elsewhere


# -- what stands in cells that do not run ----------------------------------------------------------


def _unrun(lab: Lab) -> list[LabCell]:
    return [cell for cell in lab.cells if cell.role in (Role.DEMO, Role.TEST)]


@functools.lru_cache(maxsize=512)  # the lab's own cells are the same in every submission
def imports(source: str) -> tuple[Import, ...]:
    """The import statements at a cell's top level."""
    try:
        nodes = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # magics, or a line left open
        nodes = []
        for line in _IMPORT_LINE.findall(source):
            try:
                nodes += ast.parse(line).body
            except (SyntaxError, ValueError):
                continue
    return tuple(
        Import(ast.unparse(node), frozenset(a.asname or a.name.split(".")[0] for a in node.names))
        for node in nodes
        if isinstance(node, (ast.Import, ast.ImportFrom))
        and getattr(node, "module", "") != "__future__"
    )


def _bound(source: str) -> set[str]:
    return matching.defined(source) | {n for found in imports(source) for n in found.names}


def _imports(
    lab: Lab, cell: LabCell, copies: dict[str, list[Cell]], followers: dict[str, list[RunCell]]
) -> list[Import]:
    """What a demo or test cell imports and the student's own code uses without importing it: in
    their notebook it was there.
    """
    written = [one.source for some in followers.values() for one in some]
    used = {word for text in written for word in _WORD.findall(text)}
    given = [one.source for one in lab.cells if one.role == Role.GIVEN]
    bound = {name for text in (*written, *given) for name in _bound(text)}
    texts = [cell.source, *(copy.source for copy in copies.get(cell.cell_id, []))]
    found = {one.source: one for text in texts for one in imports(text)}
    return [one for one in found.values() if "*" in one.names or (one.names & used) - bound]


def _tried(found: Iterable[Import]) -> str:
    """Imports of which each may fail: what it is for may not matter."""
    return "".join(f"try:\n    {one.source}\nexcept Exception:\n    pass\n" for one in found)


def _withheld(lab: Lab, copies: dict[str, list[Cell]], run: Iterable[RunCell]) -> frozenset[str]:
    ids = {cell.cell_id for cell in lab.cells if cell.role != Role.ANSWER}
    texts = [cell.source for cell in _unrun(lab)]
    texts += [copy.source for cell_id in ids for copy in copies.get(cell_id, [])]
    there = {name for cell in run for name in _bound(cell.source)}
    return frozenset({name for text in texts for name in matching.defined(text)} - there)


# -- notes -----------------------------------------------------------------------------------------


def _notes(lab: Lab, copies: dict[str, list[Cell]], places: Places) -> Iterator[str]:
    """What is unusual about the submission and was put right."""
    if places.by_text:
        yield (
            f"{places.by_text} of the lab's cells had lost their ids and were found by their text; "
            "an editor that drops what it does not know writes such files"
        )
    for cell_id, numbers in places.by_names.items():
        key = next(cell.key for cell in lab.cells if cell.cell_id == cell_id)
        told = "cells" if len(numbers) > 1 else "cell"
        yield (
            f"the answer cell `{key}` is not there as it was handed out; {told} "
            f"{', '.join(map(str, numbers))}, which define what it must, ran in its place"
        )
    for released in lab.cells:
        yield from _cell_notes(released, copies.get(released.cell_id, []), places)


def _cell_notes(released: LabCell, found: Sequence[Cell], places: Places) -> Iterator[str]:
    name = f"the {released.role} cell `{released.key}`"
    if released.role == Role.DEMO or released.cell_id in places.by_names:
        return
    if not found:
        elsewhere = released.cell_id in places.elsewhere
        yield f"{name} was deleted; " + (
            "other cells define what it must" if elsewhere else "the lab's own was used"
        )
    if released.role == Role.ANSWER:
        if len(found) > 1:
            yield f"{name} is there {len(found)} times; all ran, in order"
        if any(not cell.is_code for cell in found):
            yield f"{name} was turned into text; it was run as code"
    elif any(not matching.same_text(cell.source, released.source) for cell in found):
        yield f"{name} was edited; the lab's own was used"


def _import_notes(lab: Lab, added: dict[str, list[Import]]) -> Iterator[str]:
    for cell in _unrun(lab):
        for one in added[cell.cell_id]:
            where = f"the {cell.role} cell `{cell.key}`"
            yield f"`{one.source}` stands in {where}; it ran for your code"
