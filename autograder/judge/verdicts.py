"""How a check ended, as a verdict, and in words for its student."""

from __future__ import annotations

from types import ModuleType

import pytest

from autograder.checking.compare import Mismatch
from autograder.errors import GraderFault, StudentStopped
from autograder.model import CheckResult, CheckSpec, ErrorKind, Verdict
from autograder.supervisor.asking import ZygoteGone
from autograder.supervisor.raised import StudentError

# Modules that, like checks, work with what a student returned, whatever that is.
_USE_RESULTS = ("autograder.checking.compare", "autograder.checking.battery")


def result(
    spec: CheckSpec,
    verdict: Verdict,
    message: str,
    seconds: float,
    detail: str = "",
    line: str = "",
) -> CheckResult:
    """A check's result; `line` is the student's that raised."""
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
        line=line,
    )


def verdict(error: BaseException | None, spec: CheckSpec) -> tuple[Verdict, str, str]:
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
        # pytest appends the values that were compared, or gives them alone: they are hidden inputs.
        said, _, values = f"\n{error}".partition("\nassert ")
        return Verdict.WRONG, said.strip() or "what came back is not what was expected", values
    if isinstance(error, ZygoteGone):
        raise error  # the judge starts another zygote and tries again
    if isinstance(error, GraderFault) or is_grader_fault(error):
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
    if error.kind == ErrorKind.MISSING:
        return Verdict.MISSING, f"{error.text}: the notebook ended without it"
    if error.kind == ErrorKind.UNWRITTEN:
        return (
            Verdict.MISSING,
            f"not written yet, or the stub's line is still there: "
            f"{error.text or 'NotImplementedError'}",
        )
    if error.kind == ErrorKind.MEMORY:
        return Verdict.MEMORY_LIMIT, "more memory was asked for than is allowed"
    if error.type_name == "WireError":
        return Verdict.STUDENT_ERROR, f"your result cannot be looked at: {error.text}"
    return Verdict.STUDENT_ERROR, f"your code raised {error}"


def is_grader_fault(error: BaseException) -> bool:
    """Whether an error arose in the grader itself, not from using what a student returned."""
    if isinstance(
        error, (MemoryError, OSError, KeyboardInterrupt, SystemExit, NameError, ImportError)
    ):
        return True
    if isinstance(error, AttributeError) and isinstance(error.obj, ModuleType):
        return True  # a check that names what there is not
    trace = error.__traceback__
    module = ""
    while trace is not None:
        module = str(trace.tb_frame.f_globals.get("__name__", ""))
        trace = trace.tb_next
    if module.startswith("autograder.checks") or module in _USE_RESULTS:
        return False
    return module.startswith("autograder.")
