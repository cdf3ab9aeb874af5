"""Namespaces and the jail: a process tree, a network and a file system of one's own.

The zygote makes them once, before it imports anything large; each student's process then gets its
own process tree, message
queues, host name, mounts and scratch.  Sources: user_namespaces(7), pid_namespaces(7),
mount_setattr(2), pivot_root(2).
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable

from autograder.sandbox import syscalls

_NEWNS, _NEWUTS, _NEWIPC, _NEWUSER, _NEWPID, _NEWNET = (
    0x20000,
    0x4000000,
    0x8000000,
    0x10000000,
    0x20000000,
    0x40000000,
)
_BIND, _REC, _PRIVATE, _NOSUID, _NODEV, _NOEXEC, _RDONLY, _REMOUNT = (
    4096,
    16384,
    1 << 18,
    2,
    4,
    8,
    1,
    32,
)
_DETACH = 2
_ATTR_RDONLY, _ATTR_NOSUID = 1, 2
_AT_RECURSIVE, _AT_FDCWD = 0x8000, -100

DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")


def enter() -> None:
    """Leave the host's users (unless root), mounts, processes, network, messages and host name;
    children are in the new process tree.

    Raises:
        OSError: the kernel or the container denies namespaces.
    """
    uid, gid = os.getuid(), os.getgid()
    kinds = _NEWNS | _NEWPID | _NEWNET | _NEWIPC | _NEWUTS
    if uid == 0:
        syscalls.call("unshare", kinds)
    else:
        syscalls.call("unshare", kinds | _NEWUSER)
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{uid} {uid} 1")
        _write("/proc/self/gid_map", f"{gid} {gid} 1")
    syscalls.call("mount", b"none", b"/", None, _REC | _PRIVATE, None)


def jail(folder: str, readable: Iterable[str]) -> None:
    """Make a new root that holds these trees and nothing else, and move into it.

    Args:
        folder: an empty folder of the host's, on which the new root is mounted.
        readable: folders and files to bind, read-only, under their own paths; missing ones are left
            out.

    Raises:
        OSError: the kernel denied a mount.
    """
    _mount_tmpfs(folder, size=1 << 20, mode=0o755)
    present = [path for path in readable if os.path.exists(path)]
    for path in present:
        real = os.path.realpath(path)
        if real != path and _covers(present, real):
            _link(path, folder, real)  # each mount costs every student's process, which copies them
        else:
            _bind(path, folder)
            _read_only(folder + path)
    for path in DEVICES:
        _bind(path, folder)
    os.makedirs(folder + "/scratch/own", exist_ok=True)
    os.chmod(folder + "/scratch/own", 0o777)  # noqa: S103 - in a jail of one process, whatever its user
    os.chdir(folder)
    syscalls.call("pivot_root", b".", b".")
    syscalls.call("umount2", b".", _DETACH)
    os.chdir("/")
    _read_only("/", recursive=False)


def fork_into_new_tree(own: int) -> int:
    """fork(2) with the child as process 1 of a new process namespace.

    Args:
        own: a descriptor of this process's own pid namespace, to which later children go back.
    """
    syscalls.call("unshare", _NEWPID)
    try:
        pid = os.fork()
    finally:
        if os.getpid() != 1 or own >= 0:
            with contextlib.suppress(OSError):
                syscalls.call("setns", own, _NEWPID)
    return pid


def separate(scratch: int) -> None:
    """In the student's process: own mounts with a private scratch of `scratch` bytes at
    /scratch/own, own messages and host name.

    Raises:
        OSError: the kernel denied it.
    """
    syscalls.call("unshare", _NEWNS | _NEWIPC | _NEWUTS | _NEWNET)
    _mount_tmpfs("/scratch/own", size=scratch, mode=0o777, inodes=4096)


def count_apart() -> None:
    """In the student's process: a user namespace of its own, in which its threads and pending
    signals are counted apart from its neighbors' (since Linux 5.14; see RLIMIT_NPROC in
    getrlimit(2), and kernel/ucount.c).

    The limit of the namespace around it is the one that holds now, so this comes before limits are
    set. Nobody is mapped into it, so that it has no rights over anything.

    Raises:
        OSError: the kernel denied it.
    """
    syscalls.call("unshare", _NEWUSER)


def _mount_tmpfs(path: str, size: int, mode: int, inodes: int = 1024) -> None:
    options = f"size={size},mode={mode:o},nr_inodes={inodes}".encode()
    syscalls.call("mount", b"tmpfs", os.fsencode(path), b"tmpfs", _NOSUID | _NODEV, options)


def _bind(path: str, root: str) -> None:
    """Bind `path` to the same path under `root`, making its parents ours (so a home that is closed
    to others does no harm).
    """
    target = root + path
    os.makedirs(os.path.dirname(target), mode=0o755, exist_ok=True)
    if stat.S_ISDIR(os.stat(path).st_mode):
        os.makedirs(target, mode=0o755, exist_ok=True)
    else:
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o644))
    syscalls.call("mount", os.fsencode(path), os.fsencode(target), None, _BIND | _REC, None)


def _covers(trees: Iterable[str], path: str) -> bool:
    """Whether `path` is one of the trees or lies in one that is no link itself."""
    return any(path == tree or path.startswith(tree.rstrip("/") + "/") for tree in trees)


def _link(path: str, root: str, real: str) -> None:
    """Make `path` under `root` a link to another of its trees."""
    os.makedirs(os.path.dirname(root + path), mode=0o755, exist_ok=True)
    os.symlink(real, root + path)


def _read_only(path: str, *, recursive: bool = True) -> None:
    attributes = (_ATTR_RDONLY | _ATTR_NOSUID).to_bytes(8, "little") + bytes(24)
    syscalls.call(
        "mount_setattr",
        _AT_FDCWD,
        os.fsencode(path),
        _AT_RECURSIVE if recursive else 0,
        attributes,
        32,
    )


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
