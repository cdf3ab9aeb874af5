"""asyncio where sockets are refused, so that `await` works in a cell.

An event loop wakes itself, when another thread or a signal has something for it, through a pair of
sockets. A pipe serves as well. Source: `asyncio/selector_events.py`, `_make_self_pipe` and what
uses `_ssock` and `_csock`, the same from Python 3.11 to 3.14.
"""

from __future__ import annotations

import os
from asyncio import selector_events
from typing import Any


class _End:
    """One end of a pipe, with the methods of a socket that an event loop calls."""

    def __init__(self, fd: int) -> None:
        os.set_blocking(fd, False)
        self._fd = fd

    def fileno(self) -> int:
        """Its descriptor; -1 once it is closed."""
        return self._fd

    def recv(self, size: int) -> bytes:
        """Up to `size` bytes."""
        return os.read(self._fd, size)

    def send(self, data: bytes) -> int:
        """Write; how many bytes were taken."""
        return os.write(self._fd, data)

    def close(self) -> None:
        """Close it; may be called again."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _make_self_pipe(self: Any) -> None:
    reading, writing = os.pipe()
    self._ssock, self._csock = _End(reading), _End(writing)
    self._internal_fds += 1
    self._add_reader(self._ssock.fileno(), self._read_from_self)


def install() -> None:
    """From here on, event loops of this process and those forked from it use pipes."""
    selector_events.BaseSelectorEventLoop._make_self_pipe = _make_self_pipe  # type: ignore[attr-defined]  # noqa: SLF001
