"""Tables by others: CSV as learning management systems and spreadsheets write it."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import UsageError

BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
DELIMITERS = ",;\t"
MAX_TABLE = 64 << 20
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class Table:
    """A table's head and rows, each row as wide as the head.

    Attributes:
        head: the columns' names.
        rows: without those that are empty.
        delimiter: what stood between cells.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    delimiter: str = ","

    @property
    def decimal_comma(self) -> bool:
        """Whether its numbers have a comma where others have a point.

        Programs that write so separate cells by semicolons.
        """
        return self.delimiter == ";"

    def column(self, name: str) -> int | None:
        """The place of a column; None where there is none of that name."""
        return self.head.index(name) if name in self.head else None


def parsed(text: str) -> Table:
    """A table from text, with or without a byte order mark."""
    text = text.removeprefix(BOM)
    delimiter = delimiter_of(text)
    found = [
        row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(row)
    ]
    if not found:
        return Table((), (), delimiter)
    head = tuple(found[0])
    return Table(head, tuple(tuple(padded(row, len(head))) for row in found[1:]), delimiter)


def delimiter_of(text: str) -> str:
    """What stands between the cells of a table's first line: a comma, a semicolon or a tab."""
    first = text.removeprefix(BOM).partition("\n")[0]
    return max(DELIMITERS, key=first.count)


def padded(row: Sequence[str], width: int) -> list[str]:
    """A row with as many cells as the head has."""
    return [*row, *[""] * (width - len(row))][:width]


def read(path: Path) -> tuple[str, bool]:
    """A table's text, and whether its encoding was a guess.

    UTF-8, UTF-16 with its mark, else what spreadsheets on Windows write (cp1252).

    Raises:
        UsageError: it cannot be read, or is too large to be a table of a course.
    """
    try:
        with open(path, "rb") as file:
            raw = file.read(MAX_TABLE + 1)
    except OSError as error:
        raise UsageError(f"`{path}` cannot be read: {error.strerror}") from None
    if len(raw) > MAX_TABLE:
        raise UsageError(f"`{path}` is larger than {MAX_TABLE >> 20} MiB: this is no class's table")
    if raw.startswith(_UTF_16):
        return raw.decode("utf-16", "replace"), False
    try:
        return raw.decode("utf-8-sig"), False
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace"), True


def number(text: str) -> float | None:
    """A number with a point or a comma; None for anything else."""
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return None


def written(rows: Iterable[Sequence[str]], delimiter: str = ",", *, bom: bool = False) -> str:
    """Rows as CSV.

    Args:
        rows: cells that are harmless already.
        delimiter: what stands between them.
        bom: begin with a byte order mark, without which spreadsheets read UTF-8 as something else.
    """
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n", delimiter=delimiter).writerows(rows)
    return (BOM if bom else "") + buffer.getvalue()
