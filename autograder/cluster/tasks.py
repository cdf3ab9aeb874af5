"""What a worker is asked to do, as functions that Dask finds by name on the scheduler and there.

Bytes in, bytes out. This module imports next to nothing, since Dask's scheduler loads it as well.
"""

from __future__ import annotations

from typing import Any

HOST = "autograder_host"  # of Dask's worker: what it judges with


async def introduce(raw: bytes) -> bytes:
    """Answer `messages.Introduce` by `messages.Introduction`."""
    said: bytes = await _host().introduce(raw)
    return said


async def judge(raw: bytes) -> bytes:
    """Answer `messages.Batch` by `messages.Verdicts`."""
    said: bytes = await _host().judge(raw)
    return said


def _host() -> Any:
    from distributed import get_worker  # an optional extra

    host = getattr(get_worker(), HOST, None)
    if host is None:
        raise RuntimeError("it is a worker of Dask's, but not one that `autograder worker` started")
    return host
