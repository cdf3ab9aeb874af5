"""seccomp: which system calls a process may still make.

A list of what is refused rather than of what is allowed: PyTorch, NumPy and the C library use many
calls, and more with each version. What the list leaves open is bounded by the other layers, and
calls newer than the list do not exist (ENOSYS).

Sources: Documentation/userspace-api/seccomp_filter.rst;
    include/uapi/linux/{seccomp,audit,filter}.h; the syscall tables.
"""

from __future__ import annotations

import ctypes
import errno
import struct

from autograder.sandbox import syscalls

_LOAD, _JUMP_EQ, _JUMP_GE, _JUMP_SET, _RETURN, _AND = 0x20, 0x15, 0x35, 0x45, 0x06, 0x54
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_ARCHES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32 = 0x40000000
_CLONE_THREAD = 0x00010000
_FIRST_UNKNOWN = 470

# name: (x86_64, aarch64); -1 where the architecture has no such call
_REFUSED: dict[str, tuple[int, int]] = {
    # other processes and programs
    "execve": (59, 221),
    "execveat": (322, 281),
    "fork": (57, -1),
    "vfork": (58, -1),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "setns": (308, 268),
    "unshare": (272, 97),
    "prlimit64": (302, 261),
    "setrlimit": (160, 164),
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
    "sched_setattr": (314, 274),
    "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118),
    "setsid": (112, 157),
    "setpgid": (109, 154),
    "personality": (135, 92),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    "mbind": (237, 235),
    "set_mempolicy": (238, 237),
    "set_mempolicy_home_node": (450, 450),
    # sockets and everything that stands for one
    "socket": (41, 198),
    "socketpair": (53, 199),
    "connect": (42, 203),
    "bind": (49, 200),
    "listen": (50, 201),
    "accept": (43, 202),
    "accept4": (288, 242),
    "sendto": (44, 206),
    "sendmsg": (46, 211),
    "sendmmsg": (307, 269),
    "recvmsg": (47, 212),
    "recvmmsg": (299, 243),
    # memory and messages that outlive a process or are shared with others
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "semget": (64, 190),
    "semop": (65, 193),
    "semctl": (66, 191),
    "semtimedop": (220, 192),
    "msgget": (68, 186),
    "msgsnd": (69, 189),
    "msgrcv": (70, 188),
    "msgctl": (71, 187),
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
    "mlock": (149, 228),
    "mlock2": (325, 284),
    "mlockall": (151, 230),
    "flock": (73, 32),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    # the kernel's larger surfaces
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "seccomp": (317, 277),
    "fanotify_init": (300, 262),
    "fanotify_mark": (301, 263),
    "inotify_init": (253, -1),
    "inotify_init1": (294, 26),
    "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264),
    "lookup_dcookie": (212, 18),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "acct": (163, 89),
    "syslog": (103, 116),
    "vhangup": (153, 58),
    "modify_ldt": (154, -1),
    "ioperm": (173, -1),
    "iopl": (172, -1),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "uselib": (134, -1),
    "nfsservctl": (180, 42),
    "vmsplice": (278, 75),
    "tee": (276, 77),
    "splice": (275, 76),
    # mounts and links
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "mount_setattr": (442, 442),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "symlink": (88, -1),
    "symlinkat": (266, 36),
    "link": (86, -1),
    "linkat": (265, 37),
    "mknod": (133, -1),
    "mknodat": (259, 33),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "setxattrat": (463, 463),
    "removexattrat": (466, 466),
    "file_setattr": (469, 469),
    "open_tree_attr": (467, 467),
    "statmount": (457, 457),
    "listmount": (458, 458),
    "sched_setaffinity": (203, 122),
    "io_setup": (206, 0),
    "sync": (162, 81),
    "syncfs": (306, 267),
    # identity
    "setuid": (105, 146),
    "setgid": (106, 144),
    "setreuid": (113, 145),
    "setregid": (114, 143),
    "setresuid": (117, 147),
    "setresgid": (119, 149),
    "setgroups": (116, 159),
    "setfsuid": (122, 151),
    "setfsgid": (123, 152),
    "capset": (126, 91),
    "landlock_create_ruleset": (444, 444),
    "landlock_add_rule": (445, 445),
    "landlock_restrict_self": (446, 446),
}
# Answered as if the kernel did not know them: the C library then takes an older way, which is
# watched.
_ABSENT: dict[str, tuple[int, int]] = {
    "clone3": (435, 435),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "lsm_set_self_attr": (460, 460),
}
# Answered with success and not done: shutil.copy and IPython call these, and nothing that matters
# is writable.
_PRETENDED: dict[str, tuple[int, int]] = {
    "chmod": (90, -1),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, -1),
    "fchown": (93, 55),
    "lchown": (94, -1),
    "fchownat": (260, 54),
    "utime": (132, -1),
    "utimes": (235, -1),
    "utimensat": (280, 88),
    "futimesat": (261, -1),
}
# Allowed towards oneself only: the process (kill), its threads (tgkill, tkill by process below).
_KILL_SELF: dict[str, tuple[int, int]] = {"kill": (62, 129), "tgkill": (234, 131)}
_TKILL, _CLONE, _PRCTL, _FCNTL, _IOCTL = (200, 130), (56, 220), (157, 167), (72, 25), (16, 29)
_PR_ALLOWED = (3, 15, 16, 0x53564D41)  # get dumpable, set and get a thread's name, name a mapping
_F_SETLK, _F_SETLKW, _F_OFD_SETLK, _F_OFD_SETLKW, _F_SETLEASE, _F_NOTIFY, _F_SETOWN = (
    6,
    7,
    37,
    38,
    1024,
    1026,
    8,
)
_F_SETSIG, _F_SETOWN_EX = 10, 15
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C


def _step(code: int, k: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("<HBBI", code, yes, no, k)


def _on(number: int, *then: bytes) -> bytes:
    """If the call's number is this one, the steps; otherwise past them.

    The accumulator holds the number before and after.
    """
    return _step(_JUMP_EQ, number, 0, len(then)) + b"".join(then)


def _argument(index: int) -> bytes:
    """Load the low half of an argument; ids, signals, flags and commands have no other."""
    return _step(_LOAD, 16 + 8 * index)


def _fail(number: int) -> bytes:
    return _step(_RETURN, _ERRNO | number)


def program(pid: int) -> bytes:
    """The filter, as BPF instructions of 8 bytes each.

    Args:
        pid: the process's own number as it sees it itself, to which signals may go.

    Raises:
        OSError: the system calls of this machine are not known.
    """
    if syscalls.MACHINE not in _ARCHES:
        raise OSError(errno.ENOSYS, f"no seccomp filter for {syscalls.MACHINE}")
    column = 0 if syscalls.MACHINE == "x86_64" else 1
    code = [
        _step(_LOAD, 4), _step(_JUMP_EQ, _ARCHES[syscalls.MACHINE], 1, 0), _step(_RETURN, _KILL),
        _step(_LOAD, 0), _step(_JUMP_GE, _X32, 0, 1), _step(_RETURN, _KILL),
        _step(_JUMP_GE, _FIRST_UNKNOWN, 0, 1), _fail(errno.ENOSYS),
    ]  # fmt: skip
    for table, answer in ((_REFUSED, errno.EPERM), (_ABSENT, errno.ENOSYS), (_PRETENDED, 0)):
        code += [
            _on(numbers[column], _fail(answer))
            for numbers in table.values()
            if numbers[column] >= 0
        ]
    allow, deny = _step(_RETURN, _ALLOW), _fail(errno.EPERM)
    for numbers in _KILL_SELF.values():
        code.append(_on(numbers[column], _argument(0), _step(_JUMP_EQ, pid, 1, 0), deny, allow))
    code.append(_on(_TKILL[column], deny))
    code.append(
        _on(_CLONE[column], _argument(0), _step(_JUMP_SET, _CLONE_THREAD, 1, 0), deny, allow)
    )
    code.append(_on(_PRCTL[column], _argument(0), *_only(_PR_ALLOWED), deny))
    locks = (
        _F_SETLK,
        _F_SETLKW,
        _F_OFD_SETLK,
        _F_OFD_SETLKW,
        _F_SETLEASE,
        _F_NOTIFY,
        _F_SETOWN,
        _F_SETSIG,
        _F_SETOWN_EX,
    )
    code.append(_on(_FCNTL[column], _argument(1), *_none_of(locks), allow))
    code.append(_on(_IOCTL[column], _argument(1), *_none_of((_TIOCSTI, _TIOCLINUX)), allow))
    return b"".join([*code, allow])


def _only(values: tuple[int, ...]) -> list[bytes]:
    return [
        step for value in values for step in (_step(_JUMP_EQ, value, 0, 1), _step(_RETURN, _ALLOW))
    ]


def _none_of(values: tuple[int, ...]) -> list[bytes]:
    return [step for value in values for step in (_step(_JUMP_EQ, value, 0, 1), _fail(errno.EPERM))]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint16), ("filter", ctypes.c_char_p)]


def restrict(code: bytes) -> None:
    """Load a filter into all threads of this process, for good; `no_new_privs` must be set.

    Raises:
        OSError: the kernel has no seccomp filters, or refused.
    """
    syscalls.call("seccomp", 1, 1, _Program(len(code) // 8, code))  # SET_MODE_FILTER, TSYNC
