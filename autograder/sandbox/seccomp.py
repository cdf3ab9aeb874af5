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

_REFUSED = (
    # other processes and programs
    "execve execveat fork vfork ptrace process_vm_readv process_vm_writev kcmp pidfd_open "
    "pidfd_getfd pidfd_send_signal process_madvise process_mrelease setns unshare "
    "prlimit64 setrlimit setpriority ioprio_set sched_setattr sched_setscheduler "
    "sched_setparam setsid setpgid personality rt_sigqueueinfo rt_tgsigqueueinfo "
    "migrate_pages move_pages mbind set_mempolicy set_mempolicy_home_node "
    # sockets and everything that stands for one
    "socket socketpair connect bind listen accept accept4 sendto sendmsg sendmmsg recvmsg "
    "recvmmsg "
    # memory, messages and budgets that outlive a process or are shared with others
    "memfd_create memfd_secret shmget shmat shmctl semget semop semctl semtimedop msgget "
    "msgsnd msgrcv msgctl mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify "
    "mq_getsetattr mlock mlock2 mlockall flock add_key request_key keyctl timer_create "
    # the kernel's larger surfaces
    "bpf perf_event_open userfaultfd seccomp fanotify_init fanotify_mark inotify_init "
    "inotify_init1 open_by_handle_at name_to_handle_at lookup_dcookie quotactl "
    "quotactl_fd acct syslog vhangup modify_ldt ioperm iopl kexec_load kexec_file_load "
    "init_module finit_module delete_module reboot swapon swapoff settimeofday "
    "clock_settime clock_adjtime adjtimex sethostname setdomainname uselib nfsservctl "
    "vmsplice tee splice sysfs ustat _sysctl "
    # mounts and links
    "mount umount2 pivot_root chroot mount_setattr open_tree move_mount fsopen fsconfig "
    "fsmount fspick symlink symlinkat link linkat mknod mknodat setxattr lsetxattr "
    "fsetxattr removexattr lremovexattr fremovexattr setxattrat removexattrat "
    "file_setattr open_tree_attr statmount listmount sched_setaffinity io_setup sync "
    "syncfs io_destroy io_getevents io_submit io_cancel io_pgetevents "
    # identity
    "setuid setgid setreuid setregid setresuid setresgid setgroups setfsuid setfsgid "
    "capset landlock_create_ruleset landlock_add_rule landlock_restrict_self "
    # what others read lately, from the page cache
    "mincore cachestat "
).split()
# Answered as if the kernel did not know them: the C library then takes an older way, which is
# watched.
_ABSENT = ["clone3", "io_uring_setup", "io_uring_enter", "io_uring_register", "lsm_set_self_attr"]
# Answered with success and not done: shutil.copy and IPython call these, and nothing that matters
# is writable.
_PRETENDED = [
    "chmod",
    "fchmod",
    "fchmodat",
    "fchmodat2",
    "chown",
    "fchown",
    "lchown",
    "fchownat",
    "utime",
    "utimes",
    "utimensat",
    "futimesat",
]
# Allowed towards oneself only: the process (kill), its threads (tgkill, tkill by process below).
_KILL_SELF = ["kill", "tgkill"]
_PR_ALLOWED = (3, 15, 16, 0x53564D41)  # get dumpable, set and get a thread's name, name a mapping
# fcntl(2): locks of shared files, leases, signals about descriptors, and the size of pipes, of
# which a user's processes share a budget (pipe(7)).
_FCNTL_REFUSED = (
    *(6, 7, 37, 38),  # F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW
    *(1024, 1026),  # F_SETLEASE, F_NOTIFY
    *(8, 10, 15),  # F_SETOWN, F_SETSIG, F_SETOWN_EX
    1031,  # F_SETPIPE_SZ
)
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
    code = [
        *(_step(_LOAD, 4), _step(_JUMP_EQ, _ARCHES[syscalls.MACHINE], 1, 0), _step(_RETURN, _KILL)),
        *(_step(_LOAD, 0), _step(_JUMP_GE, _X32, 0, 1), _step(_RETURN, _KILL)),
        *(_step(_JUMP_GE, _FIRST_UNKNOWN, 0, 1), _fail(errno.ENOSYS)),
    ]
    for names, answer in ((_REFUSED, errno.EPERM), (_ABSENT, errno.ENOSYS), (_PRETENDED, 0)):
        numbers = (syscalls.number(name) for name in names)
        code += [_on(number, _fail(answer)) for number in numbers if number >= 0]
    allow, deny = _step(_RETURN, _ALLOW), _fail(errno.EPERM)
    own, thread = _step(_JUMP_EQ, pid, 1, 0), _step(_JUMP_SET, _CLONE_THREAD, 1, 0)
    code += [_on(syscalls.number(n), _argument(0), own, deny, allow) for n in _KILL_SELF]
    code += [
        _on(syscalls.number("tkill"), deny),
        _on(syscalls.number("clone"), _argument(0), thread, deny, allow),
        _on(syscalls.number("prctl"), _argument(0), *_only(_PR_ALLOWED), deny),
        _on(syscalls.number("fcntl"), _argument(1), *_none_of(_FCNTL_REFUSED), allow),
        _on(syscalls.number("ioctl"), _argument(1), *_none_of((_TIOCSTI, _TIOCLINUX)), allow),
    ]
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
