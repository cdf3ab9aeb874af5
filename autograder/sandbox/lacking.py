"""What a notebook may ask for and a confined process does not have: a shell, other programs, a
network, an event loop's own sockets.

A line that needs one of these is left out and noted, and the cell goes on: a right answer is no
less right for an install line above it.
"""

from __future__ import annotations

import asyncio
import contextlib
import selectors
from collections.abc import Callable, Coroutine
from typing import Any

MAX_NOTED = 50
MAX_LINE = 120
# Line magics that run the rest of their line as the student's code: its errors are the student's.
RUNS_CODE = frozenset({"time", "timeit", "prun", "memit", "lprun", "mprun", "debug", "capture"})
# Line magics that start another program, or change what a grader's process does not have.
PROGRAMS = frozenset(
    {"pip", "conda", "mamba", "micromamba", "uv", "cd", "pushd", "popd", "sx", "system", "sc"}
)
# Cell magics whose body goes to another program.
OTHER_PROGRAMS = frozenset(
    {"bash", "sh", "script", "cmd", "perl", "ruby", "pypy", "python", "python2", "python3"}
    | {"sx", "system", "!"}
)


class LeftOut:
    """The lines that were left out since the last call of `take`."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def note(self, line: str) -> None:
        """Note a line, once."""
        line = " ".join(line.split())[:MAX_LINE]
        if line not in self._lines and len(self._lines) < MAX_NOTED:
            self._lines.append(line)

    def take(self) -> list[str]:
        """What was noted."""
        found, self._lines = self._lines, []
        return found


class _Loop(asyncio.SelectorEventLoop):
    """An event loop that wakes itself by no socket: nothing outside the process may wake it."""

    def _make_self_pipe(self) -> None:
        self._ssock = self._csock = None
        self._internal_fds = 0

    def _close_self_pipe(self) -> None:
        pass


_loops: list[_Loop] = []


def run_alone(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a cell with a top-level `await` to its end; all cells share one loop, as in Jupyter."""
    if not _loops:
        _loops.append(_Loop(selectors.SelectSelector()))
    return _loops[0].run_until_complete(coroutine)


def line_magic(
    run: Callable[[], Any], name: str, line: str, left_out: LeftOut, *, known: bool
) -> Any:
    """The value of a line magic; None for one that is left out.

    Args:
        run: runs it.
        name: the magic's.
        line: the rest of its line.
        left_out: where that is noted.
        known: whether there is such a magic here.
    """
    if known and name in RUNS_CODE:
        return run()
    if known and name not in PROGRAMS:
        # What a magic cannot do here (load an extension, find a file, reach a server) does not end
        # the cell.
        with contextlib.suppress(Exception):
            return run()
    left_out.note(f"%{name} {line}")
    return None
