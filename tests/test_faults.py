"""Faults of ours: nothing judged is lost, no student gets a zero for them, and nothing is left
behind.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from answers import RIGHT

from autograder.course import answers as solutions
from autograder.course.answers import Answer
from autograder.course.labs import Lab
from autograder.course.submissions import Submission
from autograder.judge.grader import Grader
from autograder.model import Status

pytestmark = pytest.mark.slow  # graders that are killed

LAB = "lab03_custom_relu"


def hand_in(lab: Lab, folder: Path, **answers: str) -> None:
    """Lay submissions as nbgrader does."""
    for student, text in answers.items():
        place = folder / student / LAB
        place.mkdir(parents=True)
        (place / f"{LAB}.ipynb").write_bytes(solutions.filled(lab, Answer(student, {"relu": text})))


def command(submitted: Path, out: Path, *options: str) -> list[str]:
    return [
        sys.executable,
        "-m",
        "autograder",
        "grade",
        "--submitted",
        str(submitted),
        "--out",
        str(out),
        "--no-feedback",
        *options,
    ]


def results(out: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((out / LAB / "results.json").read_text())
    return loaded


def below(pid: int) -> Iterator[int]:
    """The processes that descend from `pid`."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, ValueError):
                continue
            if parent == pid:
                yield int(entry.name)
                yield from below(int(entry.name))


def test_a_dead_zygote_costs_no_student_anything(relu_lab: Lab, root: Path) -> None:
    """With the zygote killed between submissions, each still gets its verdict."""
    found = [
        Submission(f"s{n}", solutions.filled(relu_lab, Answer("a", {"relu": RIGHT})))
        for n in range(6)
    ]
    with Grader(root, jobs=1) as grader:
        judged = []
        for judgement in grader.judge(relu_lab, found, 1, diagnose=False):
            judged.append(judgement)
            if len(judged) == 2:
                os.kill(grader.zygote.pid, signal.SIGKILL)

    assert {Status.GRADED} == {j.status for j in judged}
    assert [j.score for j in judged] == [20.0] * 6


def test_a_killed_grader_goes_on_where_it_stopped(
    relu_lab: Lab, root: Path, tmp_path: Path
) -> None:
    """kill -9 leaves no process behind and loses no verdict; the next run judges only what is left,
    with the same seed.
    """
    hand_in(
        relu_lab,
        tmp_path / "in",
        **{f"s{n}": RIGHT for n in range(4)},
        zloop=RIGHT + "while True:\n    pass\n",
    )
    journal = tmp_path / "out" / LAB / "journal.jsonl"
    run = subprocess.Popen(
        command(tmp_path / "in", tmp_path / "out", "--jobs", "1"),
        cwd=root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and (
        not journal.is_file() or journal.read_text().count("\n") < 5
    ):
        time.sleep(0.05)
    children = list(below(run.pid))
    run.kill()
    run.wait()
    before = journal.read_text()
    while time.monotonic() < deadline and any(Path(f"/proc/{pid}").exists() for pid in children):
        time.sleep(0.05)

    assert len(children) >= 2
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]
    assert before.count("\n") == 5
    (tmp_path / "in" / "zloop" / LAB / f"{LAB}.ipynb").write_bytes(
        solutions.filled(relu_lab, Answer("a", {"relu": RIGHT}))
    )
    again = subprocess.run(
        command(tmp_path / "in", tmp_path / "out"),
        cwd=root,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert again.returncode == 0, again.stderr
    assert [s["score"] for s in results(tmp_path / "out")["submissions"]] == [20.0] * 5
    kept = {line for line in before.splitlines() if '"key"' in line}
    assert kept <= set(journal.read_text().splitlines())


def test_a_locked_gradebook_loses_nothing(relu_lab: Lab, root: Path, tmp_path: Path) -> None:
    """While the gradebook is locked the run ends with 1 and says so; results are there, and the
    next run only writes the gradebook.
    """
    hand_in(relu_lab, tmp_path / "in", ada=RIGHT)
    out = tmp_path / "out"
    out.mkdir()
    lock = sqlite3.connect(out / "gradebook.db")
    try:
        lock.execute("CREATE TABLE held (x)")
        lock.commit()
        lock.execute("BEGIN EXCLUSIVE")
        locked = subprocess.run(
            command(tmp_path / "in", out),
            cwd=root,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert locked.returncode == 1
        assert "the gradebook" in locked.stderr
        assert "locked" in locked.stderr
        first = results(out)
        assert first["submissions"][0]["score"] == 20.0
        lock.execute("ROLLBACK")
        lock.execute("DROP TABLE held")
        lock.commit()
    finally:
        lock.close()

    again = subprocess.run(
        command(tmp_path / "in", out),
        cwd=root,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert again.returncode == 0, again.stderr
    assert first == results(out)


def test_a_folder_that_cannot_be_written_is_named(
    relu_lab: Lab, root: Path, tmp_path: Path
) -> None:
    """Where results cannot be written, the run says which folder and exits with a status that is
    not 0.
    """
    hand_in(relu_lab, tmp_path / "in", ada=RIGHT)
    (tmp_path / "out").write_text("a file in the folder's place")

    run = subprocess.run(
        command(tmp_path / "in", tmp_path / "out"),
        cwd=root,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    assert str(tmp_path / "out") in run.stderr


@pytest.mark.parametrize("masked", [("seccomp",), ("namespaces", "landlock")])
def test_without_a_sandbox_grading_refuses(
    masked: tuple[str, ...], relu_lab: Lab, root: Path, tmp_path: Path
) -> None:
    """At level `none` nothing is graded, unless a flag says that the notebooks are trusted; then
    every output bears the mark.
    """
    hand_in(relu_lab, tmp_path / "in", ada=RIGHT)
    options = [word for layer in masked for word in ("--mask", layer)]

    refused = subprocess.run(
        command(tmp_path / "in", tmp_path / "out", *options),
        cwd=root,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert refused.returncode == 1
    assert masked[0] in refused.stderr
    assert not (tmp_path / "out" / LAB / "results.json").exists()
    trusted = command(tmp_path / "in", tmp_path / "out", *options, "--i-trust-these-notebooks")
    run = subprocess.run(
        [c for c in trusted if c != "--no-feedback"],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "WITHOUT A SANDBOX" in run.stdout
    assert results(tmp_path / "out")["sandbox"] == "none"
    for page in ("report.html", "feedback/ada.html"):
        assert "sandbox" in (tmp_path / "out" / LAB / page).read_text(), page
