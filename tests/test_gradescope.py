"""The zip for Gradescope, run in folders laid out as Gradescope's are."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from answers import RIGHT

from autograder.course import answers as solutions
from autograder.course import labs, lock
from autograder.course.answers import Answer
from autograder.integrations.gradescope import bundle
from autograder.integrations.gradescope import results as shown
from autograder.model import (
    CheckResult,
    CheckSpec,
    Judgement,
    Level,
    Mistake,
    Progress,
    Status,
    Verdict,
)

pytestmark = pytest.mark.slow  # a container's folder, graded in

ROOT = Path(__file__).parent.parent
LAB = labs.load(ROOT, "lab03_custom_relu")
VISIBLE = ("hidden", "after_due_date", "after_published", "visible")
FORMATS = ("text", "html", "simple_format", "md", "ansi")


def valid(results: dict[str, Any]) -> dict[str, Any]:
    """Hold a results.json against Gradescope's specification; it itself."""
    top: dict[str, Any] = {
        "score": (int, float),
        "execution_time": int,
        "output": str,
        "output_format": str,
        "test_output_format": str,
        "test_name_format": str,
        "visibility": str,
        "stdout_visibility": str,
        "extra_data": dict,
        "tests": list,
    }
    test: dict[str, Any] = {
        "score": (int, float),
        "max_score": (int, float),
        "status": str,
        "name": str,
        "name_format": str,
        "number": str,
        "output": str,
        "output_format": str,
        "tags": list,
        "visibility": str,
        "extra_data": dict,
    }
    for found, known in [(results, top), *((one, test) for one in results["tests"])]:
        assert set(found) <= set(known)
        assert all(
            isinstance(value, known[name]) and not isinstance(value, bool)
            for name, value in found.items()
        )
        assert found.get("visibility", "visible") in VISIBLE
        assert found.get("output_format", "text") in FORMATS
        assert found.get("status", "passed") in ("passed", "failed")
    assert all("score" in one and "max_score" in one for one in results["tests"])
    assert results["score"] >= 0
    # A student sees the total only where nothing is hidden.
    assert results["visibility"] == "visible"
    assert all(one["visibility"] == "visible" for one in results["tests"])
    return results


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Gradescope's folders, with the zip unpacked and set up; packages are not installed anew."""
    place = tmp_path_factory.mktemp("gradescope")
    archive = bundle.build(ROOT, LAB, place / "autograder.zip")
    for name in ("source", "submission", "results", "venv/bin"):
        (place / name).mkdir(parents=True)
    with zipfile.ZipFile(archive) as file:
        for entry in file.infolist():
            path = Path(file.extract(entry, place / "source"))
            path.chmod(entry.external_attr >> 16)
    python = place / "venv" / "bin" / "python"
    python.write_text(
        f'#!/bin/sh\ncase "$*" in *"pip install"*) echo "$*" >> '
        f'"{place}/pip.log";; *) exec "{sys.executable}" "$@";; esac\n'
    )
    python.chmod(0o755)
    assert run(place, "setup.sh").returncode == 0
    (place / "run_autograder").write_bytes((place / "source" / "run_autograder").read_bytes())
    (place / "run_autograder").chmod(0o755)
    return place


def run(place: Path, script: str = "run_autograder") -> subprocess.CompletedProcess[str]:
    """Run one of the two scripts, as Gradescope does: by its first line, in its folder."""
    path = place / "source" / script if script == "setup.sh" else place / script
    return subprocess.run(
        [path],
        cwd=place,
        env=surroundings(place),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def start(place: Path) -> subprocess.Popen[bytes]:
    """Run `run_autograder` in a process group of its own, and go on."""
    return subprocess.Popen(
        [place / "run_autograder"],
        cwd=place,
        env=surroundings(place),
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def surroundings(place: Path) -> dict[str, str]:
    return {
        "AUTOGRADER_ROOT": str(place),
        "PATH": "/usr/bin:/bin",
        "HOME": str(place),
        "PYTHONWARNINGS": "ignore",
    }


def submit(place: Path, name: str = f"{LAB.name}.ipynb", text: str | None = None) -> None:
    """Lay one file into Gradescope's folder for the submission."""
    for old in (place / "submission").iterdir():
        old.unlink()
    content = (
        solutions.filled(LAB, Answer("ours", {"relu": RIGHT})) if text is None else text.encode()
    )
    (place / "submission" / name).write_bytes(content)


def test_the_zip_has_one_labs_files_and_no_folder_on_top(place: Path) -> None:
    with zipfile.ZipFile(place / "autograder.zip") as file:
        names = file.namelist()
    assert {"requirements/grade.txt", "requirements/torch.txt"} <= set(names)
    assert {"setup.sh", "run_autograder", f"autograder/checks/{LAB.name}.py"} <= set(names)
    assert not [
        name for name in names if "lab04" in name or "lab01" in name or "__pycache__" in name
    ]
    assert os.access(place / "source" / "run_autograder", os.X_OK)
    assert (place / "source" / "run_autograder").read_text().startswith("#!")


def test_setup_installs_at_the_locked_versions(place: Path) -> None:
    """What the lock needs, with hashes, then torch; nobody else there can read the checks."""
    said = (place / "pip.log").read_text().splitlines()
    assert [line.split()[-2:] for line in said] == [
        ["--requirement", f"{place}/source/requirements/{name}"]
        for name in ("grade.txt", "torch.txt")
    ]
    locked = lock.pins(ROOT, lock.GRADE)
    taken = {pin.name for pin in lock.pins(place / "source", lock.GRADE)}
    assert {pin.line + pin.hashes for pin in lock.pins(place / "source", lock.GRADE)} < {
        pin.line + pin.hashes for pin in locked
    }
    assert {"numpy", "sympy", "mpmath", "typing-extensions", "msgpack", "pytest", "pluggy"} <= taken
    assert not {"nbgrader", "jupyterlab", "notebook"} & taken
    assert (place / "source" / "autograder").stat().st_mode & 0o007 == 0
    assert list((place / "cache" / "autograder" / "mistakes").iterdir())


def test_a_right_answer_earns_everything(place: Path) -> None:
    """Under another name as well; the results name the sandbox that was found."""
    submit(place, "Untitled.ipynb")
    done = run(place)
    assert done.returncode == 0, done.stderr
    results = valid(json.loads((place / "results" / "results.json").read_text()))
    assert results["score"] == LAB.max_score == sum(one["score"] for one in results["tests"])
    assert sum(one["max_score"] for one in results["tests"]) == LAB.max_score
    assert results["extra_data"]["sandbox"] in ("full", "strong", "strong-ns")
    assert "instead of" in results["output"]
    assert done.stdout.startswith(
        f"{LAB.name}: graded, seed {results['extra_data']['seed']}, sandbox "
    )


def test_a_mistake_is_named(place: Path) -> None:
    """Each check says what it saw, and the page which known mistake that is."""
    submit(
        place,
        text=solutions.filled(
            LAB, Answer("wrong", {"relu": RIGHT.replace("(input > 0)", "(input >= 0)")})
        ).decode(),
    )
    assert run(place).returncode == 0
    results = valid(json.loads((place / "results" / "results.json").read_text()))
    assert results["score"] == 17
    assert "At exactly x = 0" in results["output"]
    failed = [one for one in results["tests"] if one.get("status") == "failed"]
    assert {one["tags"][0] for one in failed} == {"zero_edge"}
    assert all(one["output"].startswith("wrong: ") for one in failed)


def test_no_notebook_is_the_students(place: Path) -> None:
    """Without results.json there is no zero; whoever teaches reads why. The course may say 0."""
    submit(place, f"{LAB.name}.ipynb", "not a notebook")
    done = run(place)
    assert done.returncode == 4
    assert "NEEDS YOUR EYE" in done.stderr
    assert "not JSON" in done.stderr
    assert not (place / "results" / "results.json").exists()
    file = place / "source" / "gradescope.json"
    kept = file.read_text()
    file.write_text(json.dumps(json.loads(kept) | {"counts_zero": True}))
    assert run(place).returncode == 0
    file.write_text(kept)
    results = valid(json.loads((place / "results" / "results.json").read_text()))
    assert results["score"] == 0
    assert "not JSON" in results["output"]
    assert sum(one["max_score"] for one in results["tests"]) == LAB.max_score


def test_a_fault_of_ours_leaves_no_results(place: Path) -> None:
    """Without results.json Gradescope says that the autograder failed: no zero."""
    submit(place)
    checks = place / "source" / "autograder" / "checks" / f"{LAB.name}.py"
    text = checks.read_text()
    checks.write_text("raise RuntimeError('broken')\n")
    done = run(place)
    checks.write_text(text)
    assert done.returncode == 1
    assert "NOT GRADED" in done.stderr
    assert not (place / "results" / "results.json").exists()


def test_zeros_stand_there_while_it_runs() -> None:
    """What Gradescope finds if it stops the container."""
    results = valid(shown.unfinished(LAB))
    assert results["score"] == 0
    assert "no verdict" in results["output"]
    assert sum(one["max_score"] for one in results["tests"]) == LAB.max_score


def test_each_check_is_written_as_it_ends() -> None:
    """What Gradescope finds if it stops the container half-way: what is known, zeros for the rest,
    no total before the last gate.
    """
    specs = [
        CheckSpec("forward_a", "forward", "A", 2.0),
        CheckSpec("from_scratch", "from_scratch", "G", 0.0, gate=True),
        CheckSpec("shapes_b", "shapes", "B", 3.0),
        CheckSpec("cuda", "cuda", "C", 2.0, bonus=True),
    ]
    passed = CheckResult("forward_a", "A", Verdict.PASSED, 2.0, 2.0, family="forward")
    gate = CheckResult(
        "from_scratch", "G", Verdict.PASSED, 0.0, 0.0, family="from_scratch", gate=True
    )

    first, second = (
        valid(shown.so_far(LAB, Progress("s", done, tuple(specs[len(done) :]))))
        for done in ((passed,), (passed, gate))
    )
    assert (first["score"], second["score"]) == (0, 2)
    assert [(one["score"], one["max_score"]) for one in second["tests"]] == [
        (2, 2),
        (0, 0),
        (0, 3),
        (0, 0),
    ]
    assert ["no verdict" in one["output"] for one in second["tests"]] == [False, False, True, True]
    failed = replace(gate, verdict=Verdict.WRONG)
    closed = valid(shown.so_far(LAB, Progress("s", (passed, failed), tuple(specs[2:]))))
    assert closed["score"] == closed["tests"][0]["score"] == 0


def test_a_container_that_is_stopped_leaves_what_was_known(place: Path) -> None:
    """SIGKILL while a later check waits for the answer that never comes."""
    slow = RIGHT.replace(
        "(input,) = ctx.saved_tensors",
        "(input,) = ctx.saved_tensors\n        while input.dim() > 2: pass",
    )
    submit(place, text=solutions.filled(LAB, Answer("slow", {"relu": slow})).decode())
    target = place / "results" / "results.json"
    target.unlink(missing_ok=True)
    process = start(place)
    try:
        for _ in range(600):
            known = json.loads(target.read_bytes())["tests"] if target.exists() else []
            if any(one.get("status") == "passed" for one in known):
                break
            time.sleep(0.1)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    results = valid(json.loads(target.read_bytes()))
    assert any(one["status"] == "passed" for one in results["tests"] if "status" in one)
    assert any("no verdict" in one["output"] for one in results["tests"])


def test_results_show_what_the_lab_lets_through() -> None:
    """Details at no level but full; extra credit on top of the total; a check that was skipped is
    neither passed nor failed.
    """
    checks = (
        CheckResult(
            "forward_a",
            "A",
            Verdict.WRONG,
            0.0,
            1.0,
            "off",
            "at [0] got 1, expected 2",
            family="forward",
        ),
        CheckResult("forward_b", "B\x1b[31m", Verdict.PASSED, 2.0, 2.0, family="forward"),
        CheckResult("cuda", "C", Verdict.PASSED, 2.0, 2.0, family="cuda", bonus=True),
        CheckResult("shapes", "D", Verdict.SKIPPED, 0.0, 0.0, "no GPU", family="shapes"),
    )
    mistakes = (Mistake("name", "a hint"),)
    judgement = Judgement(
        "s",
        LAB.name,
        Status.GRADED,
        score=2.0,
        max_score=20.0,
        bonus=2.0,
        checks=checks,
        mistakes=mistakes,
        seed=3,
        level=Level.NONE,
    )
    results = valid(shown.results(LAB, judgement, 1.5))
    assert results["score"] == 4
    assert "WITHOUT A SANDBOX" in results["output"]
    assert "a hint" in results["output"]
    assert "expected 2" not in json.dumps(results)
    assert [one["number"] for one in results["tests"]] == ["1.1", "1.2", "8.1", "5.1"]
    assert [one.get("status") for one in results["tests"]] == ["failed", "passed", "passed", None]
    assert results["tests"][2]["max_score"] == 0
    assert "\x1b" not in results["tests"][1]["name"]
