"""A process that has imported everything a notebook needs, and forks one confined child per
submission.

The grader starts it with a clean environment and hands it one control socket per judge. It never
runs student code and knows no check, no solution and no student. Requests and answers are JSON
datagrams; a `spawn` carries three descriptors: the pipe for requests, the pipe for replies, the
pipe for output.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import Any

from autograder import messages
from autograder.messages import (
    End,
    Ended,
    Excess,
    Measured,
    Ready,
    Spawn,
    Spawned,
    ZygoteAnswer,
    ZygoteOptions,
    ZygoteRequest,
)
from autograder.model import Limits
from autograder.sandbox import landlock, layers, namespaces, privileges, scratch

SCRATCH = "/scratch/own"  # in the jail
# How often children are looked at where the kernel does not bound them by itself; seconds.
THREADS_EVERY, FILES_EVERY = 0.02, 0.1
TIDY_SECONDS = 0.01  # of removing what children left, before somebody else is served


def main(raw: str) -> None:
    """Run the zygote until its last control socket closes.

    Args:
        raw: `messages.ZygoteOptions` as JSON.
    """
    gc.disable()  # importing makes hundreds of thousands of objects that all live on
    options: ZygoteOptions = messages.decode(raw.encode(), ZygoteOptions)
    privileges.die_with_parent(options.parent)
    privileges.first_to_go()
    found = layers.find(options.masked, options.prefixes, options.runtime + "/jail")
    if "namespaces" in found.on:
        namespaces.enter()
        first = os.fork()
        if first:  # outside the new process tree: wait for its process 1, and end when that ends
            for fd in options.controls:
                os.close(fd)
            os.waitpid(first, 0)
            os._exit(0)
        privileges.die_with_parent(0)
    Zygote(found, options.controls, options.runtime, options.readable).run()


def warm_up(folder: str) -> Any:
    """Import torch and all that a notebook needs, which takes seconds and must come after the first
    fork; returns the shell.
    """
    from autograder.sandbox import warmup  # takes seconds, and comes after the first fork

    sys.path[:] = [path for path in sys.path if not os.path.isdir(path + "/autograder/sandbox")]
    return warmup.shell(folder)


def mapped_elsewhere(readable: list[str]) -> list[str]:
    """Files that this warm process has mapped, shared libraries mostly, and that lie in none of
    these trees; see proc_pid_maps(5).
    """
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as file:
        places = {line.split(maxsplit=5)[5].rstrip("\n") for line in file if "/" in line}
    within = tuple(tree.rstrip("/") + "/" for tree in readable)
    return sorted(
        place
        for place in places
        if place.startswith("/")
        and place not in readable
        and not place.startswith(within)
        and os.path.isfile(place)
    )


class Zygote:
    """See the module's docstring."""

    def __init__(
        self, found: layers.Layers, controls: list[int], runtime: str, readable: list[str]
    ) -> None:
        self._layers = found
        self._jailed = "namespaces" in found.on
        self._watches_threads = "limits" in found.on and not found.counted_apart
        self._controls = [socket.socket(fileno=fd) for fd in controls]
        self._runtime = runtime
        self._own_tree = (
            os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC) if self._jailed else -1
        )
        self._status = open("/proc/self/status", "rb", buffering=0)  # noqa: SIM115 - read again from inside the jail
        self._children: dict[int, str] = {}
        self._allowed: dict[int, int] = {}
        self._ended: dict[int, Ended] = {}
        self._excess: dict[int, Excess] = {}
        self._uids = privileges.private_uids()
        self._files_due = 0.0
        self._removals: list[Iterator[None]] = []
        self._shell = warm_up(runtime + "/home")
        readable = [*readable, runtime + "/home"]
        readable += mapped_elsewhere(readable)
        if self._jailed:
            namespaces.jail(runtime + "/jail", readable)
        self._room = self._prepare(readable)

    def _prepare(self, readable: list[str]) -> layers.Room:
        def handles(paths: list[str]) -> tuple[int, ...]:
            real = dict.fromkeys(os.path.realpath(path) for path in paths if os.path.exists(path))
            return tuple(landlock.handle(path) for path in real)

        on = "landlock" in self._layers.on
        sizes = self._memory()
        return layers.Room(
            readable=handles(readable) if on else (),
            devices=handles(list(namespaces.DEVICES)) if on else (),
            base_data=sizes["VmData"],
            base_space=sizes["VmSize"],
        )

    def _memory(self) -> dict[str, int]:
        """The Vm lines of /proc/self/status in bytes, by name."""
        self._status.seek(0)
        lines = self._status.read(16384).decode("ascii", "replace").splitlines()
        return {
            line.split(":")[0]: int(line.split()[1]) << 10
            for line in lines
            if line.startswith("Vm")
        }

    def run(self) -> None:
        """Answer until the last control socket closes; the children then end with this process."""
        # what is imported stays: no collector run of a child touches, and so copies, its pages
        gc.freeze()
        ready = Ready(self._layers.level, sorted(self._layers.on), self._layers.missing)
        for control in self._controls:
            control.send(messages.encode(ready))
        poll = select.poll()
        by_fd = {control.fileno(): control for control in self._controls}
        for fd in by_fd:
            poll.register(fd, select.POLLIN)
        while by_fd:
            for fd, _ in poll.poll(self._nap() * 1000):
                if not self._serve(by_fd[fd]):
                    poll.unregister(fd)
                    by_fd.pop(fd).close()
            self._reap()
            if not self._jailed:
                self._stop_hoarders()
                self._tidy()

    def _nap(self) -> float:
        """Seconds until the children must be looked at again."""
        if self._removals:
            return 0.0
        if self._jailed or not self._children:
            return 1.0
        return THREADS_EVERY if self._watches_threads else FILES_EVERY

    def _serve(self, control: socket.socket) -> bool:
        """Answer one request; False where the judge is gone."""
        try:
            message, fds, _, _ = socket.recv_fds(control, 65536, 3)
        except OSError:
            return False
        if not message:
            return False
        request: ZygoteRequest = messages.decode(message, ZygoteRequest)
        answer, handed = self._answer(request, fds)
        socket.send_fds(control, [messages.encode(answer)], handed)
        for fd in handed:
            os.close(fd)
        return True

    def _answer(self, request: ZygoteRequest, fds: list[int]) -> tuple[ZygoteAnswer, list[int]]:
        """The answer, and descriptors that go with it."""
        if isinstance(request, Spawn):
            pid = self._spawn(request, fds)
            return Spawned(pid), _handle_on(pid)
        if isinstance(request, End):
            return self._end(request.pid), []
        return Measured(self._memory()), []

    def _spawn(self, request: Spawn, fds: list[int]) -> int:
        """Fork a student's process; its number."""
        folder = SCRATCH
        if not self._jailed:
            folder = tempfile.mkdtemp(dir=self._runtime + "/scratch")
        uid = next(self._uids)
        parent = 0 if self._jailed else os.getpid()
        pid = namespaces.fork_into_new_tree(self._own_tree) if self._jailed else os.fork()
        if pid == 0:
            self._child(request.limits, fds, folder, uid, parent, probe=request.probe)
        for fd in fds:
            os.close(fd)
        self._children[pid] = folder
        self._allowed[pid] = request.limits.scratch
        return pid

    def _child(
        self, limits: Limits, fds: list[int], folder: str, uid: int, parent: int, *, probe: bool
    ) -> None:
        """Become a student's process. Never returns."""
        code = 70
        gc.enable()
        try:
            signal.signal(signal.SIGPIPE, signal.SIG_IGN)
            requests, replies, output = fds
            null = os.open("/dev/null", os.O_RDONLY)
            for source, target in ((null, 0), (output, 1), (output, 2)):
                os.dup2(source, target)
            layers.confine(
                self._layers, self._room, limits, folder, uid, [requests, replies], parent
            )
            from autograder.sandbox import probes, worker  # loaded long ago, by warm

            server = worker.Worker(requests, replies, self._shell)
            if probe:
                server.allow(probes.run)
            os.write(replies, b"\x06")  # every layer is on
            server.serve()
            code = 0
        except BaseException as error:  # noqa: BLE001 - the child ends here, with whatever it was said
            os.write(2, f"sandbox: {type(error).__name__}: {error}\n".encode()[:500])
        finally:
            os._exit(code)

    def _end(self, pid: int) -> Ended:
        """Kill a child if it still runs; how it ended and what it used."""
        if pid in self._children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            self._note(*os.wait4(pid, 0))
        return self._ended.pop(pid, Ended())

    def _stop_hoarders(self) -> None:
        """Without namespaces, look at how many threads each child has and what it has written."""
        for pid in self._children if self._watches_threads else ():
            if privileges.threads_of(pid) > privileges.MAX_THREADS:
                self._stop(pid, Excess.THREADS)
        if time.monotonic() < self._files_due:
            return
        for pid, folder in self._children.items():
            allowed = self._allowed[pid]
            left = allowed - scratch.removed(pid, folder, allowed // scratch.MAX_MAPPED)
            if left < 0 or scratch.holds_too_much(folder, left):
                self._stop(pid, Excess.FILES)
        self._files_due = time.monotonic() + FILES_EVERY

    def _tidy(self) -> None:
        """Go on removing what children have left, for a moment."""
        until = time.monotonic() + TIDY_SECONDS
        while self._removals and time.monotonic() < until:
            if next(self._removals[0], self) is self:
                self._removals.pop(0)

    def _stop(self, pid: int, why: Excess) -> None:
        self._excess.setdefault(pid, why)
        os.kill(pid, signal.SIGKILL)

    def _reap(self) -> None:
        while self._children:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                return
            self._note(pid, status, usage)

    def _note(self, pid: int, status: int, usage: Any) -> None:
        folder = self._children.pop(pid, None)
        self._allowed.pop(pid, None)
        if folder and not self._jailed:
            self._removals.append(scratch.removal(folder))
            self._tidy()
        self._ended[pid] = Ended(
            exit=os.waitstatus_to_exitcode(status),
            cpu=usage.ru_utime + usage.ru_stime,
            peak=usage.ru_maxrss << 10,
            excess=self._excess.pop(pid, None),
        )


def _handle_on(pid: int) -> list[int]:
    """A pidfd of a child, by which the grader finds out its number outside of the namespaces.

    Nothing on kernels without them, which are older than any that has every layer.
    """
    try:
        return [os.pidfd_open(pid)]
    except OSError:
        return []
