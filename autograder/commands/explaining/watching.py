"""Watches a lab's checks while they judge, and stops in those that fail: pytest's own `--pdb`."""

from __future__ import annotations

import contextlib
import pdb
import types
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import pytest
from _pytest.config import create_terminal_writer

from autograder.commands.explaining.clues import Clues, clues
from autograder.commands.explaining.recording import Asked, Recorder
from autograder.errors import StudentStopped
from autograder.judge.session import CheckSession
from autograder.model import CheckResult, Verdict

STOPPING = ("--pdb", "--tb=short", f"--pdbcls={__name__}:CheckPdb")
UNEVENTFUL = (Verdict.PASSED, Verdict.SKIPPED)


@dataclass(frozen=True)
class Failure:
    """A check that did not pass.

    Attributes:
        result: what it said.
        asked: what it asked the student's process.
        clues: what its error says.
        used: PyTorch's own functions that ran in the answer by then and may not.
    """

    result: CheckResult
    asked: tuple[Asked, ...]
    clues: Clues
    used: tuple[str, ...] = ()


class Watcher:
    """A plugin of pytest's that keeps what each failing check asked.

    Args:
        stop: whether to stop in checks that fail.
        before_stopping: gets a failure before its debugger opens.

    Attributes:
        session: set before it judges.
        wanted: the only check to stop in; whichever fails where None.
        failures: by check.
    """

    def __init__(self, *, stop: bool, before_stopping: Callable[[Failure], None]) -> None:
        self.session: CheckSession | None = None
        self.failures: dict[str, Failure] = {}
        self.wanted: str | None = None
        self._stop, self._before_stopping = stop, before_stopping
        self._recorder = Recorder()
        self._stopped_in: set[str] = set()
        self._ended = False
        self._first_use: tuple[Asked, ...] = ()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        """Begin to listen, anew for each check."""
        self._recorder.clear()
        if self.session is not None and self.session.case is not None:
            self._recorder.listen(self.session.case.process)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Keep what a check that did not pass asked, and say whether to stop in it."""
        report = yield
        case = self.session.case if self.session is not None else None
        if case is None or not case.results or not (call.when == "call" or call.excinfo):
            return report
        result = case.results[-1]
        if case.used and not self._first_use:
            self._first_use = tuple(self._recorder.asked)
        if result.name != item.name.removeprefix("test_"):
            return report  # a fault of ours
        if result.verdict in UNEVENTFUL:
            self.failures.pop(result.name, None)
            return report
        error = call.excinfo.value if call.excinfo else None
        asked = tuple(self._recorder.asked)
        used = tuple(sorted(case.used))
        failure = Failure(result, asked or self._first_use, clues(error), used)
        self.failures[result.name] = failure
        if call.excinfo is not None and self._wants_to_stop(result.name, error):
            self._stopped_in.add(result.name)
            self._before_stopping(failure)
            # pytest's own account of it, which the judge does without
            report.longrepr = item.repr_failure(call.excinfo)
        elif call.excinfo is not None:
            vars(report)["wasxfail"] = ""  # which is how pytest knows where not to stop
        return report

    def _wants_to_stop(self, name: str, error: BaseException | None) -> bool:
        if not self._stop or name in self._stopped_in:
            return False
        if isinstance(error, StudentStopped):  # every check after it says the same
            ended, self._ended = self._ended, True
            if ended and self.wanted is None:
                return False
        return self.wanted in (None, name)

    @pytest.hookimpl(wrapper=True)
    def pytest_exception_interact(self) -> Generator[None, None, None]:
        """Whoever leaves the debugger with `q` wants no other check's; the judge goes on."""
        try:
            yield
        except pytest.exit.Exception:
            self._stop = False

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Give pytest's debugger the terminal that it writes to; the judge's pytest has none."""
        if self._stop:
            manager = config.pluginmanager
            manager.unblock("terminalreporter")
            manager.register(_Terminal(config), "terminalreporter")


class _Terminal:
    """What `--pdb` asks of pytest's terminal reporter."""

    def __init__(self, config: pytest.Config) -> None:
        self._tw = create_terminal_writer(config)


class CheckPdb(pdb.Pdb):
    """A debugger that opens in the check itself, where `student` is; `down` leads to where the
    error arose.
    """

    def setup(self, f: types.FrameType | None, tb: types.TracebackType | None) -> Any:
        """Begin; see `bdb` and `pdb`."""
        done = super().setup(f, tb)
        for index in range(len(self.stack) - 1, -1, -1):
            frame = self.stack[index][0]
            if frame.f_code.co_name.startswith("test_") and "student" in frame.f_locals:
                self.curindex, self.curframe = index, frame
                with contextlib.suppress(AttributeError):
                    self.curframe_locals = frame.f_locals
                break
        return done
