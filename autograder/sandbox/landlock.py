"""Landlock: what of the file system, TCP, abstract sockets and signals a process may still reach.

Source: Documentation/userspace-api/landlock.rst of the kernel. ABI 1: Linux 5.13; 2: 5.19; 3: 6.2;
    4: 6.7 (TCP); 5: 6.10; 6: 6.12 (scopes).
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable

from autograder.sandbox import syscalls

NEEDED_ABI = 3  # truncate is covered from here on

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
READ = EXECUTE | READ_FILE | READ_DIR
_ALL_FILES = {
    1: (1 << 13) - 1,
    2: (1 << 14) - 1,
    3: (1 << 15) - 1,
    4: (1 << 15) - 1,
    5: (1 << 16) - 1,
}
_TCP = 0b11
_SCOPES = 0b11  # abstract unix sockets, signals
_IOCTL_DEV, _REFER, _TRUNCATE = 1 << 15, 1 << 13, 1 << 14
_FILE_ONLY = EXECUTE | WRITE_FILE | READ_FILE | _TRUNCATE | _IOCTL_DEV


class _Ruleset(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class _PathRule(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32)]


def abi() -> int:
    """The kernel's Landlock version; 0 where there is none."""
    try:
        return syscalls.call("landlock_create_ruleset", None, 0, 1)
    except OSError:
        return 0


def _files(version: int) -> int:
    return _ALL_FILES[min(version, 5)]


def handle(path: str) -> int:
    """A descriptor of `path` that a rule can be attached to."""
    return os.open(path, os.O_PATH | os.O_CLOEXEC)


def restrict(readable: Iterable[int], writable: Iterable[int], devices: Iterable[int]) -> None:
    """Confine this thread and all it starts, for good; `no_new_privs` must be set.

    Args:
        readable: descriptors of trees and files to read.
        writable: descriptors of trees in which everything but devices is allowed.
        devices: descriptors of single files to read and write.

    Raises:
        OSError: the kernel has no Landlock of at least `NEEDED_ABI`, or refused.
    """
    version = abi()
    if version < NEEDED_ABI:
        raise OSError(95, f"Landlock ABI {version} found, {NEEDED_ABI} needed (Linux 6.2 or later)")
    ruleset = _Ruleset(_files(version), _TCP if version >= 4 else 0, _SCOPES if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    fd = syscalls.call("landlock_create_ruleset", ruleset, size, 0)
    try:
        for rights, handles in (
            (READ, readable),
            (_files(version) & ~_IOCTL_DEV, writable),
            (READ_FILE | WRITE_FILE, devices),
        ):
            for parent in handles:
                _allow(fd, parent, rights)
        syscalls.call("landlock_restrict_self", fd, 0)
    finally:
        os.close(fd)


def _allow(ruleset: int, parent: int, rights: int) -> None:
    is_folder = os.stat(parent).st_mode & 0o170000 == 0o040000
    rule = _PathRule(rights if is_folder else rights & _FILE_ONLY, parent)
    syscalls.call("landlock_add_rule", ruleset, 1, rule, 0)
