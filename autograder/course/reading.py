"""From the bytes of a hand-in to its cells. Nothing here runs or renders any of it.

Files are opened without following links, read in bounded memory, and checked for the shape of a
notebook by our own few lines; `nbformat` takes 25 s for a million cells and breaks on deep nesting.
"""

from __future__ import annotations

import codecs
import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, NoReturn

from autograder.course import stream
from autograder.errors import BadSubmission

MAX_BYTES = stream.KEPT
MAX_FILE = 2 << 30  # past which nobody waits for a file to be read
MAX_CELLS = stream.MAX_CELLS
MAX_SOURCE = 1 << 20
MAX_NESTING = 200
PIECE = 1 << 20
LENIENT = "utf-8-or-windows"


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
class Raw:
    """The bytes of a notebook, and what was put right as they were read."""

    content: bytes
    notes: tuple[str, ...] = ()


# -- from the file to bytes ------------------------------------------------------------------------


def read(folder: int, name: str) -> Raw:
    """The bytes of a file in an open folder; of a large one those of its cells without outputs.

    Raises:
        BadSubmission: it cannot be read.
    """
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
        try:
            return _content(file, about.st_size)
        except OSError as error:
            raise BadSubmission(f"`{name:.80}` cannot be read: {error.strerror}") from None


def _content(file: BinaryIO, size: int) -> Raw:
    if size > MAX_FILE:
        raise BadSubmission(f"the notebook is {size >> 30} GB large. Clear its outputs, save again")
    if size <= MAX_BYTES:
        return as_utf8(file.read(MAX_BYTES + 1)[: MAX_BYTES + 1])
    text = stream.reduced(_pieces(file))
    raw = text.encode("utf-8", "surrogatepass")
    note = f"the notebook is {size >> 20} MB large; its outputs and pictures were left out"
    return Raw(raw, (note,))


def _pieces(file: BinaryIO) -> Iterator[str]:
    """A file's text in pieces."""
    first = file.read(PIECE)
    decoder = codecs.getincrementaldecoder(_encoding(first))(LENIENT)
    while first:
        yield decoder.decode(first)
        first = file.read(PIECE)
    yield decoder.decode(b"", final=True)


def _encoding(raw: bytes) -> str:
    """UTF-8, -16 or -32, as JSON's first bytes tell."""
    found = json.detect_encoding(raw[:4])
    return "utf-8" if found == "utf-8-sig" else found


def _windows(error: UnicodeError) -> tuple[str, int]:
    """A byte that is no UTF-8 as Windows writes it in Western Europe and America."""
    if not isinstance(error, UnicodeDecodeError) or error.encoding.lower() not in ("utf-8", "utf8"):
        raise error
    byte = error.object[error.start : error.start + 1]
    return byte.decode("cp1252", "replace"), error.start + 1


codecs.register_error(LENIENT, _windows)


def as_utf8(raw: bytes) -> Raw:
    """Bytes in which every character is one, with a note where some were not in UTF-8."""
    if _encoding(raw) != "utf-8":
        return Raw(raw)
    try:
        raw.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        text = raw.decode("utf-8", LENIENT)
        note = "the file is not in UTF-8, which notebooks are; it was read as Windows text (cp1252)"
        return Raw(text.encode("utf-8", "surrogatepass"), (note,))
    return Raw(raw)


# -- from bytes to cells ---------------------------------------------------------------------------


def parse(raw: bytes) -> list[Cell]:
    """The code and text cells of a notebook, outputs dropped.

    Raises:
        BadSubmission: it is not a notebook, or is past a limit; the message is the student's.
    """
    if not raw.strip():
        raise BadSubmission("the file is empty")
    if len(raw) > MAX_BYTES + 1:
        raise BadSubmission(f"the notebook is larger than {MAX_BYTES >> 20} MB")
    cells = [_cell(cell, number) for number, cell in enumerate(_cells(_load(raw)), 1)]
    if sum(len(cell.source) for cell in cells if cell.is_code) > MAX_SOURCE:
        raise BadSubmission(f"the notebook has more than {MAX_SOURCE >> 20} MB of code")
    return cells


def _load(raw: bytes) -> Any:
    if _nesting(raw) > MAX_NESTING:
        raise BadSubmission("the file is nested too deeply to be a notebook")
    try:
        text = as_utf8(raw).content
        return json.loads(text, parse_constant=lambda _: None, object_pairs_hook=_unique)
    except UnicodeDecodeError:
        raise BadSubmission(
            "the file is not text in UTF-8; open it in Jupyter and save it again"
        ) from None
    except (ValueError, RecursionError):
        raise BadSubmission(f"the file is not a notebook: {_no_json(raw)}") from None


def _no_json(raw: bytes) -> str:
    """What a file that is not JSON looks like."""
    if re.search(rb"^(<<<<<<<|>>>>>>>) ", raw, re.MULTILINE):
        return "it holds both sides of a merge that nobody resolved (`<<<<<<<`)"
    if raw.lstrip()[:1] == b"{" and not raw.rstrip().endswith(b"}"):
        return "it is not JSON, since it is cut off before its end"
    if raw.startswith(b"PK\x03\x04"):
        return "it is not JSON but a zip archive"
    if raw.lstrip()[:1] == b"<":
        return "it is not JSON but a web page"
    return "it is not JSON"


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
        if kind == "code":
            raise BadSubmission(
                f"cell {number} has {len(source)} characters; {MAX_SOURCE} are allowed"
            )
        source = source[:MAX_SOURCE]  # a picture in the text, which is shown and never graded
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
