"""Which layers of the sandbox are on, and their application in the student's process, in order,
seccomp last.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import json
import os
import resource
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from autograder.model import Level, Limits
from autograder.sandbox import landlock, namespaces, privileges, seccomp, syscalls


@dataclass
class Layers:
    """What this machine can enforce.

    Attributes:
        on: the layers that are applied.
        missing: why the others are not, by layer.
    """

    on: set[str] = field(default_factory=set)
    missing: dict[str, str] = field(default_factory=dict)

    @property
    def level(self) -> Level:
        """What the layers that are on amount to."""
        if not {"seccomp", "limits", "capabilities"} <= self.on:
            return Level.NONE
        if {"namespaces", "landlock"} <= self.on:
            return Level.FULL
        if "landlock" in self.on:
            return Level.STRONG
        return Level.STRONG_NS if "namespaces" in self.on else Level.NONE

    @property
    def counted_apart(self) -> bool:
        """Whether the kernel counts each student's threads apart from everybody else's."""
        return bool(self.on & {"uid", "count"})


def find(masked: Iterable[str], prefixes: Iterable[str], folder: str) -> Layers:
    """Try each layer in a child process of its own.

    Args:
        masked: layers to treat as denied, so that lower levels can be tested on a machine that has
            all.
        prefixes: trees that a private user must be able to read.
        folder: an empty folder on which a trial jail can be mounted.
    """
    found = Layers()
    trials: dict[str, Callable[[], object]] = {
        "namespaces": lambda: _trial_namespaces(folder),
        "landlock": _trial_landlock,
        "seccomp": _trial_seccomp,
        "capabilities": _trial_capabilities,
        "limits": lambda: syscalls.call("close_range", 1 << 20, 1 << 20, 0),
    }

    def consider(name: str, reason_against: Callable[[], str]) -> None:
        reason = "masked for a test" if name in masked else reason_against()
        if reason:
            found.missing[name] = reason
        else:
            found.on.add(name)

    for name, trial in trials.items():
        consider(name, functools.partial(_reason_against, trial))
    if os.getuid() == 0:
        consider("uid", lambda: _no_private_user(prefixes, jailed="namespaces" in found.on))
    if "uid" in found.on:
        found.missing["count"] = "not needed where each process has a user of its own"
    else:
        consider("count", lambda: _reason_against(_trial_count))
    return found


def _trial_namespaces(folder: str) -> None:
    namespaces.enter()
    # as the zygote does: mounts and pid namespaces behave differently in the first process of a
    # tree
    pid = os.fork()
    if pid == 0:
        code = 1
        with contextlib.suppress(OSError):
            namespaces.jail(folder, ["/usr/lib"])
            namespaces.separate(1 << 20)
            code = 0
        os._exit(code)
    if os.waitpid(pid, 0)[1] != 0:
        raise OSError(1, "mounts in a new namespace are denied")


def _trial_count() -> None:
    """Two processes may be there and no third, however many this user has elsewhere."""
    namespaces.count_apart()
    for most in (2, 1):
        resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
        try:
            pid = os.fork()
        except BlockingIOError:
            if most == 1:
                return
            raise
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)
    raise OSError(errno.EPERM, "the kernel does not count root's threads")


def _trial_capabilities() -> None:
    privileges.drop_bounding_set()
    privileges.drop_capabilities()


def _trial_landlock() -> None:
    privileges.no_new_privileges()
    landlock.restrict([], [], [])


def _trial_seccomp() -> None:
    privileges.no_new_privileges()
    seccomp.restrict(seccomp.program(os.getpid()))
    try:
        os.fork()
    except PermissionError:
        return
    raise OSError(1, "a filter was loaded and does not filter")


def _reason_against(trial: Callable[[], object]) -> str:
    """Why the trial fails in a child process, or an empty string."""
    if not syscalls.supported():
        return (
            f"only Linux on x86_64 or aarch64 has it, this is {os.uname().sysname} on "
            f"{syscalls.MACHINE}"
        )
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        reason = "?"
        try:
            trial()
            reason = ""
        except BaseException as error:  # noqa: BLE001 - any of them is a reason against the layer
            reason = f"{error}" or type(error).__name__
        finally:
            os.write(write, json.dumps(reason).encode())
            os._exit(0)
    os.close(write)
    with open(read, "rb") as pipe:
        said = pipe.read()
    os.waitpid(pid, 0)
    return str(json.loads(said)) if said else "the trial was killed"


def _no_private_user(prefixes: Iterable[str], *, jailed: bool) -> str:
    """Why student processes cannot have a user of their own, or an empty string."""
    if not jailed:  # in the jail, all parents are ours
        for prefix in prefixes:
            path = os.path.realpath(prefix)
            while path != "/":
                if not os.stat(path).st_mode & stat.S_IXOTH:
                    return f"Python lies under `{path}`, which other users may not enter"
                path = os.path.dirname(path)
    return _reason_against(lambda: privileges.become(privileges.PRIVATE_UIDS[0]))


@dataclass(frozen=True)
class Room:
    """What the zygote prepared for its children.

    Attributes:
        readable, devices: Landlock handles, opened once.
        base_data, base_space: the zygote's own memory in bytes.
    """

    readable: tuple[int, ...]
    devices: tuple[int, ...]
    base_data: int
    base_space: int


def confine(
    layers: Layers,
    room: Room,
    limits: Limits,
    scratch: str,
    uid: int,
    keep: Iterable[int],
    parent: int,
) -> None:
    """Shut this process in, for good. Whatever raises here, nothing of the student's has run.

    Args:
        layers: which layers to apply; each one raises if it cannot be.
        room: what the zygote prepared.
        limits: what this submission may use.
        scratch: the only folder to write in.
        uid: the user to become where the layer `uid` is on.
        keep: descriptors to keep besides 0, 1 and 2.
        parent: the zygote's process number as seen from here.

    Raises:
        OSError: a layer could not be applied.
    """
    on = layers.on
    privileges.die_with_parent(parent)
    os.setsid()
    os.umask(0o077)
    if "namespaces" in on:
        namespaces.separate(limits.scratch)
    handles = landlock.handle(scratch) if "landlock" in on else -1
    _become(on, scratch, uid, parent)
    os.chdir(scratch)
    privileges.clean_environment(scratch)
    if "limits" in on:
        _limit(room, limits, counted_apart=layers.counted_apart)
    if "capabilities" in on:
        privileges.drop_capabilities()
    privileges.no_new_privileges()
    if "landlock" in on:
        landlock.restrict(room.readable, [handles], room.devices)
    privileges.close_all_but(keep)
    if "seccomp" in on:
        seccomp.restrict(seccomp.program(os.getpid()))


def _become(on: set[str], scratch: str, uid: int, parent: int) -> None:
    """Change whose process this is, as far as these layers do: it is counted apart, and has a user
    of its own.
    """
    if "count" in on:
        namespaces.count_apart()
        privileges.stay_visible()
        privileges.die_with_parent(parent)  # the kernel forgets it when rights change
    if "capabilities" in on:
        privileges.drop_bounding_set()
    if "uid" in on:
        if "namespaces" not in on:
            os.chown(scratch, uid, uid)
        privileges.become(uid)
        privileges.die_with_parent(parent)  # the kernel forgets it when the user changes


def _limit(room: Room, limits: Limits, *, counted_apart: bool) -> None:
    """Set the kernel's limits of this process."""
    privileges.exit_when_time_is_up()
    privileges.limit(
        limits.cpu_seconds,
        limits.memory,
        limits.scratch,
        room.base_data,
        room.base_space,
        privileges.MAX_THREADS if counted_apart else privileges.MAX_SHARED_THREADS,
    )
