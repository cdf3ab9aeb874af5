"""Attempts to break out, for the self-test: each returns True where it got through.

Run without the sandbox, each must succeed, or it proves nothing. So this file imports the standard
library alone and is also a
script: `python probes.py '[["read", {"path": "/etc/hostname"}], ...]'` prints what got through, as
    JSON.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import socket
import sys
from collections.abc import Callable
from typing import Any


def read(path: str) -> bool:
    """Read a file of the grader's user."""
    with open(path, "rb") as file:
        return bool(file.read(1))


def write(path: str) -> bool:
    """Write to a file of the grader's user."""
    with open(path, "ab") as file:
        return file.write(b"x") == 1


def signal(pid: int) -> bool:
    """Reach the grader's process with a signal."""
    os.kill(pid, 0)
    return True


def processes(pid: int) -> bool:
    """Look at the grader's command line."""
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        return bool(file.read(1))


def fork() -> bool:
    """Start another process."""
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    return os.waitpid(pid, 0)[1] == 0


def execute() -> bool:
    """Start another program, by posix_spawn, which forks in the C library."""
    return os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)[1] == 0


def tcp(port: int) -> bool:
    """Connect to a listener of the grader's."""
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        return True


def udp(port: int) -> bool:
    """Send a datagram to the grader's."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        return sender.sendto(b"x", ("127.0.0.1", port)) == 1


def unix(path: str) -> bool:
    """Connect to a socket file of the grader's."""
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(path)
        return True


def memfd() -> bool:
    """Make a file that lies in no folder."""
    os.close(os.memfd_create("probe"))
    return True


def keyring() -> bool:
    """Ask for the session's keyring, which processes share."""
    number = {"x86_64": 250, "aarch64": 219}[os.uname().machine]
    return int(ctypes.CDLL(None, use_errno=True).syscall(number, 0, -3, 1)) > 0


def namespace() -> bool:
    """Make a user namespace, the door to most kernel bugs."""
    return int(ctypes.CDLL(None, use_errno=True).unshare(0x10000000)) == 0


PROBES: dict[str, Callable[..., bool]] = {
    f.__name__: f
    for f in (
        read,
        write,
        signal,
        processes,
        fork,
        execute,
        tcp,
        udp,
        unix,
        memfd,
        keyring,
        namespace,
    )
}


def run(name: str, arguments: dict[str, Any]) -> bool:
    """Whether the probe got through; every error means that it did not."""
    with contextlib.suppress(Exception):
        return PROBES[name](**arguments)
    return False


if __name__ == "__main__":
    print(json.dumps([run(name, arguments) for name, arguments in json.loads(sys.argv[1])]))
