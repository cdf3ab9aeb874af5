"""What lies in a download, a zip or a folder: read with bounds, and never unpacked to a name of its
own choice.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from autograder.course.hand_ins import composed, text_of
from autograder.errors import UsageError

MAX_ENTRIES = 50_000
MAX_FILE = 1 << 30
MAX_TOTAL = 16 << 30
MAX_INNER = 256 << 20  # of a zip that a student handed in
SMALL = 4 << 20  # what may be packed as tightly as it likes
MAX_RATIO = 200  # of a larger file; a notebook with pictures packs to a half, text to a tenth
CHUNK = 1 << 20
# What computers leave behind in archives and folders.
CLUTTER = re.compile(
    r"(__MACOSX|__pycache__|\.ipynb_checkpoints|\.DS_Store|Thumbs\.db|\._.*|~\$.*)"
)
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError)


class Unreadable(ValueError):
    """A file of a download that cannot be read; the message says why."""


@dataclass(frozen=True)
class Member:
    """A file in a download.

    Attributes:
        path: the parts of its path there, composed; names only, no `..` and no root.
        size: bytes, as the download says.
        open: opens it for reading.
        refused: why it must not be read, if so.
    """

    path: tuple[str, ...]
    size: int
    open: Callable[[], BinaryIO]
    refused: str = ""

    @property
    def shown(self) -> str:
        """Its path, as text."""
        return text_of("/".join(self.path))

    def copy(self, target: Path) -> str:
        """Write it to a new file of ours; the SHA-256 of its bytes.

        Raises:
            Unreadable: it is damaged, encrypted, or longer than it says.
            OSError: the target cannot be written.
        """
        digest, count = hashlib.sha256(), 0
        fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with open(fd, "wb") as file:
            for chunk in self.chunks():
                count += len(chunk)
                if count > self.size:
                    raise Unreadable("it is longer than it says")
                digest.update(chunk)
                file.write(chunk)
        return digest.hexdigest()

    def chunks(self) -> Iterator[bytes]:
        """What it holds, in pieces.

        Raises:
            Unreadable: it is damaged or encrypted.
        """
        try:
            with self.open() as source:
                while chunk := source.read(CHUNK):
                    yield chunk
        except _DAMAGED as error:
            raise Unreadable(f"it is damaged or encrypted ({error})") from None


@dataclass(frozen=True)
class Download:
    """A download's files.

    Attributes:
        members: in the order of their paths.
        made: when it was made, seconds since 1970; the newest time in it.
        clutter: how many files were passed over that only computers care for.
    """

    members: tuple[Member, ...]
    made: float
    clutter: int


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Download]:
    """A download, whose members can be read while this is open.

    Raises:
        UsageError: it is neither a folder nor a zip, or holds more than any class hands in.
    """
    if path.is_dir():
        yield _download(list(_of_folder(path)), path)
        return
    try:
        archive = zipfile.ZipFile(path)
    except OSError as error:
        raise UsageError(f"`{path}` cannot be read: {error.strerror}") from None
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise UsageError(f"`{path}` is neither a folder nor a zip: {error}") from None
    with archive:
        yield _download(list(_of_zip(archive, str(path))), path)


def _download(found: list[tuple[Member, float]], path: Path) -> Download:
    kept = [
        (one, when) for one, when in found if not any(CLUTTER.fullmatch(part) for part in one.path)
    ]
    total = sum(one.size for one, _ in kept if not one.refused)
    if len(found) > MAX_ENTRIES or total > MAX_TOTAL:
        raise UsageError(
            f"`{path}` holds {len(found)} files of {total / 1e9:.1f} GB unpacked; at most "
            f"{MAX_ENTRIES} of {MAX_TOTAL / 1e9:.0f} GB are read. Is it what was downloaded?"
        )
    members = sorted((one for one, _ in kept), key=lambda one: one.path)
    made = max((when for _, when in kept), default=0.0)
    return Download(tuple(members), made, len(found) - len(kept))


def inner(member: Member) -> tuple[Member, ...]:
    """The files of a zip that lies in a download, under its own path.

    Raises:
        Unreadable: it is no zip, damaged, or too large.
    """
    if member.size > MAX_INNER:
        raise Unreadable(f"it is a zip of more than {MAX_INNER >> 20} MiB")
    raw = b"".join(member.chunks())
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
    except (*_DAMAGED, ValueError) as error:
        raise Unreadable(f"it is no zip, or a damaged one ({error})") from None
    if len(archive.infolist()) > MAX_ENTRIES:
        raise Unreadable(f"it holds more than {MAX_ENTRIES} files")
    return tuple(
        Member((*member.path, *one.path), one.size, one.open, one.refused)
        for one, _ in _of_zip(archive, member.shown)
        if not any(CLUTTER.fullmatch(part) for part in one.path)
    )


def _of_zip(archive: zipfile.ZipFile, shown: str) -> Iterator[tuple[Member, float]]:
    infos = archive.infolist()
    if len(infos) > MAX_ENTRIES:
        raise UsageError(f"`{shown}` holds {len(infos)} files; at most {MAX_ENTRIES} are read")
    for info in infos:
        if info.is_dir():
            continue
        parts, refused = _parts(_name(info))

        def read(info: zipfile.ZipInfo = info) -> BinaryIO:
            return archive.open(info)  # type: ignore[return-value]

        try:
            when = datetime(*info.date_time).timestamp()
        except ValueError:
            when = 0.0
        yield Member(parts, info.file_size, read, refused or _bomb(info)), when


def _name(info: zipfile.ZipInfo) -> str:
    """An entry's name: zips made on a Mac hold UTF-8 without saying so."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def _parts(name: str) -> tuple[tuple[str, ...], str]:
    """A path's parts, and why it must not be taken."""
    parts = [part for part in re.split(r"[/\\]", name) if part not in ("", ".")]
    leaves = name.startswith(("/", "\\")) or ".." in parts or re.match(r"[A-Za-z]:", name)
    kept = tuple(composed(part) for part in parts if part != "..")
    return kept or ("?",), "its path leads out of the download" if leaves else ""


def _bomb(info: zipfile.ZipInfo) -> str:
    """Why an entry must not be unpacked; nothing for most."""
    if stat.S_ISLNK(info.external_attr >> 16):
        return "it is a link"
    if info.flag_bits & 1:
        return "it is encrypted"
    if info.file_size > MAX_FILE:
        return f"it unpacks to {info.file_size / 1e9:.1f} GB, more than {MAX_FILE >> 30} GiB"
    if info.file_size > SMALL and info.file_size > MAX_RATIO * max(1, info.compress_size):
        return (
            f"it unpacks to {info.file_size / 1e6:.0f} MB from {info.compress_size / 1e3:.0f} kB, "
            "as a zip bomb does"
        )
    return ""


def _of_folder(folder: Path) -> Iterator[tuple[Member, float]]:
    """A folder's files; links are not followed."""
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(place, name)
            about = path.lstat()
            refused = "" if stat.S_ISREG(about.st_mode) else "it is a link, or no file"
            if about.st_size > MAX_FILE:
                refused = f"it has more than {MAX_FILE >> 30} GiB"

            def read(path: Path = path) -> BinaryIO:
                return open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb")

            parts = tuple(composed(part) for part in path.relative_to(folder).parts)
            yield Member(parts, about.st_size, read, refused), about.st_mtime
