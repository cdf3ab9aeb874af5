"""A student's process as /proc shows it from outside: what it is billed for, what it uses.

It is billed for the time that it ran or idled by its own will. Time in which it was ready to run
and a busy machine did not let it is not its own. Linux counts that for each thread, in the second
number of /proc/<pid>/task/<tid>/schedstat, in nanoseconds
(Documentation/scheduler/sched-stats.rst). Where it cannot be read, all time is billed; a limit that
is met with little processor time used is doubted all the same.
"""

from __future__ import annotations

import contextlib
import os
import time

NEARLY = 0.9  # of the memory that a process may have


class Clock:
    """Bills a process for the laps in which the grader waited for it.

    Args:
        pid: its number in the grader's own /proc, 0 where that is not known.
    """

    def __init__(self, pid: int) -> None:
        self._tasks = f"/proc/{pid}/task" if pid else ""
        self._waited = self._read()
        self._began = time.monotonic()
        self.billed = 0.0

    def start(self) -> None:
        """Begin a lap: from here on the grader waits for the process."""
        self._began = time.monotonic()

    def lap(self) -> float:
        """Bill the time since `start` or the last lap; seconds.

        The longest that any one of its threads waited for a processor meanwhile is left out.
        """
        now = time.monotonic()
        waited = self._read()
        longest = max((t - self._waited.get(n, 0) for n, t in waited.items()), default=0)
        seconds = max(0.0, now - self._began - longest * 1e-9)
        self._began, self._waited = now, waited
        self.billed += seconds
        return seconds

    def _read(self) -> dict[str, int]:
        """Nanoseconds that each thread has waited so far."""
        found: dict[str, int] = {}
        with contextlib.suppress(OSError, ValueError, IndexError):
            for thread in os.listdir(self._tasks) if self._tasks else ():
                found[thread] = _waited(f"{self._tasks}/{thread}/schedstat")
        return found


def _waited(path: str) -> int:
    """Nanoseconds that a thread has waited so far; 0 where it has ended meanwhile."""
    try:
        with open(path, "rb", buffering=0) as file:
            return int(file.read(100).split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def host_pid(pidfd: int) -> int:
    """The number in the grader's /proc of the process that a pidfd is of; 0 if that is not shown.

    A process in a namespace of its own has another number there. See pidfd_open(2) and
    proc_pid_fdinfo(5).
    """
    with (
        contextlib.suppress(OSError, ValueError),
        open(f"/proc/self/fdinfo/{pidfd}", encoding="ascii") as file,
    ):
        for line in file:
            if line.startswith("Pid:"):
                return max(0, int(line.split()[1]))
    return 0


def memory_is_full(pid: int, memory: int) -> bool:
    """Whether a process holds, or once held, nearly all the memory that it may have.

    Args:
        pid: its number in the grader's /proc.
        memory: bytes that it may have over what it began with, as `privileges.limit` sets it.
    """
    sizes, space = _sizes(pid), _address_space(pid)
    if not space or "VmPeak" not in sizes:
        return False
    began_with = space - 2 * memory
    return sizes["VmPeak"] - began_with >= NEARLY * memory


def _sizes(pid: int) -> dict[str, int]:
    """The Vm lines of a process's status, in bytes."""
    found: dict[str, int] = {}
    with (
        contextlib.suppress(OSError, ValueError, IndexError),
        open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file,
    ):
        for line in file:
            if line.startswith("Vm"):
                found[line.partition(":")[0]] = int(line.split()[1]) << 10
    return found


def _address_space(pid: int) -> int:
    """The limit of a process's address space in bytes; 0 where it has none or is gone."""
    with (
        contextlib.suppress(OSError, ValueError, IndexError),
        open(f"/proc/{pid}/limits", encoding="ascii") as file,
    ):
        for line in file:
            if line.startswith("Max address space"):
                return int(line.split()[3])
    return 0


def scratch_is_full(pid: int, folder: str) -> bool:
    """Whether a process has filled the file system of a fixed size that is its scratch.

    Args:
        pid: its number in the grader's /proc.
        folder: the scratch, as the process sees it.
    """
    with contextlib.suppress(OSError):
        about = os.statvfs(f"/proc/{pid}/root{folder}")
        return about.f_bavail * 20 < about.f_blocks or about.f_favail == 0
    return False
