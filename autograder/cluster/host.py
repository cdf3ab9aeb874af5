"""What a worker judges with: a grader in a process of its own, asked from Dask's event loop.

Dask's worker runs threads, and a grader forks; so the grader is another process (`judge.server`),
which is started anew where it died or hangs, and dies with the worker.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import platform
import socket
import subprocess
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from autograder import messages
from autograder.cluster import admission
from autograder.course import labs
from autograder.errors import AutograderError, GraderFault
from autograder.judge import client, fingerprint
from autograder.messages import (
    Answer,
    Asked,
    Batch,
    Confirm,
    Introduce,
    Introduction,
    Question,
    Ready,
    Verdicts,
)
from autograder.model import Level

END_SECONDS = 10.0
DIED = "the grader's process on this worker ended over these submissions"
SILENT = "the grader on this worker was silent for {seconds:g} s and was ended"
CHANGED = "the lab, its checks or the grader have changed on this worker"


class Host:
    """A grader for one worker. Belongs to the thread of one event loop.

    Args:
        root: the course on this machine.
        jobs: judges side by side.
        masked, trusted, least: as for `Grader`.
    """

    def __init__(
        self,
        root: Path,
        *,
        jobs: int,
        masked: Sequence[str] = (),
        trusted: bool = False,
        least: Level = Level.NONE,
    ) -> None:
        self._root, self.jobs = root, jobs
        self._masked, self._trusted, self._least = tuple(masked), trusted, least
        self.name = f"{platform.node()}-{os.getpid()}"
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection[Any, Any] | None = None
        self._sender = ThreadPoolExecutor(1, "asks-the-grader")
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._seen: dict[str, str] = {}
        self._sandbox: Ready | None = None
        self._last = 0.0

    async def sandbox(self) -> Ready:
        """What the grader's self-test has shown of its sandbox.

        Raises:
            GraderFault: it cannot be started, or student code cannot be confined here.
        """
        if self._sandbox is None:
            answer = await self._answer(0, Confirm(), client.START_SECONDS)
            if answer.sandbox is None:
                raise GraderFault(answer.fault)
            self._sandbox = answer.sandbox
        return self._sandbox

    async def introduce(self, raw: bytes) -> bytes:
        """Who this worker is, as far as a lab is concerned."""
        asked: Introduce = messages.decode(raw, Introduce)
        current, fault = "", ""
        try:
            current = fingerprint.of(labs.load(self._root, asked.lab))
            self._renew(asked.lab, current)
        except (AutograderError, OSError) as error:
            fault = f"it cannot judge `{asked.lab}`: {error}"
        said = Introduction(
            name=self.name,
            **admission.own_versions(),
            fingerprint=current,
            level=(await self.sandbox()).level,
            jobs=self.jobs,
            fault=fault,
        )
        return messages.encode(said)

    async def judge(self, raw: bytes) -> bytes:
        """The verdicts on a batch; a fault for each submission that has none."""
        batch: Batch = messages.decode(raw, Batch)
        try:
            lab = labs.load(self._root, batch.questions[0].lab)
            current = fingerprint.of(lab)
            self._renew(lab.name, current)
            fault = "" if current == batch.fingerprint else CHANGED
        except (AutograderError, OSError) as error:
            fault = str(error)
        if fault:
            refused = [Answer(fault=fault, number=one.number) for one in batch.questions]
            return messages.encode(Verdicts(refused))
        seconds = client.START_SECONDS + client.PATIENCE * lab.limits.wall_seconds
        answers = await asyncio.gather(*(self._ask(one, seconds) for one in batch.questions))
        return messages.encode(Verdicts(answers))

    async def close(self) -> None:
        """End the grader."""
        process = self._process
        self._forget(DIED)
        if process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(process.wait, END_SECONDS)
            process.kill()
            process.wait()
        self._sender.shutdown(wait=False)

    # -- the grader's process ----------------------------------------------------------------------

    def _renew(self, lab: str, current: str) -> None:
        """A new grader where a lab or the grader's own files are others than it has loaded."""
        if self._seen.setdefault(lab, current) != current:
            self._end(CHANGED)
            self._seen = {lab: current}

    async def _ask(self, question: Question, seconds: float) -> Answer:
        number = next(self._numbers)
        asked = messages.Question(**_fields(question) | {"number": number})
        answer = await self._answer(number, asked, seconds)
        return Answer(answer.judgement, answer.fault, question.number)

    async def _answer(self, number: int, asked: Asked, seconds: float) -> Answer:
        """What the grader answers; a fault where it dies, or says nothing to anyone for so long."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        try:
            connection = self._connected()
        except GraderFault as error:
            return Answer(fault=str(error), number=number)
        self._waiting[number] = future
        self._last = max(self._last, loop.time())
        with contextlib.suppress(OSError):  # it has died, which its reader finds out
            await loop.run_in_executor(self._sender, connection.send_bytes, messages.encode(asked))
        while not future.done():
            await asyncio.wait([future], timeout=self._last + seconds - loop.time())
            if not future.done() and loop.time() >= self._last + seconds:
                self._end(SILENT.format(seconds=seconds))
        return future.result()

    def _connected(self) -> Connection[Any, Any]:
        """The connection to a grader that runs; a new one where none does.

        Raises:
            GraderFault: it cannot be started.
        """
        if self._connection is None:
            self._process, self._connection = client.start(
                self._root,
                masked=self._masked,
                trusted=self._trusted,
                least=self._least,
                jobs=self.jobs,
                idle=None,
                parent=os.getpid(),
            )
            self._last = asyncio.get_running_loop().time()
            reader = threading.Thread(
                target=self._read,
                args=(self._connection, asyncio.get_running_loop()),
                name="hears-the-grader",
                daemon=True,
            )
            reader.start()
        return self._connection

    def _read(self, connection: Connection[Any, Any], loop: asyncio.AbstractEventLoop) -> None:
        """Take answers, in a thread of its own, until the grader ends."""
        with contextlib.suppress(RuntimeError):  # the loop is closed
            try:
                while True:
                    answer: Answer = messages.decode(connection.recv_bytes(), Answer)
                    loop.call_soon_threadsafe(self._heard, connection, answer)
            except (EOFError, OSError, ValueError):
                loop.call_soon_threadsafe(self._ended, connection)
            finally:
                connection.close()

    def _heard(self, connection: Connection[Any, Any], answer: Answer) -> None:
        future = self._waiting.pop(answer.number, None)
        self._last = asyncio.get_running_loop().time()
        if future is not None and connection is self._connection and not future.done():
            future.set_result(answer)

    def _ended(self, connection: Connection[Any, Any]) -> None:
        if connection is self._connection:
            self._end(DIED)

    def _end(self, why: str) -> None:
        """End the grader, whatever it does; the next question starts another."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._forget(why)

    def _forget(self, why: str) -> None:
        """Let go of the grader; whoever waits for it hears why."""
        if self._connection is not None:
            _hang_up(self._connection)
        self._connection = self._process = self._sandbox = None
        waiting, self._waiting = self._waiting, {}
        for number, future in waiting.items():
            if not future.done():
                future.set_result(Answer(fault=why, number=number))


def _hang_up(connection: Connection[Any, Any]) -> None:
    """End a connection, also for the thread that reads from it, which then closes it."""
    with (
        contextlib.suppress(OSError),
        socket.socket(fileno=os.dup(connection.fileno())) as one,
    ):
        one.shutdown(socket.SHUT_RDWR)


def _fields(question: Question) -> dict[str, Any]:
    return {name: getattr(question, name) for name in question.__struct_fields__}
