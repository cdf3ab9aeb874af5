"""What a process may still do in the kernel's eyes: capabilities, user, limits, descriptors,
environment.
"""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import os
import resource
import signal
import struct
import tempfile
from collections.abc import Iterable, Iterator

from autograder.sandbox import syscalls

_CAPABILITIES = 64
MAX_THREADS = 64  # of one student's process
# Where the kernel counts all of a user's processes together, no neighbor may use up another's: the
# zygote ends a process with more than `MAX_THREADS`, and this bounds a burst meanwhile.
MAX_SHARED_THREADS = 8192
MAX_DESCRIPTORS = 64
# No account lies here: systemd's table ends below, https://systemd.io/UIDS-GIDS. Wide, since every
# zygote of the machine draws its own part.
PRIVATE_UIDS = range(0x7A000000, 0x7B000000)


def die_with_parent(parent: int) -> None:
    """Be killed when the parent dies.

    `parent` is its process number as seen from here, 0 where it is not visible.
    """
    syscalls.prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def first_to_go() -> None:
    """Where the machine runs out of memory, the kernel ends this process and its children before
    any other.
    """
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")


def private_uids() -> Iterator[int]:
    """Users for one student's process each, without end; no two zygotes are likely to share one."""
    first = int.from_bytes(os.urandom(4), "little")
    return (PRIVATE_UIDS[(first + n) % len(PRIVATE_UIDS)] for n in itertools.count())


def stay_visible() -> None:
    """Let the zygote and the grader go on reading what /proc shows of this process, such as the
    files that it holds open; the kernel closes it when rights change (PR_SET_DUMPABLE in prctl(2)).
    """
    syscalls.prctl(syscalls.PR_SET_DUMPABLE, 1)


def no_new_privileges() -> None:
    """No program run from here on can gain a right."""
    syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)


def drop_bounding_set() -> None:
    """Take every capability out of reach; before the user changes, since afterwards the kernel
    refuses.

    A process without CAP_SETPCAP, an ordinary user's, has nothing to drop and may not try.
    """
    for capability in range(_CAPABILITIES):
        try:
            syscalls.prctl(syscalls.PR_CAPBSET_DROP, capability)
        except OSError as error:
            if error.errno == 22:  # past the last capability that this kernel knows
                return
            if error.errno == 1 and os.getuid() != 0:
                return
            raise


def become(uid: int) -> None:
    """Take a user of one's own, with no groups.

    Raises:
        OSError: not allowed.
    """
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def drop_capabilities() -> None:
    """Empty the permitted, effective, inheritable and ambient sets.

    Raises:
        OSError: the kernel refused.
    """
    syscalls.prctl(syscalls.PR_CAP_AMBIENT, syscalls.PR_CAP_AMBIENT_CLEAR_ALL)
    header = struct.pack("<Ii", 0x20080522, 0)
    syscalls.call("capset", header, bytes(24))


def limit(
    cpu: float, memory: int, file_size: int, base_data: int, base_space: int, threads: int
) -> None:
    """Set resource limits; memory is counted over what the zygote itself uses.

    Args:
        cpu: seconds of processor time; the kernel kills at the second after.
        memory: bytes of private memory above `base_data`; shared mappings may take as much again.
        file_size: bytes of the largest file.
        base_data, base_space: the zygote's VmData and VmSize in bytes.
        threads: processes and threads of this user, as this user namespace counts them.
    """
    seconds = max(1, int(cpu + 0.999))
    for what, soft, hard in (
        (resource.RLIMIT_CPU, seconds, seconds + 1),
        (resource.RLIMIT_DATA, base_data + memory, base_data + memory),
        (resource.RLIMIT_AS, base_space + 2 * memory, base_space + 2 * memory),
        (resource.RLIMIT_FSIZE, file_size, file_size),
        (resource.RLIMIT_NOFILE, MAX_DESCRIPTORS, MAX_DESCRIPTORS),
        (resource.RLIMIT_NPROC, threads, threads),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_MEMLOCK, 0, 0),
        (resource.RLIMIT_MSGQUEUE, 0, 0),
        # Queued signals and timers, which the kernel counts by user: none is needed to kill or be
        # interrupted (see `override_rlimit` in kernel/signal.c).
        (resource.RLIMIT_SIGPENDING, 0, 0),
    ):
        resource.setrlimit(what, (soft, hard))


def threads_of(pid: int) -> int:
    """How many threads a process has; 0 where it is gone. The 20th number of proc_pid_stat(5)."""
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:
            return int(file.read(4096).rpartition(b")")[2].split()[17])
    except OSError:
        return 0


def exit_when_time_is_up() -> None:
    """Where the soft limit of processor time is met, exit at once with the signal's number, 24.

    As process 1 of its namespace it would ignore the signal and be killed at the hard limit, like
    by anybody else (pid_namespaces(7)). The handler is the C library's own `_exit`, which may be
    called there (signal-safety(7)); a handler in Python would wait for the end of a loop in C.
    """
    libc = ctypes.CDLL(None)
    libc.signal.argtypes = [ctypes.c_int, ctypes.c_void_p]
    libc.signal(signal.SIGXCPU, ctypes.cast(libc._exit, ctypes.c_void_p))


def close_all_but(keep: Iterable[int]) -> None:
    """Close every descriptor except 0, 1, 2 and these.

    Raises:
        OSError: the kernel has no close_range (before Linux 5.9).
    """
    first = 3
    for fd in sorted(keep):
        if fd > first:
            syscalls.call("close_range", first, fd - 1, 0)
        first = max(first, fd + 1)
    syscalls.call("close_range", first, ctypes.c_uint32(-1).value, 0)


def clean_environment(home: str) -> None:
    """Leave only what programs expect to find; temporary files go to `home`."""
    kept = {name: os.environ[name] for name in ("MPLCONFIGDIR", "MPLBACKEND") if name in os.environ}
    os.environ.clear()
    threads = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "MKL", "OPENBLAS")}
    own = {"HOME": home, "TMPDIR": home, "USER": "student", "LOGNAME": "student"}
    os.environ.update(kept | threads | own | {"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"})
    tempfile.tempdir = None  # or it stays what it was when the zygote first asked
