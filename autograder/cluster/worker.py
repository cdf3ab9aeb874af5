"""A worker of a cluster: Dask's, with a grader beside it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.cluster import extra, tasks
from autograder.cluster.addresses import LOOPBACK, Place
from autograder.cluster.host import Host
from autograder.model import Level

AGAIN_SECONDS = 2.0


@dataclass(frozen=True)
class Settings:
    """How a worker works.

    Attributes:
        root: the course on this machine.
        place: the scheduler.
        jobs: judges side by side.
        masked: layers of the sandbox to do without, for tests.
        trusted: go on where student code cannot be confined.
        least: refuse to begin where it is confined less.
        host: the address to listen on; one that the scheduler can reach otherwise.
    """

    root: Path
    place: Place
    jobs: int
    masked: tuple[str, ...] = ()
    trusted: bool = False
    least: Level = Level.NONE
    host: str | None = None


def work(settings: Settings, tell: Callable[[str], None]) -> None:
    """Judge for a scheduler until SIGINT or SIGTERM; one that goes away is waited for.

    Args:
        settings: of this worker.
        tell: gets what somebody who watches should know, sentence by sentence.

    Raises:
        UsageError: Dask is not installed.
        GraderFault: student code cannot be confined here, or not as far as is asked for.
    """
    dask = extra.distributed()
    asyncio.run(_work(dask, settings, tell))


async def _work(dask: Any, settings: Settings, tell: Callable[[str], None]) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    host = Host(
        settings.root,
        jobs=settings.jobs,
        masked=settings.masked,
        trusted=settings.trusted,
        least=settings.least,
    )
    try:
        level = (await host.sandbox()).level
        tell(f"{host.name}: sandbox {level}, {settings.jobs} side by side")
        with tempfile.TemporaryDirectory(prefix="autograder-worker-") as scratch:
            while not stopped.is_set():
                await _serve(dask, settings, host, scratch, stopped, tell)
    finally:
        await host.close()


async def _serve(
    dask: Any,
    settings: Settings,
    host: Host,
    scratch: str,
    stopped: asyncio.Event,
    tell: Callable[[str], None],
) -> None:
    """Be a worker of the scheduler's as long as it is there."""
    place = settings.place
    worker = dask.Worker(
        place.address,
        security=place.security,
        host=settings.host or (LOOPBACK if place.local else None),
        dashboard_address=f"{LOOPBACK}:0",
        name=host.name,
        nthreads=settings.jobs + 1,  # as many batches as `dispatch` sends
        memory_limit=0,  # what needs memory is another process
        local_directory=scratch,
    )
    setattr(worker, tasks.HOST, host)
    beginning = asyncio.ensure_future(_begin(worker))
    ending = asyncio.ensure_future(stopped.wait())
    try:
        await asyncio.wait([beginning, ending], return_when=asyncio.FIRST_COMPLETED)
        if not beginning.done():
            return
        if beginning.exception() is not None:
            tell(f"the scheduler {place.address} does not answer; trying again")
        else:
            tell(f"waiting for work from {place.address}")
            finished = asyncio.ensure_future(worker.finished())
            await asyncio.wait([finished, ending], return_when=asyncio.FIRST_COMPLETED)
            finished.cancel()
            if not stopped.is_set():
                tell(f"the scheduler {place.address} is gone; trying again")
    finally:
        beginning.cancel()
        with contextlib.suppress(Exception):  # it is given up, however far it came
            await worker.close(nanny=False)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(ending), AGAIN_SECONDS)
        ending.cancel()


async def _begin(worker: Any) -> None:
    await worker
