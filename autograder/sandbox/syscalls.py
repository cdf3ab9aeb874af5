"""Linux system calls that Python has no name for, by number, for x86_64 and aarch64.

Sources: the kernel's syscall tables (arch/x86/entry/syscalls/syscall_64.tbl,
    include/uapi/asm-generic/unistd.h).
"""

from __future__ import annotations

import ctypes
import os
import platform

MACHINE = platform.machine()

# name: (x86_64, aarch64)
_NUMBERS: dict[str, tuple[int, int]] = {
    "capset": (126, 91),
    "mount_setattr": (442, 442),
    "pivot_root": (155, 41),
    "seccomp": (317, 277),
    "setns": (308, 268),
    "unshare": (272, 97),
    "mount": (165, 40),
    "umount2": (166, 39),
    "sethostname": (170, 161),
    "landlock_create_ruleset": (444, 444),
    "landlock_add_rule": (445, 445),
    "landlock_restrict_self": (446, 446),
    "close_range": (436, 436),
    "setresuid": (117, 147),
}
_COLUMN = {"x86_64": 0, "aarch64": 1}.get(MACHINE)

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 4, 24, 38
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long
_libc.prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]


def supported() -> bool:
    """Whether the system calls of this machine are known here."""
    return os.name == "posix" and platform.system() == "Linux" and _COLUMN is not None


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
    result = int(_libc.syscall(ctypes.c_long(_NUMBERS[name][_COLUMN]), *words))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def prctl(option: int, value: int = 0, *rest: int) -> int:
    """prctl(2).

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
