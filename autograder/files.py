"""Files of ours: written whole or not at all, and readable by nobody else."""

from __future__ import annotations

import contextlib
import filecmp
import os
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

PRIVATE = 0o600


def make_private(folder: Path) -> Path:
    """A folder that only its owner may enter, made where it is missing.

    Raises:
        OSError: it cannot be made; `filename` is the folder.
    """
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in missing:
        made.chmod(0o700)
    return folder


Content = str | bytes | Iterable[str | bytes]


def write(path: Path, content: Content, *, mode: int = PRIVATE, synced: bool = True) -> None:
    """Write a file whole or not at all; its folder is made where it is missing.

    Args:
        path: the file.
        content: text, which is written in UTF-8, or bytes, or pieces of either, as they come.
        mode: its permissions.
        synced: wait until it is on the disk; without, a file lost with the machine's power is
            whole all the same, or not there.

    Raises:
        OSError: it cannot be written; `filename` is the path itself.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        make_private(path.parent)
        part.unlink(missing_ok=True)
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.writelines(_pieces(content))
            if synced:
                file.flush()
                os.fsync(file.fileno())
        part.chmod(mode)
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise OSError(error.errno, error.strerror, str(path)) from None


def _pieces(content: Content) -> Iterator[bytes]:
    """The content as bytes, piece by piece."""
    for piece in [content] if isinstance(content, (str, bytes)) else content:
        yield piece.encode() if isinstance(piece, str) else piece


def write_changed(path: Path, content: str | bytes) -> None:
    """Write a file that can be made again, unless it holds this already. Not synced to disk.

    Raises:
        OSError: see `write`.
    """
    try:
        if path.read_bytes() == b"".join(_pieces(content)):
            return
    except OSError:
        pass
    write(path, content, synced=False)


def write_pieces(path: Path, pieces: Iterable[str | bytes]) -> None:
    """`write_changed` of something large: it is written beside the file and compared there.

    Raises:
        OSError: see `write`.
    """
    beside = path.with_name(f".{path.name}.new")
    write(beside, pieces, synced=False)
    try:
        if path.is_file() and filecmp.cmp(path, beside, shallow=False):
            beside.unlink()
        else:
            beside.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None


def zip_entry(name: str, *, mode: int = 0o644) -> zipfile.ZipInfo:
    """A file's entry in a zip, without the time: the same files make the same zip.

    Args:
        name: its path inside.
        mode: its permissions.
    """
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = mode << 16
    return entry
