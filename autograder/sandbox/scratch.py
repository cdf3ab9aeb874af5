"""A student's own folder, where there is no file system of a fixed size for it.

How much lies in it, and its removal; its owner may be changing it meanwhile.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile

MAX_FILES = 4096
MAX_FOLDERS_DEEP = 32


def holds_too_much(folder: str, most: int, most_files: int = MAX_FILES) -> bool:
    """Whether a folder holds more bytes or names than allowed, or is deeper than anyone needs.

    Its owner may be changing it.
    """
    waiting, size, count = [folder], 0, 0
    while waiting:
        inner = waiting.pop()
        if inner.count("/") - folder.count("/") > MAX_FOLDERS_DEEP:
            return True
        with contextlib.suppress(OSError):  # gone meanwhile
            os.chmod(inner, 0o700)  # it may have been made unreadable
            with os.scandir(inner) as entries:
                for entry in entries:
                    count += 1
                    with contextlib.suppress(OSError):
                        size += entry.stat(follow_symlinks=False).st_blocks * 512
                    if size > most or count > most_files:
                        return True
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
    return False


def removed(pid: int) -> int:
    """Bytes of files that a process has removed from its folder and still holds open."""
    size = 0
    with contextlib.suppress(OSError):
        for name in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                about = os.stat(f"/proc/{pid}/fd/{name}")
                size += (
                    about.st_blocks * 512
                    if stat.S_ISREG(about.st_mode) and not about.st_nlink
                    else 0
                )
    return size


def remove(folder: str) -> None:
    """Remove what a student has left; its depth may be past every limit of recursion, so the tree
    is laid flat first.
    """
    flat = tempfile.mkdtemp(dir=os.path.dirname(folder))
    waiting, number = [folder], 0
    with contextlib.suppress(OSError):
        while waiting:
            inner = waiting.pop()
            for entry in list(os.scandir(inner)):
                number += 1
                path = f"{flat}/{number}"
                if entry.is_dir(follow_symlinks=False):
                    os.chmod(entry.path, 0o700)
                    waiting.append(path)
                os.rename(entry.path, path)
            os.rmdir(inner)
    shutil.rmtree(flat, ignore_errors=True)
