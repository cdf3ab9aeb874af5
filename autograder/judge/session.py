"""Runs a lab's hidden checks against submissions, in one pytest session: collected once, run as
often as there are submissions.

pytest runs here, in the judge's process; the `student` fixture leads to the student's.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import pytest
import torch

from autograder.checking import Draw, remarks
from autograder.checking.compare import Mismatch
from autograder.checking.student import Student
from autograder.course.labs import Lab
from autograder.errors import GraderFault, StudentStopped, UsageError
from autograder.judge import specs, verdicts
from autograder.messages import Call
from autograder.model import CheckResult, CheckSpec, Curve, ErrorKind, Verdict
from autograder.supervisor.process import StudentProcess
from autograder.supervisor.raised import StudentError

_QUIET = (
    *("-q", "--no-header", "--no-summary", "--color=no", "-W", "ignore"),
    *(
        option
        for plugin in (
            *("cacheprovider", "terminalreporter", "faulthandler", "junitxml", "doctest"),
            *("logging", "unraisableexception", "threadexception", "capture", "stepwise"),
            *("pastebin", "tmpdir"),
        )
        for option in ("-p", f"no:{plugin}")
    ),
    "--disable-plugin-autoload",  # a course's checks must not depend on what else is installed
)

Result = TypeVar("Result")
OnCheck = Callable[[tuple[CheckResult, ...], tuple[CheckSpec, ...]], None]


@dataclass
class Case:
    """One submission in a session: its process, and what the checks said.

    Attributes:
        process: the student's, whose cells have run.
        seed: of the inputs.
        broken: the error that ended an answer cell, which is then the reason why names are missing.
        results: of the checks so far.
        advice: lines that cost nothing.
        used: PyTorch's own functions that ran while the grader was calling.
        forbidden: what is watched now.
    """

    process: StudentProcess
    seed: int
    broken: str = ""
    results: list[CheckResult] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    forbidden: list[str] = field(default_factory=list)

    def take_notes(self) -> set[str]:
        """What ran during the last check, and is used from here on.

        Raises:
            StudentStopped: the process ended, so that nobody can say.
        """
        names = self.process.request(Call.USED)
        if type(names) is not list or not all(type(name) is str for name in names):
            self.process.broke("notes of the wrong form")
        self.used.update(names)
        return set(names)


def run(
    lab: Lab,
    work: Callable[[CheckSession], Result],
    options: Sequence[str] = (),
    plugins: Sequence[object] = (),
) -> Result:
    """Collect the lab's checks, hand them to `work`, and return what it returns.

    Args:
        lab: whose checks.
        work: called once, with a session that judges submissions.
        options: more of pytest's.
        plugins: more of pytest's, which watch.

    Raises:
        UsageError: the checks cannot be collected.
        Exception: whatever `work` raises.
    """
    lab.require_checks()
    plugin = _Plugin(CheckSession(lab), work)
    arguments = [str(lab.checks), *_QUIET, "-c", os.devnull, "--rootdir", str(lab.checks.parent)]
    arguments += options
    status = pytest.main(arguments, plugins=[plugin, *plugins])
    if plugin.error is not None:
        raise plugin.error
    if not plugin.results:
        why = plugin.trouble or "no reason given"
        raise UsageError(
            f"the checks `{lab.checks}` cannot be used (pytest ended with {int(status)}): {why}"
        )
    return plugin.results[0]


class CheckSession:
    """A lab's collected checks, which judge one submission after another."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.specs: list[CheckSpec] = []
        self.items: list[pytest.Item] = []
        self.case: Case | None = None
        self.fault: GraderFault | None = None

    @property
    def current(self) -> Case:
        """The submission that is being judged.

        Raises:
            GraderFault: none is.
        """
        if self.case is None:
            raise GraderFault("a check ran while no submission was being judged")
        return self.case

    def forbid(self, item: pytest.Item) -> None:
        """Tell the process what its answers may not call in a check: the functions of `FORBIDDEN`
        in the lab's checks (see `sandbox.watch`), less those that the check allows.
        """
        case = self.current
        allowed = item.get_closest_marker("allows")
        named = getattr(getattr(item, "module", None), "FORBIDDEN", ())
        forbidden = [name for name in named if not allowed or name not in allowed.args]
        if forbidden != case.forbidden:
            case.forbidden = forbidden
            case.process.request(Call.FORBID, forbidden)

    def judge(
        self,
        process: StudentProcess,
        seed: int,
        broken: str = "",
        on_check: OnCheck | None = None,
    ) -> Case:
        """Run every check against a process that has run its cells.

        Args:
            process: the student's.
            seed: of the inputs.
            broken: the error that ended an answer cell, if one did.
            on_check: called after each check with the results so far and the checks to come.

        Raises:
            GraderFault: the sandbox failed us; no verdict may be given.
        """
        case = self.case = Case(process, seed, broken)
        self.fault = None  # of an earlier submission's
        try:
            with remarks.collecting(case.advice):
                for item, following in zip(self.items, [*self.items[1:], None], strict=True):
                    item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                    if self.fault is not None:
                        raise self.fault
                    if on_check is not None:
                        done = len(case.results)
                        on_check(tuple(case.results), tuple(self.specs[done:]))
        finally:
            self.case = None
        return case

    def ended(self, spec: CheckSpec, error: BaseException | None, seconds: float) -> None:
        """Note how a check ended; a fault of ours is kept for `judge` to raise.

        Notes of what ran are taken after every check. What was used closes the gate even if the
        process ends later; a check after which nobody can say earns nothing.
        """
        case = self.current
        try:
            verdict, message, detail = verdicts.verdict(error, spec)
            line = error.source if isinstance(error, StudentError) else ""
            if isinstance(error, StudentError) and error.kind == ErrorKind.MISSING and case.broken:
                verdict = Verdict.STUDENT_ERROR
                message = f"the answer cell ended with an error: {case.broken}"
            if not spec.gate:
                verdict, message = self._noted(case, verdict, message)
            result = verdicts.result(spec, verdict, message, seconds, detail, line)
            case.results.append(result)
        except GraderFault as fault:
            self.fault = fault

    def _noted(self, case: Case, verdict: Verdict, message: str) -> tuple[Verdict, str]:
        """The verdict, unless a check passed and nobody can say what ran, or something ran that its
        lab forbids. Where the lab has a gate, that takes every point; else it takes the check's.
        """
        noted: set[str] = set()
        try:
            noted = case.take_notes()
        except StudentStopped as stopped:
            if verdict == Verdict.PASSED:
                return stopped.verdict, stopped.message
        forbidden = sorted(noted)
        gated = any(spec.gate for spec in self.specs)
        if forbidden and verdict == Verdict.PASSED and not gated:
            names = ", ".join(f"`{name}`" for name in forbidden)
            return Verdict.WRONG, f"{names} ran in your answer, which this exercise does without"
        return verdict, message

    def curves(self, process: StudentProcess) -> tuple[Curve, ...]:
        """What the lab draws of a submission, by its checks' `curves(student)`, if there is one."""
        return self._ask("curves", process)

    def evidence(self, process: StudentProcess) -> tuple[str, ...]:
        """Sentences about what a submission does on the smallest inputs, by its checks'
        `evidence(student)`, if there is one.
        """
        return self._ask("evidence", process)

    def _ask(self, name: str, process: StudentProcess) -> tuple[Any, ...]:
        """What a function of the lab's checks says; nothing where the student's code is why not.

        Raises:
            GraderFault: the function itself is at fault.
        """
        module = getattr(self.items[0], "module", None) if self.items else None
        function = getattr(module, name, None)
        if function is None:
            return ()
        try:
            return tuple(function(Student(process)))
        except (StudentStopped, StudentError, Mismatch):
            return ()  # there is nothing to show
        except GraderFault:
            raise
        except Exception as error:
            if verdicts.is_grader_fault(error):
                raise GraderFault(f"`{name}` of `{self.lab.name}` failed: {error!r}") from error
            return ()

    def refused(self, verdict: Verdict, message: str) -> list[CheckResult]:
        """The same verdict for every check, where there is nothing to check."""
        return [verdicts.result(spec, verdict, message, 0.0) for spec in self.specs]


class _Plugin(Generic[Result]):
    """What pytest calls: collects the checks, then hands over to a loop of our own."""

    def __init__(self, session: CheckSession, work: Callable[[CheckSession], Result]) -> None:
        self.results: list[Result] = []
        self.error: BaseException | None = None
        self.trouble = ""
        self._session, self._work = session, work
        self._began = 0.0

    def pytest_configure(self, config: pytest.Config) -> None:
        """Declare the marks."""
        config.addinivalue_line("markers", "points(worth, bonus=False): what a check earns")
        config.addinivalue_line("markers", "gate: failing it takes every point")
        config.addinivalue_line("markers", "allows(*functions): what is not forbidden in a check")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Remember why collecting failed."""
        if report.failed:
            self.trouble = str(report.longrepr)[-2000:]

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Read what each check says of itself."""
        self._session.items = items
        self._session.specs = [specs.spec_of(item, self._session.lab) for item in items]
        specs.require_sums(self._session.specs, self._session.lab)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Hand over to our own loop."""
        if not session.testsfailed:
            try:
                self.results.append(self._work(self._session))
            except BaseException as error:  # noqa: BLE001 - `run` raises it, outside of pytest
                self.error = error
        return True

    def pytest_runtest_setup(self) -> None:
        """Note the time, and seed what draws without a generator: gradgradcheck does."""
        if self._session.case is not None:
            # torch.manual_seed notes a traceback for each absent device
            torch.default_generator.manual_seed(self._session.case.seed)
        self._began = time.monotonic()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> pytest.TestReport:
        """Turn how a check ended into its verdict.

        pytest's own report would render a traceback that nobody reads.
        """
        if (call.when == "call" or call.excinfo) and self._session.case is not None:
            error = call.excinfo.value if call.excinfo else None
            self._session.ended(self._spec(item), error, time.monotonic() - self._began)
        outcome = "failed" if call.excinfo else "passed"
        when: Any = call.when
        return pytest.TestReport(item.nodeid, item.location, {}, outcome, None, when)  # type: ignore[arg-type]

    def _spec(self, item: pytest.Item) -> CheckSpec:
        return self._session.specs[self._session.items.index(item)]

    @pytest.fixture
    def student(self, request: pytest.FixtureRequest) -> Student:
        """The student's notebook."""
        case = self._session.current
        if not self._spec(request.node).gate:  # a gate judges by what was noted before, too
            case.process.check_quiet()
            self._session.forbid(request.node)
        return Student(case.process, case.used)

    @pytest.fixture
    def draw(self, request: pytest.FixtureRequest) -> Draw:
        """Inputs of the check's own."""
        purpose = f"{self._session.lab.name}/{self._spec(request.node).name}"
        return Draw(self._session.current.seed, purpose)
