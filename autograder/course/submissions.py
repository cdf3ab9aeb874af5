"""Reads submissions as what they are: files by strangers. Nothing here runs or renders any of it.

Files are opened without following links, capped before they are read, and checked for the shape of
a notebook by our own few lines; `nbformat` takes 25 s for a million cells and breaks on deep
nesting.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from autograder.course.labs import Lab, LabCell
from autograder.errors import BadSubmission
from autograder.model import Role

STUDENT = re.compile(r"[^\W_](?:[\w .,@+'()-]{0,62}[\w.,@+'()-])?")
ID_RULE = "a letter or digit first, then these, spaces and _.,@+'()- only, 64 at most"
MAX_BYTES = 20 << 20
MAX_CELLS = 2000
MAX_SOURCE = 1 << 20
MAX_NESTING = 200


@dataclass(frozen=True)
class Cell:
    """A cell of a submission: its nbgrader id or "", its own id or "", its text, and pictures that
    were pasted into it.
    """

    grade_id: str
    cell_id: str
    source: str
    is_code: bool
    attachments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class RunCell:
    """A cell to run, of the role `given`, `answer` or `student`."""

    key: str
    role: Role
    source: str


@dataclass(frozen=True)
class Program:
    """What is run for a submission: its answers in our copy of the lab, with the student's own
    cells in their places.
    """

    cells: tuple[RunCell, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Submission:
    """A submission on disk: whose, where, its bytes or why it cannot be read."""

    student: str
    raw: bytes = b""
    reason: str | None = None
    notes: tuple[str, ...] = ()


def students(submitted: Path, lab: str) -> list[str]:
    """Names of the folders in `submitted` that hold a folder of the lab, links left out; whatever
    they are called.
    """
    with os.scandir(submitted) as entries:
        folders = [
            entry
            for entry in entries
            if entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")
        ]
    return sorted(
        _text(entry.name) for entry in folders if os.path.lexists(os.path.join(entry.path, lab))
    )


def misplaced(submitted: Path, known: Collection[str]) -> Iterator[str]:
    """What lies in the folder of submissions where nobody grades it, one line each.

    Args:
        submitted: the folder.
        known: names of the course's assignments, whoever grades them.
    """
    for student in sorted(submitted.iterdir()):
        if student.name.endswith(".ipynb"):
            yield f"`{_text(student.name)}` lies in no student's folder"
        elif student.is_dir() and not student.is_symlink() and not student.name.startswith("."):
            for path in sorted(student.iterdir()):
                if path.name.endswith(".ipynb"):
                    yield f"`{_text(f'{student.name}/{path.name}')}` lies in no assignment's folder"
                elif path.is_dir() and path.name not in known and not path.name.startswith("."):
                    yield (
                        f"`{_text(f'{student.name}/{path.name}')}`: the course has no "
                        f"such assignment"
                    )


def fetch(submitted: Path, student: str, lab: str) -> Submission:
    """Read the bytes of a hand-in, `submitted/<student>/<lab>/<lab>.ipynb`, or say why not."""
    if not STUDENT.fullmatch(student):
        shown = student.encode("ascii", "backslashreplace").decode()
        return Submission(
            student,
            reason=f"the folder `{shown:.100}` is not a student's id: {ID_RULE}. Your "
            f"instructor must rename it",
        )
    try:
        with _folder(submitted, student, lab) as folder:
            name, notes = _notebook_in(folder, lab)
            return Submission(student, _read(folder, name), None, tuple(map(_text, notes)))
    except BadSubmission as error:
        return Submission(student, reason=_text(str(error)))


def _text(name: str) -> str:
    """What was made of file names, as text that can be written: bytes that are not UTF-8 are
    written as numbers.
    """
    return name.encode("utf-8", "backslashreplace").decode()


def fetch_file(path: Path) -> bytes:
    """The bytes of one notebook that is named directly.

    Raises:
        BadSubmission: it cannot be read.
    """
    try:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise BadSubmission(f"`{path}` cannot be opened: {error.strerror}") from None
    try:
        return _read(folder, path.name)
    finally:
        os.close(folder)


@contextmanager
def _folder(submitted: Path, *names: str) -> Iterator[int]:
    """A descriptor of a folder below `submitted`, no part of whose path is a link."""
    fd = os.open(submitted, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for name in names:
            try:
                inner = os.open(
                    name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=fd
                )
            except OSError:
                raise BadSubmission(f"`{name}` is not a folder (links are not followed)") from None
            os.close(fd)
            fd = inner
        yield fd
    finally:
        os.close(fd)


def _notebook_in(folder: int, lab: str) -> tuple[str, tuple[str, ...]]:
    """The notebook's file name in a hand-in, and a note if it is not the expected one."""
    expected = f"{lab}.ipynb"
    names = sorted(
        name for name in os.listdir(folder) if name.endswith(".ipynb") and not name.startswith(".")
    )
    if expected in names:
        others = ", ".join(name for name in names if name != expected)
        return expected, (
            f"other notebooks lie beside `{expected}` and were not graded: {others:.200}",
        ) if others else ()
    if len(names) == 1:
        return names[0], (f"the notebook is called `{names[0]:.80}` instead of `{expected}`",)
    if names:
        raise BadSubmission(
            f"no `{expected}` was handed in, but several other notebooks: {', '.join(names)[:200]}"
        )
    raise BadSubmission(f"no notebook was handed in: `{expected}` is missing")


def _read(folder: int, name: str) -> bytes:
    try:
        fd = os.open(
            name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder
        )
    except OSError as error:
        raise BadSubmission(f"`{name:.80}` cannot be opened as a file: {error.strerror}") from None
    about = os.fstat(fd)
    if not stat.S_ISREG(about.st_mode):
        os.close(fd)
        raise BadSubmission(f"`{name:.80}` is not an ordinary file")
    with open(fd, "rb") as file:
        if about.st_size > MAX_BYTES:
            size = about.st_size >> 20
            raise BadSubmission(
                f"the notebook is {size} MB large; {MAX_BYTES >> 20} MB are "
                f"allowed. Clear its outputs and save again"
            )
        return file.read(MAX_BYTES + 1)[: MAX_BYTES + 1]


def parse(raw: bytes) -> list[Cell]:
    """The code and text cells of a notebook, outputs dropped.

    Raises:
        BadSubmission: it is not a notebook, or is past a limit; the message is the student's.
    """
    if not raw.strip():
        raise BadSubmission("the file is empty")
    if len(raw) > MAX_BYTES:
        raise BadSubmission(f"the notebook is larger than {MAX_BYTES >> 20} MB")
    return [_cell(cell, number) for number, cell in enumerate(_cells(_load(raw)), 1)]


def _load(raw: bytes) -> Any:
    if _nesting(raw) > MAX_NESTING:
        raise BadSubmission("the file is nested too deeply to be a notebook")
    try:
        return json.loads(raw, parse_constant=lambda _: None, object_pairs_hook=_unique)
    except UnicodeDecodeError:
        raise BadSubmission(
            "the file is not text in UTF-8; open it in Jupyter and save it again"
        ) from None
    except (ValueError, RecursionError):
        raise BadSubmission("the file is not a notebook: it is not JSON") from None


def _nesting(raw: bytes) -> int:
    """An upper bound of how deeply brackets are nested, counting also those inside strings."""
    depth = deepest = 0
    for match in re.finditer(rb'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', raw, re.DOTALL):
        first = raw[match.start()]
        if first in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif first in b"]}":
            depth -= 1
    return deepest


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found


def _cells(notebook: Any) -> list[Any]:
    """The list of cells, from format 4 or 3."""
    if not isinstance(notebook, dict):
        _not_a_notebook("it is not an object")
    cells = notebook.get("cells")
    if cells is None and isinstance(notebook.get("worksheets"), list):  # format 3
        sheets = notebook["worksheets"]
        cells = [
            c
            for s in sheets
            if isinstance(s, dict) and isinstance(s.get("cells"), list)
            for c in s["cells"]
        ]
    if not isinstance(cells, list):
        _not_a_notebook("it has no cells")
    if len(cells) > MAX_CELLS:
        raise BadSubmission(f"the notebook has {len(cells)} cells; {MAX_CELLS} are allowed")
    return cells


def _cell(cell: Any, number: int) -> Cell:
    if not isinstance(cell, dict):
        _not_a_notebook(f"cell {number} is not an object")
    kind, metadata = cell.get("cell_type"), cell.get("metadata", {})
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(kind, str) or not isinstance(metadata, dict) or not isinstance(source, str):
        _not_a_notebook(f"cell {number} has no proper type, metadata or text")
    if len(source) > MAX_SOURCE:
        raise BadSubmission(f"cell {number} has {len(source)} characters; {MAX_SOURCE} are allowed")
    nbgrader = metadata.get("nbgrader")
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    cell_id = cell.get("id")
    return Cell(
        grade_id=grade_id[:200] if isinstance(grade_id, str) else "",
        cell_id=cell_id[:200] if isinstance(cell_id, str) else "",
        source=source.encode("utf-8", "replace").decode(),
        is_code=kind == "code",
        attachments={} if kind == "code" else _attachments(cell.get("attachments")),
    )


def _attachments(found: Any) -> dict[str, dict[str, str]]:
    """Those that have the form of attachments: by name and type, in base64."""
    if not isinstance(found, dict):
        return {}
    pictures = {name: one for name, one in found.items() if isinstance(one, dict)}
    return {
        name: {kind: data for kind, data in one.items() if isinstance(data, str)}
        for name, one in pictures.items()
    }


def _not_a_notebook(why: str) -> NoReturn:
    raise BadSubmission(f"the file is not a notebook: {why}")


def places_of(lab: Lab, cells: Sequence[Cell]) -> list[LabCell | None]:
    """For each cell of a submission, which of the lab's it is.

    None for one that its student added.
    """
    known = {cell.cell_id: cell for cell in lab.cells} | {
        cell.grade_id: cell for cell in lab.cells if cell.role != Role.DEMO
    }
    return [known.get(cell.grade_id) or known.get(cell.cell_id) for cell in cells]


def merge(lab: Lab, cells: list[Cell]) -> Program:
    """Put a submission's answers, and the cells its student added, into our own copy of the lab.

    Locked cells come from the release whatever the submission holds in their place. An answer cell
    that appears several times (split or copied) runs as often, in the submission's order, as it did
    in the student's notebook.

    Raises:
        BadSubmission: no answer cell of the lab is in it, or it is too long.
    """
    places = places_of(lab, cells)
    if not any(place is not None and place.role == Role.ANSWER for place in places):
        raise BadSubmission(
            f"no answer cell of `{lab.name}` was found: the notebook is of "
            f"another lab, or its answer cell was deleted. "
            "Start from the lab's notebook again and copy your answer into its cell"
        )
    if sum(len(cell.source) for cell in cells if cell.is_code) > MAX_SOURCE:
        raise BadSubmission(f"the notebook has more than {MAX_SOURCE >> 20} MB of code")
    followers: dict[str, list[RunCell]] = {"": []}
    copies: dict[str, list[Cell]] = {}
    last = ""
    for number, (cell, place) in enumerate(zip(cells, places, strict=True), 1):
        if place is not None:
            copies.setdefault(place.cell_id, []).append(cell)
            if place.role == Role.ANSWER:
                followers.setdefault(place.cell_id, []).append(
                    RunCell(place.key, Role.ANSWER, cell.source)
                )
            if place.role == Role.ANSWER or len(copies[place.cell_id]) == 1:
                last = place.cell_id
        elif cell.is_code and cell.source.strip():
            followers.setdefault(last, []).append(
                RunCell(f"cell {number}", Role.STUDENT, cell.source)
            )
    run = list(followers[""])
    for released in lab.cells:
        if released.role == Role.GIVEN or (
            released.role == Role.ANSWER and released.cell_id not in copies
        ):
            run.append(RunCell(released.key, released.role, released.source))
        run.extend(followers.get(released.cell_id, []))
    return Program(tuple(run), tuple(_notes(lab, copies)))


def _notes(lab: Lab, copies: dict[str, list[Cell]]) -> Iterator[str]:
    """What is unusual about the submission and was put right."""
    for released in lab.cells:
        found = copies.get(released.cell_id, [])
        if not found and released.role in (Role.ANSWER, Role.TEST, Role.GIVEN):
            yield f"the {released.role} cell `{released.key}` was deleted; the lab's own was used"
        if len(found) > 1 and released.role == Role.ANSWER:
            yield f"the answer cell `{released.key}` is there {len(found)} times; all ran, in order"
        if released.role == Role.ANSWER and any(not cell.is_code for cell in found):
            yield f"the answer cell `{released.key}` was turned into text; it was run as code"
        if released.role in (Role.TEST, Role.GIVEN) and any(
            cell.source.strip() != released.source.strip() for cell in found
        ):
            yield f"the {released.role} cell `{released.key}` was edited; the lab's own was used"
