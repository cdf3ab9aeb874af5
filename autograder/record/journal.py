"""Judgements on disk as they come, one JSON line each, so that a killed run loses nothing that was
judged.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from autograder import files
from autograder.model import Judgement, Status


@dataclass(frozen=True)
class Entry:
    """A judgement, and the digest of everything that decided it."""

    key: str
    judgement: Judgement


@dataclass
class Journal:
    """The judgements of one lab, by student.

    Attributes:
        path: the file; made when the first judgement is added.
    """

    path: Path
    entries: dict[str, Entry] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            for line in self.path.read_bytes().splitlines():
                # A line that was being written when the run was killed, or an older version's.
                with contextlib.suppress(ValueError):
                    self._keep(_DECODER.decode(line))

    @property
    def judgements(self) -> dict[str, Judgement]:
        """By student."""
        return {student: entry.judgement for student, entry in self.entries.items()}

    def add(self, key: str, judgement: Judgement) -> None:
        """Keep a judgement.

        Raises:
            OSError: it could not be written.
        """
        entry = Entry(key, judgement)
        self._keep(entry)
        files.make_private(self.path.parent)
        with open(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+b") as file:
            start = b"" if _ends_whole(file.fileno()) else b"\n"
            file.write(start + _ENCODER.encode(entry) + b"\n")

    def known(self, student: str, key: str, *, diagnosed: bool) -> Judgement | None:
        """The judgement of this very submission by these very checks, if there is one.

        Faults of ours are tried again, and so is what lost points and was not yet compared with
        the catalogue of mistakes, where `diagnosed` asks for that.
        """
        entry = self.entries.get(student)
        if entry is None or entry.key != key or entry.judgement.status == Status.NOT_GRADED:
            return None
        wanting = diagnosed and entry.judgement.lost_points and not entry.judgement.diagnosed
        return None if wanting else entry.judgement

    def compact(self, students: Iterable[str]) -> None:
        """Rewrite the file with one line for each of these students.

        Raises:
            OSError: it could not be written.
        """
        self.entries = {student: self.entries[student] for student in sorted(students)}
        lines = [_ENCODER.encode(entry) + b"\n" for entry in self.entries.values()]
        files.write(self.path, b"".join(lines))

    def _keep(self, entry: Entry) -> None:
        self.entries[entry.judgement.student] = entry


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Entry)


def _ends_whole(fd: int) -> bool:
    """Whether a file is empty or ends with a whole line."""
    size = os.fstat(fd).st_size
    return not size or os.pread(fd, 1, size - 1) == b"\n"
