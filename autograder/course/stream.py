"""Reads a large notebook as a stream and keeps what grading uses: cells, without their outputs.

Plots make notebooks of any size. A file is read once, in pieces; what is dropped is never held, and
what is kept is capped, so memory is bounded however large the file is, and time grows with its size
alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from autograder.errors import BadSubmission

KEPT = 20 << 20  # characters of what remains
MAX_BRACKETS = 3_000_000  # a gigabyte of plots has a few thousand
MAX_CELLS = 50_000
# Of a cell; pictures that were pasted into its text (`attachments`) are shown and never graded.
DROPPED = frozenset({"outputs", "attachments", "execution_count", "prompt_number"})
LISTS = frozenset({"cells", "worksheets"})  # of a notebook, and of a sheet in format 3

_SPACE = re.compile(r"[ \t\r\n]*")
_IN_STRING = re.compile(r'(?:[^"\\]++|\\.)*+', re.DOTALL)
_TO_MARK = re.compile(r'[^"\[\]{}]*+')
_SCALAR = re.compile(r"[^,\]}\s]*+")

Keep = Callable[[str], None]


def reduced(pieces: Iterator[str]) -> str:
    """The notebook in pieces of text as JSON of its cells alone.

    Raises:
        BadSubmission: it is not JSON, or what remains is too large.
    """
    source = _Source(pieces)
    if source.peek() == "\ufeff":
        source.take("\ufeff")
    if source.peek() != "{":
        raise BadSubmission("the file is not a notebook: it is not an object in JSON")
    kept = _Kept()
    _copy_object(source, kept.add, lambda key: key in LISTS)
    if source.peek():
        raise BadSubmission("the file is not a notebook: it is not JSON")
    return kept.text


class _Kept:
    """What is kept, up to the cap."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._size = 0

    def add(self, text: str) -> None:
        """Keep a text."""
        self._size += len(text)
        if self._size > KEPT:
            raise BadSubmission(
                f"the notebook is larger than {KEPT >> 20} MB without its outputs and pictures"
            )
        self._parts.append(text)

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(self._parts)


class _Source:
    """Text in pieces, of which one at a time is held."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self._pieces = pieces
        self._text, self._at = "", 0
        self._brackets = 0

    def _more(self) -> bool:
        """Go on to the next piece; whether there is one. Call it at the end of the last."""
        for piece in self._pieces:
            if piece:
                self._text, self._at = piece, 0
                return True
        return False

    def peek(self) -> str:
        """The next character that is no space; nothing at the end."""
        while True:
            self._at = _end(_SPACE, self._text, self._at)
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def take(self, expected: str) -> None:
        """Read one character, after spaces.

        Raises:
            BadSubmission: it is another.
        """
        if self.peek() != expected:
            raise BadSubmission("the file is not a notebook: it is not JSON, or it is cut off")
        self._at += 1

    def string(self, keep: Keep) -> None:
        """Read a string, with its quotes."""
        self.take('"')
        keep('"')
        while True:
            end = _end(_IN_STRING, self._text, self._at)
            keep(self._text[self._at : end])
            self._at = end
            rest = self._text[end : end + 1]
            if rest == '"':
                self._at += 1
                keep('"')
                return
            if not self._more():
                raise BadSubmission("the file is not a notebook: it is cut off in a text")
            if rest:  # a backslash, whose character begins this piece
                keep(rest + self._text[0])
                self._at = 1

    def value(self, keep: Keep) -> None:
        """Read a value, whatever it is."""
        first = self.peek()
        if first == '"':
            self.string(keep)
        elif first and first in "[{":
            self._nested(keep)
        else:
            self._scalar(keep)

    def _scalar(self, keep: Keep) -> None:
        read = 0
        while True:
            end = _end(_SCALAR, self._text, self._at)
            keep(self._text[self._at : end])
            read += end - self._at
            self._at = end
            if end < len(self._text) or not self._more():
                break
        if not read:
            raise BadSubmission("the file is not a notebook: it is not JSON, or it is cut off")

    def _nested(self, keep: Keep) -> None:
        depth = 0
        while True:
            end = _end(_TO_MARK, self._text, self._at)
            keep(self._text[self._at : end])
            self._at = end
            if end == len(self._text):
                if not self._more():
                    raise BadSubmission("the file is not a notebook: it is cut off")
                continue
            mark = self._text[end]
            if mark == '"':
                self.string(keep)
                continue
            keep(mark)
            self._at += 1
            self._brackets += 1
            if self._brackets > MAX_BRACKETS:
                raise BadSubmission("the file has more parts than any notebook")
            depth += 1 if mark in "[{" else -1
            if not depth:
                return


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Where a pattern that matches everywhere ends."""
    match = pattern.match(text, at)
    return match.end() if match else at


def _drop(_: str) -> None:
    """Keep nothing."""


def _copy_object(source: _Source, keep: Keep, wanted: Callable[[str], bool]) -> None:
    """Copy an object's members that are wanted: lists of cells by their cells, others whole."""
    source.take("{")
    keep("{")
    first = True
    while source.peek() != "}":
        key = _key(source)
        if not wanted(key):
            source.value(_drop)
        else:
            keep(f'{"" if first else ","}"{key}":')
            first = False
            if key in LISTS and source.peek() == "[":
                _copy_list(source, keep, _in_sheet if key == "worksheets" else _in_cell)
            else:
                source.value(keep)
        if source.peek() == "}":
            break
        source.take(",")
    source.take("}")
    keep("}")


def _copy_list(source: _Source, keep: Keep, wanted: Callable[[str], bool]) -> None:
    """Copy a list, and of each object in it the members that are wanted."""
    source.take("[")
    keep("[")
    count = 0
    while source.peek() != "]":
        count += 1
        if count > MAX_CELLS:
            raise BadSubmission(f"the notebook has more than {MAX_CELLS} cells")
        if source.peek() == "{":
            _copy_object(source, keep, wanted)
        else:
            source.value(keep)
        if source.peek() == "]":
            break
        source.take(",")
        keep(",")
    source.take("]")
    keep("]")


def _in_sheet(key: str) -> bool:
    return key == "cells"


def _in_cell(key: str) -> bool:
    return key not in DROPPED and key not in LISTS


def _key(source: _Source) -> str:
    """A member's name, as it is written."""
    parts: list[str] = []
    size = 0

    def keep(text: str) -> None:
        nonlocal size
        size += len(text)
        if size > 10_000:
            raise BadSubmission("the file is not a notebook: a name in it is too long")
        parts.append(text)

    source.string(keep)
    source.take(":")
    return "".join(parts)[1:-1]
