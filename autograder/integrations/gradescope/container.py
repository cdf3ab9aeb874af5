"""Gradescope: the `autograder.zip` that it takes, and the program that grades inside its container.

Formats are those of https://gradescope-autograders.readthedocs.io/en/latest/specs/. The container
gives the grader 768 MB, so a submission gets less memory here than elsewhere.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

import autograder
from autograder import files
from autograder.course import handout, submissions
from autograder.course import labs as course
from autograder.course.labs import Lab
from autograder.course.submissions import Submission
from autograder.errors import AutograderError, BadSubmission, SandboxUnavailable, UsageError
from autograder.judge import inputs
from autograder.judge.grader import Grader
from autograder.layout import CourseLayout
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

MEMORY = 192 << 20  # the grader itself takes about 500 MB of the 768
SETTINGS = "gradescope.json"
ROOT = "AUTOGRADER_ROOT"  # where Gradescope's folders lie, if not in /autograder
_NEEDS = ("torch", "numpy", "matplotlib", "ipython", "msgpack", "jupytext", "nbformat", "pytest")
_UNFINISHED = (
    "Grading began and did not finish. This is no verdict on your work; tell your instructor."
)

SETUP = """#!/usr/bin/env bash
# Runs once, as root, when Gradescope builds the container. Gradescope's own files lie in /autograder.
set -euo pipefail
root="${{AUTOGRADER_ROOT:-/autograder}}"

find_python() {{
    for name in python3.13 python3.12 python3.11 python3; do
        if command -v "$name" > /dev/null && "$name" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then
            command -v "$name"
            return
        fi
    done
}}

python="$(find_python)"
if [ -z "$python" ]; then
    apt-get update
    apt-get install --yes --no-install-recommends python3.11 python3.11-venv
    python="$(find_python)"
fi
if [ ! -x "$root/venv/bin/python" ]; then
    "$python" -m venv "$root/venv"
fi
"$root/venv/bin/python" -m pip install --no-cache-dir --disable-pip-version-check {options}\\
    --constraint "$root/source/requirements.lock" {packages}
chmod -R o= "$root/source"

# What every run would have to find out again. A container that cannot do it while it is built does it then.
cd "$root/source" && XDG_CACHE_HOME="$root/cache" "$root/venv/bin/python" -m autograder.integrations.gradescope.container warm || true
"""

RUN = """#!/usr/bin/env bash
# Runs for every submission; writes results/results.json.
root="${AUTOGRADER_ROOT:-/autograder}"
cd "$root/source" && XDG_CACHE_HOME="$root/cache" exec "$root/venv/bin/python" -m autograder.integrations.gradescope.container
"""


# -- making the zip --------------------------------------------------------------------------------


def build(root: Path, lab: Lab, target: Path, *, index: str = "", trusted: bool = False) -> Path:
    """Make a lab's `autograder.zip`, to be uploaded under Configure Autograder.

    It holds the hidden checks: never hand it out.

    Args:
        root: the course.
        lab: Gradescope has one autograder an assignment.
        target: the zip, written anew.
        index: a package index with PyTorch's CPU wheels, which save two gigabytes of the image.
        trusted: grade also where student code cannot be confined; every result says so.

    Raises:
        UsageError: a file that belongs into it is missing.
    """
    lab.require_checks()
    lock = root / "requirements.lock"
    if not lock.is_file():
        raise UsageError(f"`{lock}` does not exist: it says which versions the container gets")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="autograder-gradescope-") as place:
        folder = Path(place)
        (folder / "setup.sh").write_text(
            SETUP.format(
                options=f"--extra-index-url '{index}' " if index else "", packages=" ".join(_NEEDS)
            )
        )
        (folder / "run_autograder").write_text(RUN)
        for name in ("setup.sh", "run_autograder"):
            (folder / name).chmod(0o755)
        _copy_package(folder / "autograder", lab)
        shutil.copy(lock, folder)
        (folder / "labs" / lab.name).mkdir(parents=True)
        shutil.copy(lab.notebook, folder / "labs" / lab.name)
        files.write(CourseLayout(folder).secret, inputs.course_secret(root).decode() + "\n")
        if lab.solutions.is_dir():
            shutil.copytree(
                lab.solutions,
                folder / "solutions" / lab.name,
                ignore=shutil.ignore_patterns("__pycache__", "alternatives"),
            )
        (folder / SETTINGS).write_text(
            msgspec.json.encode(Settings(lab.name, trusted)).decode() + "\n"
        )
        return handout.pack(folder, target)


def _copy_package(target: Path, lab: Lab) -> None:
    """This package, with the checks of one lab."""
    here = Path(autograder.__file__).parent

    def unwanted(folder: str, names: list[str]) -> list[str]:
        others = (
            [n for n in names if n not in ("__init__.py", lab.checks.name)]
            if Path(folder).name == "checks"
            else []
        )
        return [*others, *(n for n in names if n in ("__pycache__", "pages"))]

    shutil.copytree(here, target, ignore=unwanted)
    shutil.copy(lab.checks, target / "checks")


# -- in the container ------------------------------------------------------------------------------


def warm(place: Path) -> None:
    """Run the lab's catalogued mistakes once, so that no student waits for them."""
    settings = _settings(place)
    with Grader(place / "source", jobs=1, trusted=settings.trusted) as grader:
        grader.catalogue(_lab(place, settings))


class Settings(msgspec.Struct, frozen=True):
    """What the zip says of itself: its lab, and whether to go on without a sandbox."""

    lab: str
    trusted: bool


def _settings(place: Path) -> Settings:
    return msgspec.json.decode((place / "source" / SETTINGS).read_bytes(), type=Settings)


def _lab(place: Path, settings: Settings) -> Lab:
    lab = course.load(place / "source", settings.lab)
    return replace(lab, limits=replace(lab.limits, memory=min(MEMORY, lab.limits.memory)))


def main(place: Path) -> int:
    """Grade the submission in Gradescope's folders.

    Returns the exit status: 1 where it was not graded through our fault.
    """
    target = place / "results" / "results.json"

    def write(content: dict[str, Any]) -> None:
        files.write(target, json.dumps(content, indent=1), mode=0o644)

    try:
        settings = _settings(place)
        lab = _lab(place, settings)
        write(unfinished(lab))
        began = time.monotonic()
        found = submission(place / "submission", lab)
        with Grader(place / "source", jobs=1, trusted=settings.trusted) as grader:
            (judgement,) = grader.judge(
                lab, [found], on_check=lambda progress: write(so_far(lab, progress))
            )
        if judgement.status == Status.NOT_GRADED:
            raise SandboxUnavailable(judgement.reason or "no reason given")
        write(results(lab, judgement, time.monotonic() - began))
    except (AutograderError, OSError, ValueError) as error:
        # Gradescope then says that the autograder failed, which no student reads as a zero.
        target.unlink(missing_ok=True)
        why = f"{type(error).__name__}: {error}"
        print(f"NOT GRADED through a fault of the grader: {why}", file=sys.stderr)
        return 1
    print(f"{lab.name}: {judgement.status}, seed {judgement.seed}, sandbox {judgement.level}")
    return 0


def submission(folder: Path, lab: Lab) -> Submission:
    """The notebook that was uploaded, or why there is none."""
    names = sorted(path.name for path in folder.glob("*.ipynb") if not path.name.startswith("."))
    expected = lab.notebook.name
    if expected not in names and len(names) != 1:
        what = f"several other notebooks: {', '.join(names)[:200]}" if names else "no notebook"
        return Submission(
            "submission",
            reason=f"`{expected}` is missing; found {what}. Upload the one file `{expected}`",
        )
    name = expected if expected in names else names[0]
    notes = (
        ()
        if name == expected
        else (f"the notebook is called `{name:.80}` instead of `{expected}`",)
    )
    try:
        return Submission("submission", submissions.fetch_file(folder / name), None, notes)
    except BadSubmission as error:
        return Submission("submission", reason=str(error))


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


if __name__ == "__main__":
    here = Path(os.environ.get(ROOT, "/autograder"))
    if sys.argv[1:] == ["warm"]:
        warm(here)
    else:
        sys.exit(main(here))
