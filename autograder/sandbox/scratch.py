"""A student's own folder, where there is no file system of a fixed size for it.

How much lies in it, and its removal; its owner may be changing it meanwhile.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator

MAX_FILES = 4096
MAX_FOLDERS_DEEP = 32
MAX_MAPPED = 8  # removed files that may stay mapped, and nothing else beside them


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


def removed(pid: int, folder: str, each: int) -> int:
    """Bytes of files that a process has removed from its folder and still holds, open or mapped.

    Args:
        pid: the process.
        folder: its folder.
        each: bytes to count for a file that is only mapped, however little of it: its size cannot
            be asked for.
    """
    opened = _removed_and_open(pid)
    mapped = _removed_and_mapped(pid, folder) - opened.keys()
    return sum(opened.values()) + each * len(mapped)


def _removed_and_open(pid: int) -> dict[int, int]:
    """Bytes of the removed files of which a process holds a descriptor, by inode."""
    found: dict[int, int] = {}
    with contextlib.suppress(OSError):
        for name in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                about = os.stat(f"/proc/{pid}/fd/{name}")
                if stat.S_ISREG(about.st_mode) and not about.st_nlink:
                    found[about.st_ino] = about.st_blocks * 512
    return found


def _removed_and_mapped(pid: int, folder: str) -> set[int]:
    """Inodes of removed files that a process has mapped; see proc_pid_maps(5)."""
    try:
        with open(f"/proc/{pid}/maps", "rb", buffering=0) as file:
            lines = file.readall().splitlines()
    except OSError:
        return set()
    start = os.fsencode(folder)
    ended = [line.split(maxsplit=5) for line in lines if line.endswith(b"(deleted)")]
    return {int(fields[4]) for fields in ended if fields[5].startswith(start)}


def removal(folder: str) -> Iterator[None]:
    """Remove what a student has left, a name a step, so that nobody has to wait for all of it.

    Its depth may be past every limit of recursion, so folders are laid side by side first.
    """
    flat = tempfile.mkdtemp(dir=os.path.dirname(folder))
    waiting, number = [folder], 0
    while waiting:
        inner = waiting.pop()
        for entry in _entries(inner):
            with contextlib.suppress(OSError):
                if entry.is_dir(follow_symlinks=False):
                    number += 1
                    os.chmod(entry.path, 0o700)  # or it cannot be given another parent
                    os.rename(entry.path, f"{flat}/{number}")
                    waiting.append(f"{flat}/{number}")
                else:
                    os.unlink(entry.path)
            yield
        with contextlib.suppress(OSError):
            os.rmdir(inner)
    shutil.rmtree(flat, ignore_errors=True)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        return list(entries)
    return []
