"""One student's process, seen from the grader: requests with deadlines, replies that are checked
before they are used.

Whatever the other end does, exactly one of three things comes of a request: a value, an error of
the student's (`StudentError`), or the end of the process (`StudentStopped`, with the verdict).
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, NoReturn

from autograder import wire
from autograder.errors import GraderFault, SandboxUnavailable, StudentStopped
from autograder.model import Limits, Verdict

START_SECONDS = 30.0
CONTROL_SECONDS = 30.0
_PIPE_BYTES = 1 << 20


class StudentError(Exception):
    """The student's code raised an error while it answered a call.

    Attributes:
        type_name, text: the error's type and message.
        bases: names of the types that it is one of, its own first.
        line, source: where in the notebook's text it arose; 0 and "" where that is not known.
        kind: "error", "missing" (no such name), "unwritten" (NotImplementedError) or "memory".
    """

    def __init__(
        self,
        kind: str,
        type_name: str,
        text: str,
        line: int,
        source: str,
        bases: Sequence[str] = (),
    ) -> None:
        super().__init__(f"{type_name}: {text}" if text else type_name)
        self.bases = (type_name, *bases)
        self.kind, self.type_name, self.text, self.line, self.source = (
            kind,
            type_name,
            text,
            line,
            source,
        )

    def is_a(self, name: str) -> bool:
        """Whether the student's code raised an error of this type, or of one derived from it; a
        stub's does not count.
        """
        return self.kind == "error" and name in self.bases


class ZygoteGone(GraderFault):
    """The zygote died or does not answer: start another and try the submission again."""


def ask(
    control: socket.socket, request: dict[str, Any], fds: list[int] | None = None
) -> dict[str, Any]:
    """Ask the zygote.

    Raises:
        ZygoteGone: it is dead or silent.
    """
    try:
        control.settimeout(CONTROL_SECONDS)
        socket.send_fds(control, [json.dumps(request).encode()], fds or [])
        answer = control.recv(1 << 16)
    except OSError as error:
        raise ZygoteGone(f"the zygote does not answer: {error}") from None
    if not answer:
        raise ZygoteGone("the zygote died")
    found: dict[str, Any] = json.loads(answer)
    return found


class StudentProcess:
    """A confined process that runs one submission.

    Use as a context manager; leaving it kills the process.

    Args:
        control: a socket to the zygote.
        limits: what the submission may use.
        probe: let the self-test's probes run in it, until the first cell.

    Raises:
        SandboxUnavailable: a layer of the sandbox could not be applied.
        ZygoteGone: the zygote is dead.
    """

    def __init__(self, control: socket.socket, limits: Limits, probe: bool = False) -> None:
        self._control, self._limits = control, limits
        self._allowed = START_SECONDS
        self._sequence = 0
        self._kept = bytearray()
        self._flooded = 0
        self._stopped: StudentStopped | None = None
        self._objects_done: list[int] = []
        self._nodes_done: list[int] = []
        self.usage: dict[str, Any] = {}
        theirs: list[int] = []
        self._fds: list[int] = []
        try:
            their_requests, self._requests = os.pipe()
            self._replies, their_replies = os.pipe()
            self._output, their_output = os.pipe()
            theirs = [their_requests, their_replies, their_output]
            self._fds = [self._requests, self._replies, self._output]
            for fd in self._fds:
                os.set_blocking(fd, False)
            with contextlib.suppress(
                OSError
            ):  # faster for large tensors, where the user's pipe budget allows it
                import fcntl

                fcntl.fcntl(self._requests, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
                fcntl.fcntl(self._replies, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
            answer = ask(control, {"do": "spawn", "limits": asdict(limits), "probe": probe}, theirs)
            self._pid = int(answer["pid"])
        except BaseException:
            self._close_pipes()
            raise
        finally:
            for fd in theirs:
                os.close(fd)
        self._started = time.monotonic()
        self._await_confinement()

    def __enter__(self) -> StudentProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def _await_confinement(self) -> None:
        """Wait for the byte that says that every layer is on."""
        deadline = time.monotonic() + START_SECONDS
        try:
            if bytes(self._read(1, deadline)) == b"\x06":
                return
            reason = "an unexpected first byte"
        except StudentStopped:
            reason = self._kept.decode("utf-8", "replace").strip() or "it ended without a word"
        self.end()
        raise SandboxUnavailable(f"a student's process could not be confined: {reason}")

    def request(
        self, name: str, *arguments: Any, seconds: float | None = None, **how: Callable[[Any], Any]
    ) -> Any:
        """Ask the student's process for something.

        Args:
            name, arguments: the request; tensors, numbers, strings, lists, tuples, dicts and
                references.
            seconds: its deadline; `call_seconds` of the limits otherwise. The submission's own
                deadline holds as well.
            how: `tensor` and `handle`, what becomes of tensors and references in the reply (see
                `wire.decode`).

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
        frame = wire.Encoder(strided=True).frame(
            wire.Kind.REQUEST, self._sequence, [name, objects, nodes, *arguments]
        )
        self._allowed = self._limits.call_seconds if seconds is None else seconds
        deadline = min(time.monotonic() + self._allowed, self._started + self._limits.wall_seconds)
        self._refuse_unsolicited()
        for chunk in frame:
            self._write(memoryview(chunk), deadline)
        return self._reply(deadline, how)

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

    def _reply(self, deadline: float, how: dict[str, Callable[[Any], Any]]) -> Any:
        try:
            header = wire.unpack_header(bytes(self._read(wire.HEADER.size, deadline)))
            if header.sequence != self._sequence or header.kind == wire.Kind.REQUEST:
                raise wire.WireError("a reply to something that was not asked")
            structure = bytes(self._read(header.structure, deadline))
            data = memoryview(self._read(header.data, deadline))
            on_tensor = how.get("tensor", lambda wired: wired.tensor)
            value = wire.decode(
                structure,
                data,
                tensor=on_tensor,
                handle=how.get("handle", lambda reference: reference),
            )
            if header.kind == wire.Kind.ERROR:
                raise _as_error(value)
        except wire.WireError as error:
            self._stop(
                Verdict.PROTOCOL, f"the process sent something that is not a reply ({error})"
            )
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
        """Raise StudentStopped if the process sent anything that nobody asked for, or has ended."""
        if self._stopped is None:
            self._refuse_unsolicited()

    # -- bytes -------------------------------------------------------------------------------------

    def _write(self, view: memoryview, deadline: float) -> None:
        while view:
            self._wait(self._requests, select.POLLOUT, deadline)
            try:
                view = view[os.write(self._requests, view) :]
            except BlockingIOError:
                continue
            except BrokenPipeError:
                self._ended_itself()

    def _read(self, size: int, deadline: float) -> bytearray:
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

    def _wait(self, fd: int, event: int, deadline: float) -> None:
        """Wait until `fd` is ready, keeping the output pipe empty meanwhile."""
        poll = select.poll()
        poll.register(fd, event)
        if self._output >= 0:
            poll.register(self._output, select.POLLIN)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                self._overran()
            ready = [ready_fd for ready_fd, _ in poll.poll(left * 1000 + 1)]
            if self._output in ready and not self._drain():
                poll.unregister(self._output)
                os.close(self._output)
                self._fds.remove(self._output)
                self._output = -1
            if fd in ready:
                return

    def _drain(self) -> bool:
        """Take what the process printed; False at its end."""
        try:
            piece = os.read(self._output, 1 << 16)
        except BlockingIOError:
            return True
        self._kept += piece[: max(0, self._limits.output_kept - len(self._kept))]
        self._flooded += len(piece)
        if self._flooded > self._limits.output_most:
            most = self._limits.output_most >> 20
            self._stop(Verdict.OUTPUT_LIMIT, f"the notebook printed more than {most} MB")
        return bool(piece)

    # -- ends --------------------------------------------------------------------------------------

    def _overran(self) -> NoReturn:
        if time.monotonic() >= self._started + self._limits.wall_seconds:
            self._stop(
                Verdict.WALL_LIMIT,
                f"the whole submission took longer than {self._limits.wall_seconds:g} s",
            )
        self._stop(Verdict.WALL_LIMIT, f"no answer within {self._allowed:g} s: an endless loop?")

    def _ended_itself(self) -> NoReturn:
        """The pipe is closed from the other end: find out why."""
        usage = self.end()
        code = usage.get("exit")
        if usage.get("cpu", 0.0) >= self._limits.cpu_seconds * 0.98:
            self._stop(
                Verdict.CPU_LIMIT,
                f"more than {self._limits.cpu_seconds:g} s of processor time used",
            )
        if code is None or code == -9:
            self._stop(
                Verdict.CRASHED,
                "the Python process closed its connection to the grader or was killed",
            )
        how = f"signal {-code}" if code < 0 else f"exit status {code}"
        self._stop(Verdict.CRASHED, f"the Python process ended in the middle of the work ({how})")

    def _stop(self, verdict: Verdict, message: str) -> NoReturn:
        if self._stopped is None:
            self._stopped = StudentStopped(verdict, message)
            self.end()
        raise self._stopped

    def end(self) -> dict[str, Any]:
        """Kill the process if it still runs; how it ended: `exit`, `cpu` seconds, `peak` bytes.

        May be called again.

        Raises:
            ZygoteGone: the zygote is dead.
        """
        if self._fds:
            self._close_pipes()
            self.usage = ask(self._control, {"do": "end", "pid": self._pid})
        return self.usage

    def _close_pipes(self) -> None:
        fds, self._fds = self._fds, []
        for fd in fds:
            os.close(fd)


def _as_error(value: Any) -> StudentError:
    fields = {"kind": str, "type": str, "bases": list, "message": str, "line": int, "text": str}
    if (
        type(value) is not dict
        or {k: type(v) for k, v in value.items()} != fields
        or any(type(base) is not str for base in value["bases"])
    ):
        raise wire.WireError("an error without its fields")
    where = value["line"], value["text"][:200]
    return StudentError(
        value["kind"],
        value["type"][:100],
        value["message"][:500],
        *where,
        [base[:100] for base in value["bases"][:20]],
    )
