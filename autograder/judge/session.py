"""Runs a lab's hidden checks against submissions, in one pytest session: collected once, run as
often as there are submissions.

pytest runs here, in the grader's process; the `student` fixture leads to the student's.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch

from autograder.checking import Draw, remarks
from autograder.checking.compare import Mismatch
from autograder.checking.student import Student
from autograder.course.labs import Lab
from autograder.errors import GraderFault, StudentStopped, UsageError
from autograder.model import CheckResult, CheckSpec, Curve, Verdict
from autograder.supervisor.process import StudentError, StudentProcess, ZygoteGone

_QUIET = (
    *(
        "-q",
        "--no-header",
        "--no-summary",
        "--color=no",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:terminalreporter",
    ),
    *(
        "-p",
        "no:faulthandler",
        "-p",
        "no:junitxml",
        "-p",
        "no:doctest",
        "-p",
        "no:logging",
        "-p",
        "no:unraisableexception",
    ),
    *(
        "-p",
        "no:threadexception",
        "-p",
        "no:capture",
        "-p",
        "no:stepwise",
        "-p",
        "no:pastebin",
        "-p",
        "no:nose",
        "-p",
        "no:tmpdir",
    ),
)


OnCheck = Callable[[Sequence[CheckResult]], None]


@dataclass
class Case:
    """One submission at the bench: its process, and what the checks said.

    Attributes:
        broken: the error that ended an answer cell, which is then the reason why names are missing.
    """

    process: StudentProcess
    seed: int
    results: list[CheckResult] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)
    broken: str = ""


def run(lab: Lab, work: Callable[[CheckSession], None]) -> None:
    """Collect the lab's checks and hand them to `work`.

    Args:
        lab: whose checks.
        work: called once, with a bench on which each submission can be laid.

    Raises:
        UsageError: the checks cannot be collected.
        Exception: whatever `work` raises.
    """
    lab.require_checks()
    bench = CheckSession(lab, work)
    arguments = [str(lab.checks), *_QUIET, "-c", os.devnull, "--rootdir", str(lab.checks.parent)]
    arguments += ["-p", "no:hypothesispytest", "-W", "ignore"]
    before = os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = (
        "1"  # a course's checks must not depend on what else is installed
    )
    try:
        status = pytest.main(arguments, plugins=[bench])
    finally:
        if before is None:
            del os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]
        else:
            os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = before
    if bench.failure is not None:
        raise bench.failure
    if not bench.ran:
        raise UsageError(
            f"the checks `{lab.checks}` cannot be used (pytest ended with "
            f"{int(status)}): {bench.trouble or 'no reason given'}"
        )


class CheckSession:
    """A pytest plugin whose test loop is ours: `judge` runs every check against one submission."""

    def __init__(self, lab: Lab, work: Callable[[CheckSession], None]) -> None:
        self.lab = lab
        self.specs: list[CheckSpec] = []
        self.failure: BaseException | None = None
        self.ran = False
        self.trouble = ""
        self._work = work
        self._items: list[pytest.Item] = []
        self._case: Case | None = None
        self._spec: CheckSpec | None = None
        self._began = 0.0

    # -- what callers use --------------------------------------------------------------------------

    def judge(
        self, process: StudentProcess, seed: int, broken: str = "", told: OnCheck | None = None
    ) -> Case:
        """Run every check against a process that has run its cells.

        Args:
            process: the student's.
            seed: of the inputs.
            broken: the error that ended an answer cell, if one did.
            told: called after each check with the results so far.

        Raises:
            GraderFault: the sandbox failed us; no verdict may be given.
        """
        case = self._case = Case(process, seed, broken=broken)
        self.failure = None  # of an earlier submission's
        try:
            with remarks.collecting(case.advice):
                for item, following in zip(self._items, [*self._items[1:], None], strict=True):
                    item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                    if self.failure is not None:
                        failure, self.failure = (
                            self.failure,
                            None,
                        )  # the next submission's checks are another matter
                        raise failure
                    if told is not None:
                        told(case.results)
        finally:
            self._case = None
        return case

    def curves(self, process: StudentProcess) -> tuple[Curve, ...]:
        """What the lab draws of a submission, by the function `curves(student)` of its checks,
        where it has one.
        """
        return self._ask("curves", process)

    def evidence(self, process: StudentProcess) -> tuple[str, ...]:
        """Sentences about what a submission does on the smallest inputs, by the checks'
        `evidence(student)`, where there is one.
        """
        return self._ask("evidence", process)

    def _ask(self, name: str, process: StudentProcess) -> tuple[Any, ...]:
        function = getattr(self._items[0].module, name, None) if self._items else None  # type: ignore[attr-defined]
        if function is None:
            return ()
        try:
            return tuple(function(Student(process)))
        except GraderFault:
            raise
        except Exception:
            return ()  # there is nothing to show

    def refused(self, verdict: Verdict, message: str) -> list[CheckResult]:
        """The same verdict for every check, where there is nothing to check."""
        return [_result(spec, verdict, message, 0.0) for spec in self.specs]

    # -- hooks of pytest ---------------------------------------------------------------------------

    def pytest_configure(self, config: pytest.Config) -> None:
        """Declare the marks."""
        config.addinivalue_line("markers", "points(worth, bonus=False): what a check earns")
        config.addinivalue_line("markers", "gate: failing it takes every point")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Remember why collecting failed."""
        if report.failed:
            self.trouble = str(report.longrepr)[-2000:]

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Read what each check says of itself."""
        self._items = items
        self.specs = [_spec(item, self.lab) for item in items]
        _add_up(self.specs, self.lab)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Hand over to our own loop."""
        if session.testsfailed:
            return True
        self.ran = True
        try:
            self._work(self)
        except BaseException as error:
            self.failure = error
        return True

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Note time and check, and seed what draws without a generator: gradgradcheck does."""
        self._spec = self.specs[self._items.index(item)]
        if self._case is not None:
            torch.default_generator.manual_seed(
                self._case.seed
            )  # torch.manual_seed notes a traceback for each absent device
        self._began = time.monotonic()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> pytest.TestReport:
        """Turn how a check ended into its verdict. pytest's own report would render a traceback
        that nobody reads.
        """
        if (
            (call.when == "call" or call.excinfo)
            and self._case is not None
            and self._spec is not None
        ):
            try:
                error = call.excinfo.value if call.excinfo else None
                verdict, message, detail = _verdict(error, self._spec)
                if (
                    verdict == Verdict.MISSING
                    and self._case.broken
                    and getattr(error, "kind", "") == "missing"
                ):
                    verdict, message = (
                        Verdict.STUDENT_ERROR,
                        f"the answer cell ended with an error: {self._case.broken}",
                    )
                self._case.results.append(
                    _result(self._spec, verdict, message, time.monotonic() - self._began, detail)
                )
            except GraderFault as fault:
                self.failure = fault
        return pytest.TestReport(
            item.nodeid,
            item.location,
            {},
            "failed" if call.excinfo else "passed",
            None,
            call.when,  # type: ignore[arg-type]
        )

    @pytest.fixture
    def student(self) -> Student:
        """The student's notebook."""
        assert self._case is not None
        self._case.process.check_quiet()
        return Student(self._case.process)

    @pytest.fixture
    def draw(self) -> Draw:
        """Inputs of the check's own."""
        assert self._case is not None and self._spec is not None
        return Draw(self._case.seed, f"{self.lab.name}/{self._spec.name}")


def _spec(item: pytest.Item, lab: Lab) -> CheckSpec:
    name = item.name.removeprefix("test_")
    mark, gate = item.get_closest_marker("points"), item.get_closest_marker("gate") is not None
    docstring = (getattr(getattr(item, "function", None), "__doc__", None) or "").strip()
    if not docstring:
        raise pytest.UsageError(f"the check `{name}` has no docstring: it is what students read")
    families = [
        family for family in lab.families if name == family or name.startswith(f"{family}_")
    ]
    if gate and mark is None:
        return CheckSpec(name, name, docstring.splitlines()[0], 0.0, gate=True)
    if mark is None or not families:
        raise pytest.UsageError(
            f"the check `{name}` needs `@points(...)` and a name that starts with "
            f"a test cell's: {', '.join(lab.families)}"
        )
    family = max(families, key=len)
    return CheckSpec(
        name,
        family,
        docstring.splitlines()[0],
        float(mark.args[0]),
        bool(mark.kwargs.get("bonus", False)),
        gate,
    )


def _add_up(specs: Sequence[CheckSpec], lab: Lab) -> None:
    """The checks of each family are worth what its cell is: else a score would say what no
    gradebook can hold.
    """
    for family, cell in lab.families.items():
        for worth, bonus in ((cell.points, False), (cell.bonus, True)):
            found = sum(
                spec.points for spec in specs if spec.family == family and spec.bonus == bonus
            )
            if abs(found - worth) > 1e-6:
                kind = "extra credit" if bonus else "points"
                raise pytest.UsageError(
                    f"the checks of `{family}` are worth {found:g} {kind}, its "
                    f"cell in the notebook {worth:g}"
                )


def _result(
    spec: CheckSpec, verdict: Verdict, message: str, seconds: float, detail: str = ""
) -> CheckResult:
    skipped = verdict == Verdict.SKIPPED
    return CheckResult(
        name=spec.name,
        title=spec.title,
        verdict=verdict,
        points=spec.points if verdict == Verdict.PASSED else 0.0,
        max_points=0.0 if skipped else spec.points,
        message=message,
        detail=detail,
        seconds=round(seconds, 6),
        family=spec.family,
        bonus=spec.bonus,
        gate=spec.gate,
    )


def _verdict(error: BaseException | None, spec: CheckSpec) -> tuple[Verdict, str, str]:
    """The verdict, the student's message, and the detail with values, for how a check ended.

    Raises:
        GraderFault: the fault is ours.
    """
    if error is None:
        return Verdict.PASSED, "", ""
    if isinstance(error, pytest.skip.Exception):
        return Verdict.SKIPPED, str(error.msg), ""
    if isinstance(error, StudentStopped):
        return error.verdict, error.message, ""
    if isinstance(error, StudentError):
        return *student_error(error), ""
    if isinstance(error, Mismatch):
        return Verdict.WRONG, error.hint, error.detail
    if isinstance(error, AssertionError):
        said, _, introspection = str(error).partition("\nassert ")
        return (
            Verdict.WRONG,
            said.strip() or "what came back is not what was expected",
            introspection,
        )
    if isinstance(error, ZygoteGone):
        raise error  # the judge starts another zygote and tries again
    if isinstance(error, GraderFault) or _is_ours(error):
        raise GraderFault(
            f"the check `{spec.name}` failed: {type(error).__name__}: {error}"
        ) from error
    return (
        Verdict.WRONG,
        f"what came back could not be used: {type(error).__name__}",
        str(error)[:300],
    )


def student_error(error: StudentError) -> tuple[Verdict, str]:
    """The verdict and message for an error of the student's code."""
    where = f" in the line `{error.source}`" if error.source else ""
    if error.kind == "missing":
        return Verdict.MISSING, f"{error.text}: the notebook ended without it"
    if error.kind == "unwritten":
        return (
            Verdict.MISSING,
            f"not written yet, or the stub's line is still there: "
            f"{error.text or 'NotImplementedError'}{where}",
        )
    if error.kind == "memory":
        return Verdict.MEMORY_LIMIT, f"more memory was asked for than is allowed{where}"
    if error.type_name == "WireError":
        return Verdict.STUDENT_ERROR, f"your result cannot be looked at: {error.text}"
    return Verdict.STUDENT_ERROR, f"your code raised {error}{where}"


def _is_ours(error: BaseException) -> bool:
    """Whether an error arose in the grader itself, not from using what a student returned."""
    if isinstance(error, (MemoryError, OSError, KeyboardInterrupt, SystemExit)):
        return True
    trace = error.__traceback__
    module = ""
    while trace is not None:
        module = str(trace.tb_frame.f_globals.get("__name__", ""))
        trace = trace.tb_next
    return module.startswith("autograder.") and not module.startswith(
        ("autograder.checks", "autograder.checking.compare")
    )
