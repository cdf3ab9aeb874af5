"""The way to Dask's scheduler: who its workers are, asking one, and hearing what it answers."""

from __future__ import annotations

import contextlib
import queue
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from autograder.cluster import extra, tasks
from autograder.cluster.addresses import Place
from autograder.errors import GraderFault

CONNECT_SECONDS = 10.0
PLAIN = ["dask", "msgpack"]  # what an answer may be written in: bytes, and never a pickle


# What a client's methods raise where the scheduler is gone: of the system, Dask, or its event loop.
_BROKEN = (OSError, RuntimeError, ValueError)


class LinkLost(Exception):
    """The scheduler does not answer."""


@dataclass(frozen=True)
class Heard:
    """What became of what a worker was asked.

    Attributes:
        key: as `ask` returned it.
        raw: its answer; None where there is none.
        fault: why not.
        blamed: whether that may be the worker's doing, or what it was asked.
    """

    key: str
    raw: bytes | None = None
    fault: str = ""
    blamed: bool = True


class Link:
    """A connection to a scheduler, opened again where it was lost.

    Args:
        place: the scheduler.
    """

    def __init__(self, place: Place) -> None:
        self._place, self._dask = place, extra.distributed()
        self._client: Any = None
        self._asked: dict[str, Any] = {}
        self._ended: queue.SimpleQueue[str] = queue.SimpleQueue()

    def open(self) -> None:
        """Connect.

        Raises:
            LinkLost: nobody answers there.
        """
        self.close()
        try:
            self._client = self._dask.Client(
                self._place.address,
                security=self._place.security,
                timeout=CONNECT_SECONDS,
                set_as_default=False,
                name="autograder",
                serializers=PLAIN,
                deserializers=PLAIN,
            )
        except _BROKEN as error:
            raise LinkLost(f"{type(error).__name__}: {error}") from None

    def close(self) -> None:
        """Let go of the scheduler; what was asked is forgotten there."""
        client, self._client = self._client, None
        self._asked, self._ended = {}, queue.SimpleQueue()
        if client is not None:
            with contextlib.suppress(Exception):  # whatever is wrong with it, it is given up
                client.close(timeout=CONNECT_SECONDS)

    @property
    def dashboard(self) -> str:
        """Where Dask shows what its workers do."""
        try:
            return str(self._client.dashboard_link or "")
        except Exception:  # noqa: BLE001 - Dask raises what it likes for a scheduler without one
            return ""

    def workers(self) -> set[str]:
        """The workers' addresses.

        Raises:
            LinkLost: the scheduler does not answer.
        """
        if self._client is None or self._client.status != "running":
            raise LinkLost("the connection broke")
        try:
            return set(self._client.nthreads())
        except _BROKEN as error:
            raise LinkLost(f"{type(error).__name__}: {error}") from None

    def ask(self, worker: str, name: str, raw: bytes) -> str:
        """Ask a worker, and no other; the key under which it will answer.

        Args:
            worker: its address.
            name: of a function of `tasks`.
            raw: what it is asked.

        Raises:
            LinkLost: the scheduler does not answer.
        """
        try:
            # Notebooks are what they are; Dask would advise against sending so much.
            with extra.setting("distributed.admin.large-graph-warning-threshold", "1GB"):
                future = self._client.submit(
                    getattr(tasks, name),
                    raw,
                    workers=[worker],
                    allow_other_workers=False,
                    pure=False,
                )
        except _BROKEN as error:
            raise LinkLost(f"{type(error).__name__}: {error}") from None
        key, ended = str(future.key), self._ended
        self._asked[key] = future
        future.add_done_callback(lambda _: ended.put(key))
        return key

    def forget(self, key: str) -> None:
        """Take back what was asked, if that is still possible; nothing will be heard of it."""
        future = self._asked.pop(key, None)
        if future is not None:
            with contextlib.suppress(*_BROKEN):
                future.cancel()

    def heard(self, seconds: float) -> Iterator[Heard]:
        """What has been answered since; waits for the first answer, so many seconds at most."""
        with contextlib.suppress(queue.Empty):
            key = self._ended.get(timeout=seconds)
            while True:
                future = self._asked.pop(key, None)
                if future is not None:
                    yield _read(key, future)
                key = self._ended.get_nowait()

    def again(self, patience: float) -> None:
        """Connect once more, as soon as the scheduler is there again.

        Raises:
            GraderFault: it is not back in so many seconds.
        """
        until = time.monotonic() + patience
        while True:
            try:
                return self.open()
            except LinkLost as error:
                if time.monotonic() > until:
                    raise GraderFault(
                        f"the scheduler {self._place.address} has not answered for {patience:g} s "
                        f"({error}). What was judged is kept: grade again when it is back"
                    ) from None
            time.sleep(1.0)


def _read(key: str, future: Any) -> Heard:
    """What a future that has ended holds."""
    if future.status in ("cancelled", "lost"):
        return Heard(key, fault="the scheduler forgot it", blamed=False)
    try:
        raw = future.result(timeout=CONNECT_SECONDS)
    except Exception as error:  # noqa: BLE001 - whatever was raised over there
        return Heard(key, fault=f"{type(error).__name__}: {error}"[:500])
    if type(raw) is not bytes:
        return Heard(key, fault=f"it answered with a {type(raw).__name__}")
    return Heard(key, raw)
