"""Files of ours: written whole or not at all, and readable by nobody else."""

from __future__ import annotations

import contextlib
import os
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


def write(path: Path, content: str | bytes, *, mode: int = PRIVATE, synced: bool = True) -> None:
    """Write a file whole or not at all; its folder is made where it is missing.

    Args:
        path: the file.
        content: text, which is written in UTF-8, or bytes.
        mode: its permissions.
        synced: wait until it is on the disk; without, a file lost with the machine's power is
            whole all the same, or not there.

    Raises:
        OSError: it cannot be written; `filename` is the path itself.
    """
    raw = content.encode() if isinstance(content, str) else content
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        make_private(path.parent)
        part.unlink(missing_ok=True)
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(raw)
            if synced:
                file.flush()
                os.fsync(file.fileno())
        part.chmod(mode)
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise OSError(error.errno, error.strerror, str(path)) from None


def write_changed(path: Path, content: str) -> None:
    """Write a file that can be made again, unless it holds this already. Not synced to disk.

    Raises:
        OSError: see `write`.
    """
    try:
        if path.read_bytes() == content.encode():
            return
    except OSError:
        pass
    write(path, content, synced=False)
