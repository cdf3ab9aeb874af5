"""Judgements on disk as they come, one JSON line each, so that a killed run loses nothing that was
judged, and a large class is never in memory as a whole.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from autograder import files, text
from autograder.model import Judgement, Status


@dataclass(frozen=True)
class Entry:
    """A judgement, and the digest of everything that decided it."""

    key: str
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Place:
    """Where a judgement stands in the journal, and what must be known of it at hand.

    Attributes:
        key: the digest of everything that decided it.
        status, diagnosed, lost_points: of the judgement.
        seed: of its inputs.
        start, size: of its line, in bytes.
    """

    key: str
    status: Status
    diagnosed: bool
    lost_points: bool
    seed: int
    start: int
    size: int


class Judgements(Mapping[str, Judgement]):
    """Judgements by student, each read when it is asked for.

    Args:
        students: in their order.
        read: a student's judgement.
    """

    def __init__(self, students: Iterable[str], read: Callable[[str], Judgement]) -> None:
        self._students, self._read = dict.fromkeys(students), read

    def __getitem__(self, student: str) -> Judgement:
        if student not in self._students:
            raise KeyError(student)
        return self._read(student)

    def __iter__(self) -> Iterator[str]:
        return iter(self._students)

    def __len__(self) -> int:
        return len(self._students)


@dataclass
class Journal:
    """The judgements of one lab, by student.

    Attributes:
        path: the file; made when the first judgement is added.
        entries: where each student's judgement stands.
    """

    path: Path
    entries: dict[str, Place] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with (
            contextlib.suppress(FileNotFoundError, NotADirectoryError),
            open(self.path, "rb") as file,
        ):
            start = 0
            for line in file:
                # A line that was being written when the run was killed, or an older version's.
                if line.endswith(b"\n"):
                    with contextlib.suppress(ValueError):
                        self._keep(_DECODER.decode(line), start, len(line))
                start += len(line)

    @property
    def judgements(self) -> Judgements:
        """By student, read when they are asked for."""
        return Judgements(self.entries, self.read)

    def read(self, student: str) -> Judgement:
        """A student's judgement.

        Raises:
            KeyError: there is none.
            OSError, ValueError: the file is not what was written.
        """
        place = self.entries[student]
        with open(self.path, "rb") as file:
            return _DECODER.decode(os.pread(file.fileno(), place.size, place.start)).judgement

    def add(self, key: str, judgement: Judgement) -> None:
        """Keep a judgement.

        Raises:
            OSError: it could not be written.
        """
        entry = Entry(key, judgement)
        line = text.as_json(entry) + b"\n"
        files.make_private(self.path.parent)
        with open(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+b") as file:
            begin = b"" if _ends_whole(file.fileno()) else b"\n"
            start = os.fstat(file.fileno()).st_size + len(begin)
            file.write(begin + line)
        self._keep(entry, start, len(line))

    def known(self, student: str, key: str, *, diagnosed: bool) -> bool:
        """Whether there is a judgement of this very submission by these very checks.

        Faults of ours are tried again, and so is what lost points and was not yet compared with
        the catalogue of mistakes, where `diagnosed` asks for that.
        """
        place = self.entries.get(student)
        if place is None or place.key != key or place.status == Status.NOT_GRADED:
            return False
        return not (diagnosed and place.lost_points and not place.diagnosed)

    def compact(self, students: Iterable[str]) -> None:
        """Rewrite the file with one line for each of these students.

        Raises:
            OSError: it could not be written.
        """
        kept = {student: self.entries[student] for student in sorted(students)}
        start, moved = 0, {}
        for student, place in kept.items():
            moved[student] = replace(place, start=start)
            start += place.size
        files.write(self.path, self._lines(kept.values()))
        self.entries = moved

    def _lines(self, places: Iterable[Place]) -> Iterator[bytes]:
        """Lines of the file, read one by one."""
        if not self.entries:  # there may be no file
            return
        with open(self.path, "rb") as file:
            for place in places:
                yield os.pread(file.fileno(), place.size, place.start)

    def _keep(self, entry: Entry, start: int, size: int) -> None:
        judgement = entry.judgement
        self.entries[judgement.student] = Place(
            key=entry.key,
            status=judgement.status,
            diagnosed=judgement.diagnosed,
            lost_points=judgement.lost_points,
            seed=judgement.seed,
            start=start,
            size=size,
        )


_DECODER = msgspec.json.Decoder(Entry)


def _ends_whole(fd: int) -> bool:
    """Whether a file is empty or ends with a whole line."""
    size = os.fstat(fd).st_size
    return not size or os.pread(fd, 1, size - 1) == b"\n"
