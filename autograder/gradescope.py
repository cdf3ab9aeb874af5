"""Gradescope: the `autograder.zip` that it takes, and the program that grades inside its container.

Formats are those of https://gradescope-autograders.readthedocs.io/en/latest/specs/. The container gives the grader 768 MB, so
a submission gets less memory here than elsewhere.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import autograder
from autograder.course import labs as course
from autograder.course import lock, notebook, package
from autograder.course.labs import Lab
from autograder.course.notebook import Found
from autograder.errors import AutograderError, BadSubmission, SandboxUnavailable
from autograder.model import CheckResult, CheckSpec, Judgement, Status, Verdict
from autograder.record.journal import atomic
from autograder.record.results import plain

MEMORY = 192 << 20  # the grader itself takes about 500 MB of the 768
ROOT = "AUTOGRADER_ROOT"  # where Gradescope's folders lie, if not in /autograder
_NEEDS = ("numpy", "matplotlib", "ipython", "msgpack", "msgspec", "platformdirs", "jupytext", "nbformat", "pytest")
_UNFINISHED = "Grading began and did not finish. This is no verdict on your work; tell your instructor."

SETUP = """#!/usr/bin/env bash
# Runs once, as root, when Gradescope builds the container. Gradescope's own files lie in /autograder.
set -euo pipefail
root="${{AUTOGRADER_ROOT:-/autograder}}"

find_python() {{
    for name in python3.14 python3.13 python3.12 python3.11 python3; do
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
pip() {{
    "$root/venv/bin/python" -m pip install --no-cache-dir --disable-pip-version-check "$@"
}}
pip --requirement "$root/source/requirements/grade.txt"
pip {options}--requirement "$root/source/requirements/torch.txt"
chmod -R o= "$root/source"

# What every run would have to find out again. A container that cannot do it while it is built does it then.
cd "$root/source" && XDG_CACHE_HOME="$root/cache" "$root/venv/bin/python" -m autograder.gradescope warm || true
"""

RUN = """#!/usr/bin/env bash
# Runs for every submission; writes results/results.json.
root="${AUTOGRADER_ROOT:-/autograder}"
cd "$root/source" && XDG_CACHE_HOME="$root/cache" exec "$root/venv/bin/python" -m autograder.gradescope
"""


# -- making the zip ----------------------------------------------------------------------------------------------------


def build(root: Path, lab: Lab, target: Path, *, index: str = "", trusted: bool = False) -> Path:
    """Make a lab's `autograder.zip`, to be uploaded under Configure Autograder. It holds the hidden checks: never hand it out.

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
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="autograder-gradescope-") as place:
        folder = Path(place)
        (folder / "setup.sh").write_text(SETUP.format(options=f"--index-url '{index}' " if index else ""))
        (folder / "run_autograder").write_text(RUN)
        for name in ("setup.sh", "run_autograder"):
            (folder / name).chmod(0o755)
        _copy_package(folder / "autograder", lab)
        _write_requirements(root, folder / lock.FOLDER)
        (folder / "labs" / lab.name).mkdir(parents=True)
        shutil.copy(lab.notebook, folder / "labs" / lab.name)
        if lab.solutions.is_dir():
            shutil.copytree(lab.solutions, folder / "solutions" / lab.name, ignore=shutil.ignore_patterns("__pycache__", "alternatives"))
        (folder / "gradescope.json").write_text(json.dumps({"lab": lab.name, "trusted": trusted}) + "\n")
        return package.pack(folder, target)


def _write_requirements(root: Path, target: Path) -> None:
    """The part of the lock that the container needs, and torch's own file."""
    pins = lock.needed(lock.pins(root, lock.GRADE), {*_NEEDS, lock.BESIDE_TORCH})
    target.mkdir()
    (target / lock.GRADE).write_text("".join(f"{pin.line}{pin.hashes}\n" for pin in pins))
    shutil.copy(root / lock.FOLDER / lock.TORCH, target)


def _copy_package(target: Path, lab: Lab) -> None:
    """This package, with the checks of one lab."""
    here = Path(autograder.__file__).parent

    def unwanted(folder: str, names: list[str]) -> list[str]:
        others = [n for n in names if n not in ("__init__.py", lab.checks.name)] if Path(folder).name == "checks" else []
        return [*others, *(n for n in names if n in ("__pycache__", "pages"))]

    shutil.copytree(here, target, ignore=unwanted)
    shutil.copy(lab.checks, target / "checks")


# -- in the container --------------------------------------------------------------------------------------------------


def warm(place: Path) -> None:
    """Run the lab's catalogued mistakes once, so that no student waits for them."""
    from autograder.judge import catalogue, judge, pool
    from autograder.judge.keeper import Keeper

    lab = _lab(place, json.loads((place / "source" / "gradescope.json").read_bytes()))
    with Keeper(1, (), [place / "source"]) as keeper:
        pool.warm_up()
        judge.confirmed(keeper)
        catalogue.catalogue(lab, keeper, 1)


def _lab(place: Path, settings: dict[str, Any]) -> Lab:
    lab = course.load(place / "source", settings["lab"])
    return replace(lab, limits=replace(lab.limits, memory=min(MEMORY, lab.limits.memory)))


def main(place: Path) -> int:
    """Grade the submission in Gradescope's folders. Returns the exit status: 1 where it was not graded through our fault."""
    target = place / "results" / "results.json"
    try:
        settings = json.loads((place / "source" / "gradescope.json").read_bytes())
        lab = _lab(place, settings)
        atomic(target, json.dumps(unfinished(lab)))
        began = time.monotonic()
        judgement, seed, level = _judge(place, lab, bool(settings["trusted"]), lambda content: atomic(target, json.dumps(content)))
        if judgement.status == Status.NOT_GRADED:
            raise SandboxUnavailable(judgement.reason or "no reason given")
        atomic(target, json.dumps(results(lab, judgement, seed, level, time.monotonic() - began), indent=1))
    except (AutograderError, OSError, ValueError, KeyError) as error:
        target.unlink(missing_ok=True)  # Gradescope then says that the autograder failed, which no student reads as a zero
        print(f"NOT GRADED through a fault of the grader: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    print(f"{lab.name}: {judgement.status}, seed {seed}, sandbox {level}")
    return 0


def _judge(place: Path, lab: Lab, trusted: bool, write: Callable[[dict[str, Any]], None]) -> tuple[Judgement, int, str]:
    from autograder.judge import bench, catalogue, judge, pool
    from autograder.judge.keeper import Keeper

    seed = secrets.randbelow(1 << 31)
    found = submission(place / "submission", lab)
    with Keeper(1, (), [place / "source"]) as keeper:
        pool.warm_up()
        sandbox = judge.confirmed(keeper)
        if sandbox.level == "none" and not trusted:
            missing = "; ".join(f"{layer}: {why}" for layer, why in sandbox.missing.items())
            raise SandboxUnavailable(f"student code cannot be confined in this container ({missing})")
        known = catalogue.catalogue(lab, keeper, 1)
        judged: list[Judgement] = []

        def work(laid: bench.Bench) -> None:
            one = judge.Judge(keeper, 0, seed, known, lambda done: write(so_far(lab, laid.specs, done)))
            judged.append(one.judge(laid, found))

        bench.run(lab, work)
    return judged[0], seed, sandbox.level


def submission(folder: Path, lab: Lab) -> Found:
    """The notebook that was uploaded, or why there is none."""
    names = sorted(path.name for path in folder.glob("*.ipynb") if not path.name.startswith("."))
    expected = lab.notebook.name
    if expected not in names and len(names) != 1:
        what = f"several other notebooks: {', '.join(names)[:200]}" if names else "no notebook"
        return Found("submission", reason=f"`{expected}` is missing; found {what}. Upload the one file `{expected}`")
    name = expected if expected in names else names[0]
    notes = () if name == expected else (f"the notebook is called `{name:.80}` instead of `{expected}`",)
    try:
        return Found("submission", notebook.fetch_file(folder / name), None, notes)
    except BadSubmission as error:
        return Found("submission", reason=str(error))


def unfinished(lab: Lab) -> dict[str, Any]:
    """What stands in `results.json` until the verdict is there: zeros, and that they are none."""
    tests = [
        {"name": family, "score": 0.0, "max_score": cell.points, "status": "failed", "output": _UNFINISHED, "visibility": "visible"}
        for family, cell in lab.families.items()
    ]
    return {"score": 0.0, "output": _UNFINISHED, "output_format": "text", "visibility": "visible", "tests": tests}


def so_far(lab: Lab, specs: Sequence[CheckSpec], done: Sequence[CheckResult]) -> dict[str, Any]:
    """What stands there after each check: its results, zeros for those to come, and no total before every gate has been passed."""
    judged = Judgement("submission", lab.name, Status.GRADED, max_score=lab.max_score, checks=tuple(done)).scored()
    score = 0.0 if any(spec.gate for spec in specs[len(done) :]) else round(judged.score + judged.bonus, 6)
    numbers = list(lab.families)
    to_come = [_refused(spec.title, 0.0 if spec.bonus else spec.points, _UNFINISHED) for spec in specs[len(done) :]]
    tests = [*(_test(check, numbers, judged.checks) for check in judged.checks), *to_come]
    return unfinished(lab) | {"score": score, "tests": tests}


def results(lab: Lab, judgement: Judgement, seed: int, level: str, seconds: float) -> dict[str, Any]:
    """The content of `results.json`, for the student as the lab's feedback level allows. Everything is visible, so the total is."""
    shown = judgement.shown(lab.feedback)
    lines = ["GRADED WITHOUT A SANDBOX"] if level == "none" else []
    lines += [shown.reason] if shown.reason else []
    lines += [mistake.hint for mistake in shown.mistakes] + [*shown.advice, *shown.notes]
    numbers = list(lab.families)
    tests = [_test(check, numbers, shown.checks) for check in shown.checks]
    if not tests:
        tests = [_refused(family, cell.points, shown.reason or "") for family, cell in lab.families.items() if cell.points]
    return {
        "score": round(shown.score + shown.bonus, 6),
        "execution_time": max(1, round(seconds)),
        "output": plain("\n\n".join(lines) or f"{lab.title}: {shown.score:g} of {shown.max_score:g} points."),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {"lab": lab.name, "seed": seed, "sandbox": level, "status": str(judgement.status)},
        "tests": tests,
    }


def _test(check: CheckResult, families: Sequence[str], all_checks: Sequence[CheckResult]) -> dict[str, Any]:
    family = families.index(check.family) + 1 if check.family in families else len(families) + 1
    place = [other.name for other in all_checks if other.family == check.family].index(check.name) + 1
    why = ". ".join(text.rstrip(".") for text in (check.message, check.detail) if text)
    test = {
        "name": plain(check.title),
        "number": f"{family}.{place}",
        "score": check.points,
        "max_score": 0.0 if check.bonus else check.max_points,  # extra credit lies outside of the lab's total
        "output": plain(f"{check.verdict}: {why}" if why else str(check.verdict)),
        "output_format": "text",
        "tags": [check.family],
        "visibility": "visible",
        "extra_data": {"name": check.name, "verdict": str(check.verdict)},
    }
    return test if check.verdict == Verdict.SKIPPED else test | {"status": "passed" if check.verdict == Verdict.PASSED else "failed"}


def _refused(family: str, points: float, why: str) -> dict[str, Any]:
    about = {"name": family, "score": 0.0, "max_score": points, "status": "failed", "output": plain(why)}
    return about | {"output_format": "text", "visibility": "visible"}


if __name__ == "__main__":
    here = Path(os.environ.get(ROOT, "/autograder"))
    if sys.argv[1:] == ["warm"]:
        warm(here)
    else:
        sys.exit(main(here))
