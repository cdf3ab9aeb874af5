"""Putting one hand-in into its place: what is newer than it stays, what it replaces is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from autograder import files
from autograder.course import hand_ins
from autograder.course.collected import Origin
from autograder.layout import TIMESTAMP, CourseLayout

CHUNK = 1 << 20


@dataclass(frozen=True)
class Work:
    """A hand-in that is ready to be put into its place.

    Attributes:
        origin: whose, of which lab, and where it came from.
        staged: its files by the names that they will have.
        shown: what they are called in the download.
        when: when it came, UTC without a zone, if that is known.
    """

    origin: Origin
    staged: Mapping[str, Path]
    shown: tuple[str, ...]
    when: datetime | None = None


@dataclass(frozen=True)
class Taken:
    """A hand-in that lies in its place.

    Attributes:
        how: `new`, `replaced` or `unchanged`.
        files: what they were called.
        kept: where lies what it replaced.
    """

    student: str
    lab: str
    how: str
    files: tuple[str, ...]
    kept: Path | None = None


@dataclass(frozen=True)
class Left:
    """A file that was not taken, and why."""

    file: str
    why: str


def place(
    root: Path, submitted: Path, work: Work, known: Origin | None, *, overwrite: bool
) -> Taken | Left:
    """Put a hand-in into its place, unless something newer lies there.

    Args:
        root: the course, which keeps what is replaced.
        submitted: the folder of submissions.
        work: the hand-in.
        known: where what lies there came from, if it was collected.
        overwrite: take it even where something newer, or changed by hand, lies there.

    Raises:
        OSError: something cannot be written.
    """
    student, lab = work.origin.student, work.origin.lab
    folder = hand_ins.folder_of(submitted, student, lab)
    if folder.is_symlink() or folder.parent.is_symlink():
        return Left(
            work.shown[0], f"`{folder}` or the folder above it is a link, which is not followed"
        )
    there = _digests(folder)
    if there == work.origin.digests:
        _stamp(folder, work.when, keep=True)
        return Taken(student, lab, "unchanged", work.shown)
    if there and not overwrite and (why := _objection(folder, there, work.origin, known)):
        return Left(work.shown[0], f"{why}; --overwrite takes the download's")
    kept = _put_aside(root, folder, student, lab) if there else None
    files.make_private(folder)
    for name, staged in work.staged.items():
        staged.replace(folder / name)
    _stamp(folder, work.when, keep=False)
    return Taken(student, lab, "replaced" if there else "new", work.shown, kept)


def _digests(folder: Path) -> dict[str, str]:
    """Of the files in a hand-in's folder, by name; its time is none of them."""
    if not folder.is_dir():
        return {}
    return {
        path.relative_to(folder).as_posix(): _digest(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink() and path.name != TIMESTAMP
    }


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _objection(folder: Path, there: Mapping[str, str], new: Origin, known: Origin | None) -> str:
    """Why a hand-in must not take the place of what lies there; nothing if it may."""
    if known is None or known.digests != there:
        return f"`{folder}` holds other work, which was not collected or has been changed since"
    if (known.system, known.number) == (new.system, new.number) and new.attachment:
        newer = new.attachment > known.attachment
    else:
        newer = new.made > known.made
    return "" if newer else f"`{folder}` holds other work from a download that is as new or newer"


def _put_aside(root: Path, folder: Path, student: str, lab: str) -> Path:
    """Move what lies in a place to where the course keeps what was replaced."""
    above = CourseLayout(root).replaced / student / lab
    files.make_private(above)
    number = 1 + max((int(one.name) for one in above.iterdir() if one.name.isdigit()), default=0)
    folder.replace(above / str(number))
    return above / str(number)


def _stamp(folder: Path, when: datetime | None, *, keep: bool) -> None:
    """Write when a hand-in came. A time that is there of the same work stays."""
    path = folder / TIMESTAMP
    if when is not None and not (keep and path.exists()):
        files.write(path, f"{when:%Y-%m-%d %H:%M:%S} UTC\n")
