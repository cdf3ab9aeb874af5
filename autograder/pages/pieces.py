"""A page with a long table, made piece by piece, so that it is never in memory as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")
CHUNK = 500  # rows that are made at a time
ROWS = "<!-- rows -->"  # in a template: where they go; in no text, since those are escaped


def around(page: str, rows: Iterator[str]) -> Iterator[str]:
    """A page with the rows of its long table where it marks their place."""
    before, mark, after = page.partition(ROWS)
    yield before
    if mark:
        yield from rows
    yield after


def chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """The items, `CHUNK` at a time."""
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
