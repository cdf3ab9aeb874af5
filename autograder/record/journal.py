"""Judgements on disk as they come, one JSON line each, so that a killed run loses nothing that was
judged.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.model import Judgement, Status


def atomic(path: Path, text: str) -> None:
    """Write a file whole or not at all.

    Raises:
        OSError: it cannot be written; `filename` is the path itself.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(part, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise OSError(error.errno, error.strerror, str(path)) from None


@dataclass(frozen=True)
class Entry:
    """A judgement and the digest of all that led to it."""

    key: str
    judgement: Judgement


class Journal:
    """The judgements of one lab.

    Args:
        path: its file; made when the first judgement is added.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.entries: dict[str, Entry] = {}
        self.seed: int | None = None
        self.level = "none"
        if path.is_file():
            for line in path.read_bytes().splitlines():
                self._load(line)

    def _load(self, line: bytes) -> None:
        try:
            data = json.loads(line)
            if "seed" in data:
                self.seed, self.level = int(data["seed"]), str(data["sandbox"])
            else:
                judgement = Judgement.from_dict(data["judgement"])
                self.entries[judgement.student] = Entry(str(data["key"]), judgement)
        except (ValueError, KeyError, TypeError):
            return  # a line that was being written when the run was killed, or an older version's

    def begin(self, seed: int, level: str) -> None:
        """Note the run's seed and the level of its sandbox."""
        if (seed, level) != (self.seed, self.level):
            self.seed, self.level = seed, level
            self._append({"seed": seed, "sandbox": level})

    def add(self, key: str, judgement: Judgement) -> None:
        """Keep a judgement.

        Raises:
            OSError: it could not be written.
        """
        self.entries[judgement.student] = Entry(key, judgement)
        self._append({"key": key, "judgement": judgement.to_dict()})

    def known(self, student: str, key: str) -> Judgement | None:
        """The judgement of this very submission by these very checks, if there is one.

        Faults of ours are tried again.
        """
        entry = self.entries.get(student)
        if entry is None or entry.key != key or entry.judgement.status == Status.NOT_GRADED:
            return None
        return entry.judgement

    def compact(self, students: Iterable[str]) -> None:
        """Rewrite the file with one line for each of these students."""
        self.entries = {student: self.entries[student] for student in sorted(students)}
        lines: list[dict[str, Any]] = [{"seed": self.seed, "sandbox": self.level}]
        lines += [
            {"key": entry.key, "judgement": entry.judgement.to_dict()}
            for entry in self.entries.values()
        ]
        atomic(self._path, "".join(json.dumps(line) + "\n" for line in lines))

    def digest(self) -> str:
        """A digest of everything in it."""
        parts = [f"{student}={entry.key}" for student, entry in sorted(self.entries.items())]
        return hashlib.sha256(f"{self.seed}/{'/'.join(parts)}".encode()).hexdigest()

    def _append(self, line: dict[str, Any]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with open(self._path, "ab") as file:
            if file.tell() and not _ends_with_newline(self._path):
                file.write(b"\n")
            file.write(json.dumps(line).encode() + b"\n")


def _ends_with_newline(path: Path) -> bool:
    with open(path, "rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
