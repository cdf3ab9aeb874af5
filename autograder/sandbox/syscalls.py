"""Linux system calls that Python has no name for, by number, for x86_64 and aarch64.

Sources: the kernel's syscall tables (arch/x86/entry/syscalls/syscall_64.tbl,
    include/uapi/asm-generic/unistd.h).
"""

from __future__ import annotations

import ctypes
import os
import platform

from autograder.sandbox.syscall_table import NUMBERS

MACHINE = platform.machine()

_COLUMN = {"x86_64": 0, "aarch64": 1}.get(MACHINE)

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 4, 24, 38
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long
_libc.prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]


def supported() -> bool:
    """Whether the system calls of this machine are known here."""
    return os.name == "posix" and platform.system() == "Linux" and _COLUMN is not None


def number(name: str) -> int:
    """The number of a system call on this machine; -1 where it has none."""
    if _COLUMN is None:
        return -1
    return NUMBERS[name][_COLUMN]


def call(
    name: str, *arguments: int | bytes | ctypes.Array[ctypes.c_char] | ctypes.Structure | None
) -> int:
    """Make a system call; bytes, buffers and structures go by address, None is a null pointer.

    Raises:
        OSError: the kernel refused, with its errno; ENOSYS on a machine whose numbers are not known
            here.
    """
    if _COLUMN is None:
        raise OSError(38, f"{name}: system call numbers of {MACHINE} are not known")
    words = [_word(a) for a in arguments]
    result = int(_libc.syscall(ctypes.c_long(number(name)), *words))
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")
    return result


def prctl(option: int, value: int = 0, *rest: int) -> int:
    """One operation on this process; the numbers are those of the manual's prctl.

    Raises:
        OSError: the kernel refused.
    """
    result = int(_libc.prctl(option, value, *[*rest, 0, 0, 0][:3]))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"prctl({option}): {os.strerror(number)}")
    return result


def _word(argument: object) -> object:
    if isinstance(argument, int):
        return ctypes.c_long(argument)
    if isinstance(argument, bytes):
        return ctypes.c_char_p(argument)
    if argument is None:
        return ctypes.c_void_p(None)
    return ctypes.byref(argument)  # type: ignore[arg-type]
