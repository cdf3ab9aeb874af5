"""One student's process, seen from the grader: requests with deadlines, replies that are checked
before they are used.

Whatever the other end does, exactly one of three things comes of a request: a value, an error of
the student's (`StudentError`), or the end of the process (`StudentStopped`, with the verdict).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import socket
import time
from collections.abc import Callable
from typing import Any, NoReturn

from autograder import wire
from autograder.errors import SandboxUnavailable, StudentStopped
from autograder.messages import (
    Call,
    End,
    Ended,
    Excess,
    Spawn,
    Spawned,
)
from autograder.model import ErrorKind, Limits, Verdict
from autograder.supervisor import forms, procfs
from autograder.supervisor.asking import ask
from autograder.supervisor.raised import StudentError as StudentError  # what comes of a request
from autograder.supervisor.raised import as_error as as_error

START_SECONDS = 120.0  # the machine's, not the student's: it may be busy
LAP_SECONDS = 0.1  # how often a process that is waited for is billed
UNBILLED_SECONDS = 0.02  # an answer that comes sooner is not worth the look
LITTLE = 0.5  # of a limit: a process that used less processor time than that may not be to blame
CONFINED = b"\x06"  # the first byte of a process: every layer of the sandbox is on
SCRATCH = "/scratch/own"
_PIPE_BYTES = 1 << 20


class StudentProcess:
    """A confined process that runs one submission.

    Use as a context manager; leaving it kills the process.

    Args:
        control: a socket to the zygote.
        limits: what the submission may use.
        probe: let the self-test's probes run in it, until the first cell.

    Attributes:
        usage: how it ended, once it has.
        doubtful: it was ended for a limit although it used little processor time, or was killed
            from outside. The machine may be to blame, so nobody should lose a point before the
            submission was judged once more.

    Raises:
        SandboxUnavailable: a layer of the sandbox could not be applied.
        ZygoteGone: the zygote is dead.
    """

    def __init__(self, control: socket.socket, limits: Limits, *, probe: bool = False) -> None:
        self._control, self._limits = control, limits
        self._sequence = 0
        self._kept = bytearray()
        self._printed = 0
        self._stopped: StudentStopped | None = None
        self._objects_done: list[int] = []
        self._nodes_done: list[int] = []
        self.usage = Ended()
        self.doubtful = False
        self._fds: list[int] = []
        self._open_pipes(Spawn(limits, probe))
        self._clock = procfs.Clock(self._host_pid)
        self._await_confinement()

    def __enter__(self) -> StudentProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def _open_pipes(self, spawn: Spawn) -> None:
        """Make the three pipes and have the zygote fork a process at their other ends."""
        theirs: list[int] = []
        try:
            their_requests, self._requests = os.pipe()
            self._replies, their_replies = os.pipe()
            self._output, their_output = os.pipe()
            theirs = [their_requests, their_replies, their_output]
            self._fds = [self._requests, self._replies, self._output]
            for fd in self._fds:
                os.set_blocking(fd, False)
            with contextlib.suppress(OSError):  # faster, where the user's budget of pipes allows it
                fcntl.fcntl(self._requests, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
                fcntl.fcntl(self._replies, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
            spawned, pidfds = ask(self._control, spawn, Spawned, theirs)
        except BaseException:
            self._close_pipes()
            raise
        finally:
            for fd in theirs:
                os.close(fd)
        self._pid = spawned.pid
        self._host_pid = procfs.host_pid(pidfds[0]) if pidfds else 0
        for fd in pidfds:
            os.close(fd)

    def _await_confinement(self) -> None:
        """Wait for the byte that says that every layer is on."""
        try:
            if bytes(self._read(len(CONFINED), _Deadline(START_SECONDS))) == CONFINED:
                return
            reason = "an unexpected first byte"
        except StudentStopped:
            reason = self._kept.decode("utf-8", "replace").strip() or "it ended without a word"
        self.end()
        raise SandboxUnavailable(f"a student's process could not be confined: {reason}")

    def request(
        self,
        call: Call | str,
        *arguments: Any,
        seconds: float | None = None,
        keep: Callable[[Any], wire.Reference] | None = None,
        **how: Callable[[Any], Any],
    ) -> Any:
        """Ask the student's process for something.

        Args:
            call, arguments: the request; tensors, numbers, strings, lists, tuples, dicts and
                references.
            seconds: what it may take; `call_seconds` of the limits otherwise. The submission's
                own limit holds as well.
            keep: what crosses in the place of other objects (see `wire.Encoder`).
            how: `tensor` and `handle`, what becomes of tensors and references in the reply
                (see `wire.decode`).

        Raises:
            StudentError: the student's code raised.
            StudentStopped: the process ended, overran a limit or broke the protocol, now or
                earlier.
        """
        if self._stopped is not None:
            raise self._stopped
        self._sequence += 1
        objects, self._objects_done = self._objects_done[:1000], self._objects_done[1000:]
        nodes, self._nodes_done = self._nodes_done[:1000], self._nodes_done[1000:]
        value = [str(call), objects, nodes, *arguments]
        try:
            encoder = wire.Encoder(keep, trusted=True)
            frame = encoder.frame(wire.Kind.REQUEST, self._sequence, value)
        except wire.WireError as error:
            # An earlier result, with which it cannot be asked again: no fault of the grader's.
            raise StudentError(ErrorKind.ERROR, "WireError", str(error)) from None
        deadline = _Deadline(self._limits.call_seconds if seconds is None else seconds)
        self._refuse_unsolicited()
        self._clock.start()
        self._write(memoryview(frame), deadline)
        reply = self._reply(call, deadline, how)
        if deadline.passed() > UNBILLED_SECONDS:
            self._clock.lap()
        return reply

    def broke(self, what: str) -> NoReturn:
        """End the process for a reply that its kind of request cannot have.

        Raises:
            StudentStopped: always.
        """
        self._stop(Verdict.PROTOCOL, f"the process sent something that is not a reply ({what})")

    def release(self, *, objects: int = 0, nodes: int = 0) -> None:
        """Note that a reference or a node is no longer needed; said with the next request."""
        if objects:
            self._objects_done.append(objects)
        if nodes:
            self._nodes_done.append(nodes)

    def _reply(
        self, call: Call | str, deadline: _Deadline, how: dict[str, Callable[[Any], Any]]
    ) -> Any:
        try:
            header = wire.unpack_header(bytes(self._read(wire.HEADER.size, deadline)))
            if header.sequence != self._sequence or header.kind == wire.Kind.REQUEST:
                raise wire.WireError("a reply to something that was not asked")
            structure = bytes(self._read(header.structure, deadline))
            data = memoryview(self._read(header.data, deadline))
            value = wire.decode(
                structure,
                data,
                tensor=how.get("tensor", lambda wired: wired.tensor),
                handle=how.get("handle", lambda reference: reference),
            )
            if header.kind == wire.Kind.ERROR:
                raise as_error(value)
            forms.check(call, value)
        except wire.WireError as error:
            self.broke(str(error))
        return value

    def _refuse_unsolicited(self) -> None:
        if select.select([self._replies], [], [], 0)[0]:
            waiting = b""
            with contextlib.suppress(BlockingIOError):
                waiting = os.read(self._replies, 1)
            if waiting:
                self._stop(Verdict.PROTOCOL, "the process sent a reply before it was asked")
            self._ended_itself()

    def check_quiet(self) -> None:
        """Raise StudentStopped if the process sent what nobody asked for, or has ended."""
        if self._stopped is None:
            self._refuse_unsolicited()

    # -- bytes -------------------------------------------------------------------------------------

    def _write(self, view: memoryview, deadline: _Deadline) -> None:
        while view:
            self._wait(self._requests, select.POLLOUT, deadline)
            try:
                view = view[os.write(self._requests, view) :]
            except BlockingIOError:
                continue
            except BrokenPipeError:
                self._ended_itself()

    def _read(self, size: int, deadline: _Deadline) -> bytearray:
        got = bytearray()
        while len(got) < size:
            self._wait(self._replies, select.POLLIN, deadline)
            try:
                piece = os.read(self._replies, min(size - len(got), _PIPE_BYTES))
            except BlockingIOError:
                continue
            if not piece:
                self._ended_itself()
            got += piece
        return got

    def _wait(self, fd: int, event: int, deadline: _Deadline) -> None:
        """Wait until `fd` is ready, keeping the output pipe empty meanwhile.

        What is ready is never billed: it is the grader that was late.
        """
        poll = select.poll()
        poll.register(fd, event)
        if self._output >= 0:
            poll.register(self._output, select.POLLIN)
        next_lap = time.monotonic() + LAP_SECONDS
        while True:
            left = max(0.0, next_lap - time.monotonic())
            ready = [ready_fd for ready_fd, _ in poll.poll(left * 1000)]
            if self._output in ready and not self._drain():
                poll.unregister(self._output)
                os.close(self._output)
                self._fds.remove(self._output)
                self._output = -1
            if fd in ready:
                return
            if time.monotonic() >= next_lap:
                deadline.bill(self._clock.lap())
                if deadline.overrun or self._clock.billed >= self._limits.wall_seconds:
                    self._overran(deadline)
                next_lap = time.monotonic() + LAP_SECONDS

    def _drain(self) -> bool:
        """Take what the process printed; False at its end."""
        try:
            piece = os.read(self._output, 1 << 16)
        except BlockingIOError:
            return True
        self._kept += piece[: max(0, self._limits.output_kept - len(self._kept))]
        self._printed += len(piece)
        if self._printed > self._limits.output_most:
            most = self._limits.output_most >> 20
            self._stop(Verdict.OUTPUT_LIMIT, f"the notebook printed more than {most} MB")
        return bool(piece)

    # -- ends --------------------------------------------------------------------------------------

    def _overran(self, deadline: _Deadline) -> NoReturn:
        """A limit of time is met: say which limit was met first."""
        if procfs.memory_is_full(self._host_pid, self._limits.memory):
            most = self._limits.memory >> 20
            self._stop(Verdict.MEMORY_LIMIT, f"all of the {most} MB that it may have were in use")
        if procfs.scratch_is_full(self._host_pid, SCRATCH):
            self._wrote_too_much()
        whole = self._clock.billed >= self._limits.wall_seconds
        seconds = self._limits.wall_seconds if whole else deadline.seconds
        message = (
            f"the whole submission took longer than {seconds:g} s"
            if whole
            else f"no answer within {seconds:g} s: an endless loop?"
        )
        used = self.end().cpu
        self.doubtful = used < LITTLE * min(seconds, self._limits.cpu_seconds)
        self._stop(Verdict.WALL_LIMIT, message)

    def _wrote_too_much(self) -> NoReturn:
        most = self._limits.scratch >> 20
        self._stop(Verdict.OUTPUT_LIMIT, f"the notebook wrote more than {most} MB of files")

    def _ended_itself(self) -> NoReturn:
        """The pipe is closed from the other end: find out why."""
        usage = self.end()
        # The kernel's limit counts in ticks, and on a busy machine those run ahead of the usage.
        of_time = (signal.SIGXCPU, -signal.SIGXCPU)
        if usage.exit in of_time or usage.cpu >= self._limits.cpu_seconds * 0.98:
            limit = f"{self._limits.cpu_seconds:g} s of processor time"
            self._stop(Verdict.CPU_LIMIT, f"more than {limit} used")
        if usage.excess == Excess.FILES:
            self._wrote_too_much()
        if usage.excess == Excess.THREADS:
            self._stop(Verdict.CRASHED, "the notebook started more threads than are allowed")
        if usage.exit is None or usage.exit == -signal.SIGKILL:
            self.doubtful = usage.exit is not None
            self._stop(
                Verdict.CRASHED,
                "the Python process closed its connection to the grader or was killed",
            )
        how = f"signal {-usage.exit}" if usage.exit < 0 else f"exit status {usage.exit}"
        self._stop(Verdict.CRASHED, f"the Python process ended in the middle of the work ({how})")

    def _stop(self, verdict: Verdict, message: str) -> NoReturn:
        if self._stopped is None:
            self._stopped = StudentStopped(verdict, message)
            self.end()
        raise self._stopped

    def end(self) -> Ended:
        """Kill the process if it still runs; how it ended. May be called again.

        Raises:
            ZygoteGone: the zygote is dead.
        """
        if self._fds:
            self._close_pipes()
            self.usage, _ = ask(self._control, End(self._pid), Ended)
        return self.usage

    def _close_pipes(self) -> None:
        fds, self._fds = self._fds, []
        for fd in fds:
            os.close(fd)


class _Deadline:
    """What one request may take, and what it has been billed so far; seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._billed = 0.0
        self._began = time.monotonic()

    def bill(self, seconds: float) -> None:
        """Count these seconds."""
        self._billed += seconds

    @property
    def overrun(self) -> bool:
        """Whether more was billed than is allowed."""
        return self._billed >= self.seconds

    def passed(self) -> float:
        """Wall-clock time since the request."""
        return time.monotonic() - self._began
