"""`results.json` as Gradescope reads it: what a student may see of a judgement.

The format is that of https://gradescope-autograders.readthedocs.io/en/latest/specs/.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from autograder.course.labs import Lab
from autograder.model import (
    Judgement,
    Level,
    Progress,
    Status,
    StudentCheck,
    StudentView,
    Verdict,
)
from autograder.text import plain

_UNFINISHED = (
    "Grading began and did not finish. This is no verdict on your work; tell your instructor."
)


def unfinished(lab: Lab) -> dict[str, Any]:
    """What stands in `results.json` until the verdict is there: zeros, and that they are none."""
    tests = [
        {
            "name": family,
            "score": 0.0,
            "max_score": cell.points,
            "status": "failed",
            "output": _UNFINISHED,
            "visibility": "visible",
        }
        for family, cell in lab.families.items()
    ]
    return {
        "score": 0.0,
        "output": _UNFINISHED,
        "output_format": "text",
        "visibility": "visible",
        "tests": tests,
    }


def so_far(lab: Lab, progress: Progress) -> dict[str, Any]:
    """What stands there after each check: its results as their student may see them, zeros for
    those to come, and no total before every gate has been passed.
    """
    judged = Judgement(
        progress.student,
        lab.name,
        Status.GRADED,
        max_score=lab.max_score,
        checks=progress.results,
    ).scored()
    gates_to_come = any(spec.gate for spec in progress.to_come)
    to_come = [
        _refused(spec.title, 0.0 if spec.bonus else spec.points, _UNFINISHED)
        for spec in progress.to_come
    ]
    tests = [*_tests(lab, judged.for_student(lab.feedback)), *to_come]
    score = 0.0 if gates_to_come else round(judged.score + judged.bonus, 6)
    return unfinished(lab) | {"score": score, "tests": tests}


def results(lab: Lab, judgement: Judgement, seconds: float) -> dict[str, Any]:
    """The content of `results.json`, for the student as the lab's feedback level allows.

    Everything is visible, so the total is. `extra_data` is the instructor's.
    """
    shown = judgement.for_student(lab.feedback)
    lines = ["GRADED WITHOUT A SANDBOX"] if shown.level == Level.NONE else []
    lines += [shown.reason] if shown.reason else []
    lines += [mistake.hint for mistake in shown.mistakes] + [*shown.advice, *shown.notes]
    tests = _tests(lab, shown)
    if not tests:
        tests = [
            _refused(family, cell.points, shown.reason or "")
            for family, cell in lab.families.items()
            if cell.points
        ]
    return {
        "score": round(shown.score + shown.bonus, 6),
        "execution_time": max(1, round(seconds)),
        "output": plain(
            "\n\n".join(lines) or f"{lab.title}: {shown.score:g} of {shown.max_score:g} points."
        ),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {
            "lab": lab.name,
            "seed": judgement.seed,
            "sandbox": str(judgement.level),
            "status": str(judgement.status),
        },
        "tests": tests,
    }


def _tests(lab: Lab, view: StudentView) -> list[dict[str, Any]]:
    """Each check as Gradescope's test case, numbered by its grade cell and its place there."""
    families = list(lab.families)
    counts: Counter[str] = Counter()
    tests = []
    for check in view.checks:
        counts[check.family] += 1
        known = check.family in families
        family = families.index(check.family) + 1 if known else len(families) + 1
        tests.append(_test(check, f"{family}.{counts[check.family]}"))
    return tests


def _test(check: StudentCheck, number: str) -> dict[str, Any]:
    why = ". ".join(said.rstrip(".") for said in (check.message, check.detail) if said)
    test = {
        "name": plain(check.title),
        "number": number,
        "score": check.points,
        # Extra credit lies outside of the lab's total.
        "max_score": 0.0 if check.bonus else check.max_points,
        "output": plain(f"{check.verdict}: {why}" if why else str(check.verdict)),
        "output_format": "text",
        "tags": [check.family],
        "visibility": "visible",
        "extra_data": {"name": check.name, "verdict": str(check.verdict)},
    }
    if check.verdict == Verdict.SKIPPED:
        return test
    return test | {"status": "passed" if check.verdict == Verdict.PASSED else "failed"}


def _refused(family: str, points: float, why: str) -> dict[str, Any]:
    about = {
        "name": family,
        "score": 0.0,
        "max_score": points,
        "status": "failed",
        "output": plain(why),
    }
    return about | {"output_format": "text", "visibility": "visible"}
