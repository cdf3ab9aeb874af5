"""An IPython shell without a terminal, history or network, in which a notebook's cells run."""

from __future__ import annotations

import functools
import io
import linecache
import re
import sys
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.text import LSString, SList
from traitlets import Type
from traitlets.config import Config

from autograder.messages import RaisedError
from autograder.model import ErrorKind
from autograder.sandbox import lacking

MAX_MESSAGE = 500
# What Python takes for a cell's file; where it adds the line, that is told beside the message.
_PLACE, _CELL = (
    re.compile(r" \(<ipython-input-[^<>]*>, line \d+\)"),
    re.compile(r"<ipython-input-[^<>]*>"),
)


class _Publisher(DisplayPublisher):
    """Shows a rich object as its text: pictures do not leave the sandbox."""

    def publish(self, data: Any, *_: Any, **__: Any) -> None:
        if "text/plain" in data:
            print(data["text/plain"])


class _Hook(DisplayHook):
    """Prints a cell's last value as Jupyter does, without the `Out[1]:`."""

    def write_output_prompt(self) -> None:
        pass

    def log_output(self, format_dict: dict[str, Any]) -> None:
        pass


class Shell(InteractiveShell):
    """The student's interpreter."""

    display_pub_class = Type(_Publisher)
    displayhook_class = Type(_Hook)

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)  # type: ignore[no-untyped-call]
        self.left_out = lacking.LeftOut()
        self.loop_runner = lacking.run_alone

    def enable_matplotlib(self, gui: str | None = None) -> tuple[str, str]:  # noqa: ARG002 - IPython's
        """`%matplotlib ...` changes nothing: figures are drawn in memory."""
        return "inline", "agg"

    def enable_gui(self, gui: str | None = None) -> None:
        """There is no display."""

    def system(self, cmd: str) -> None:
        """`!command` is left out."""
        self.left_out.note(f"!{cmd}")

    def getoutput(
        self,
        cmd: str,
        split: bool = True,  # noqa: FBT001, FBT002 - IPython's signature
        depth: int = 0,  # noqa: ARG002 - the same
    ) -> Any:
        """`x = !command` is left out: `x` is what a command without output leaves."""
        self.left_out.note(f"= !{cmd}")
        return SList() if split else LSString("")

    def run_line_magic(self, magic_name: str, line: str, _stack_depth: int = 1) -> Any:
        """A line magic, or nothing where there is no such thing here."""
        known = self.find_line_magic(magic_name) is not None  # type: ignore[no-untyped-call]
        run = functools.partial(super().run_line_magic, magic_name, line, _stack_depth + 1)
        return lacking.line_magic(run, magic_name, line, self.left_out, known=known)

    def run_cell_magic(self, magic_name: str, line: str, cell: str) -> Any:
        """A cell magic; one for another program, or an unknown one, is left out with its cell."""
        known = self.find_cell_magic(magic_name) is not None  # type: ignore[no-untyped-call]
        if magic_name in lacking.OTHER_PROGRAMS or not known:
            self.left_out.note(f"%%{magic_name} {line}")
            return None
        if magic_name in ("writefile", "file"):
            self.left_out.note(f"%%{magic_name} {line}")  # it is written, and may be missed
        return super().run_cell_magic(magic_name, line, cell)  # type: ignore[no-untyped-call]

    def showtraceback(self, *args: Any, **kwargs: Any) -> None:
        """Say nothing.

        `run` reports the error, and rendering a traceback takes longer than most cells.
        """

    showsyntaxerror = showtraceback

    def run(self, source: str) -> BaseException | None:
        """Run one cell; returns the exception that ended it, or None."""
        result = self.run_cell(source, store_history=False)  # type: ignore[no-untyped-call]
        sys.stdout.flush()
        sys.stderr.flush()
        error = result.error_before_exec or result.error_in_exec
        return error if isinstance(error, BaseException) else None


def build(folder: str) -> Shell:
    """A shell whose profile lies in `folder`, which must exist."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.xmode = "Minimal"
    shell: Shell = Shell.instance(config=config, ipython_dir=folder)
    return shell


def describe(error: BaseException, namespace: dict[str, Any], kind: ErrorKind) -> RaisedError:
    """The error in data: type, message, and where in the student's text it arose.

    Every step may run the student's code (`__str__`, properties), so every step may fail.
    """
    name = type(error).__name__
    try:
        message = str(error)
    except BaseException as second:  # noqa: BLE001 - whatever a student's __str__ raises
        message = f"<its text could not be made: {type(second).__name__}>"
    message = _CELL.sub("the cell", _PLACE.sub("", message))
    line, text = _place(error, namespace)
    bases = [base.__name__[:100] for base in type(error).__mro__[:20]]
    return RaisedError(kind, name[:100], bases, message[:MAX_MESSAGE], line, text[:200])


def is_own(error: BaseException, namespace: dict[str, Any]) -> bool:
    """Whether the error was raised by a line of the notebook itself rather than by a library that
    it called.
    """
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_globals is namespace


def _place(error: BaseException, namespace: dict[str, Any]) -> tuple[int, str]:
    """Line number and text of the innermost line of the notebook in the traceback, or (0, "")."""
    if isinstance(error, SyntaxError):
        return error.lineno or 0, (error.text or "").strip()
    place = (0, "")
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals is namespace:
            place = (
                trace.tb_lineno,
                linecache.getline(trace.tb_frame.f_code.co_filename, trace.tb_lineno).strip(),
            )
        trace = trace.tb_next
    return place


class Tail(io.TextIOBase):
    """Writes through to a stream and remembers the first `most` characters of what was printed."""

    def __init__(self, stream: Any, most: int) -> None:
        self._stream = stream
        self._most = most
        self._kept: list[str] = []
        self._size = 0

    def write(self, text: str) -> int:
        """Write `text`."""
        if self._size < self._most:
            self._kept.append(text[: self._most - self._size])
            self._size += len(text)
        return int(self._stream.write(text))

    def flush(self) -> None:
        """Flush the stream behind."""
        self._stream.flush()

    def isatty(self) -> bool:
        """Never a terminal."""
        return False

    def fileno(self) -> int:
        """The descriptor of the stream behind."""
        return int(self._stream.fileno())

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """UTF-8, whatever the locale."""
        return "utf-8"

    def take(self) -> str:
        """What was printed since the last call, cut to the limit."""
        text = "".join(self._kept)
        self._kept, self._size = [], 0
        return text
