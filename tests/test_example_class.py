"""The README's main command on the class that the repository ships."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow  # a whole class

EXPECTED = Path(__file__).parent.parent / "examples" / "class" / "expected.json"


@pytest.fixture(scope="module")
def graded(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The example class, graded once by the command."""
    out = tmp_path_factory.mktemp("graded")
    submitted = root / "examples" / "class" / "submitted"
    return out, grade(root, out, "--submitted", str(submitted))


def grade(root: Path, out: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "autograder", "grade", "--out", str(out), *options]
    return subprocess.run(
        command, cwd=root, capture_output=True, text=True, timeout=300, check=False
    )


def submissions(out: Path) -> dict[str, dict[str, Any]]:
    results = json.loads((out / "lab03_custom_relu" / "results.json").read_text())
    return {submission["student"]: submission for submission in results["submissions"]}


def verdicts(submission: dict[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for check in submission["checks"]:
        if check["name"] != "cuda":  # skipped or not, as the machine has it
            found.setdefault(check["verdict"], []).append(check["name"])
    return found


def test_every_verdict_is_the_expected_one(graded: tuple[Path, Any]) -> None:
    """Status, score and verdicts of each example are those that its expectation names."""
    out, run = graded
    expected = json.loads(EXPECTED.read_text())

    found = submissions(out)

    assert run.returncode == 0, run.stderr
    assert set(expected) == set(found)
    for student, want in expected.items():
        got = found[student]
        assert (want["status"], want["score"]) == (got["status"], got["score"]), student
        assert want["verdicts"] == {
            k: v for k, v in verdicts(got).items() if k not in ("passed", "skipped")
        }, student
        assert want.get("reason") == got["reason"], student


def test_results_have_the_promised_form(graded: tuple[Path, Any]) -> None:
    """results.json follows its schema: the fields, their types, the sums."""
    out, _ = graded
    results = json.loads((out / "lab03_custom_relu" / "results.json").read_text())

    assert (results["schema"], results["lab"]) == (1, "lab03_custom_relu")
    assert results["seed"] is None  # each submission has its own
    assert results["sandbox"] in ("full", "strong", "strong-ns")
    assert len({submission["seed"] for submission in results["submissions"]}) == 20
    for submission in results["submissions"]:
        if submission["status"] == "needs_eye":
            assert submission["score"] is None
            assert submission["checks"] == []
            continue
        assert submission["score"] == pytest.approx(
            sum(c["points"] for c in submission["checks"])
        ), submission["student"]
        assert submission["max_score"] == 20.0
        for check in submission["checks"]:
            assert {
                "name",
                "title",
                "verdict",
                "points",
                "max_points",
                "message",
                "seconds",
            } == set(check)


def test_the_gradebook_holds_the_same_scores(graded: tuple[Path, Any]) -> None:
    """gradebook.db opens in nbgrader's API, with the same scores, cell by cell."""
    out, _ = graded
    program = """
import json, sys
from nbgrader.api import Gradebook
with Gradebook(sys.argv[1]) as book:
    print(json.dumps({s.student.id: {"score": s.score, "max": s.max_score,
                                     "manual": s.needs_manual_grade,
                                     "cells": {g.name: g.score
                                               for n in s.notebooks for g in n.grades}}
                      for s in book.assignment_submissions("lab03_custom_relu")}))
"""
    command = [sys.executable, "-W", "ignore", "-c", program, f"sqlite:///{out / 'gradebook.db'}"]
    rows = json.loads(
        subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    )

    found = submissions(out)

    assert set(found) == set(rows)
    for student, row in rows.items():
        score, eye = found[student]["score"], found[student]["status"] == "needs_eye"
        assert (score or 0.0, 20.0, eye) == (row["score"], row["max"], row["manual"]), student
        zero_edge = sum(
            c["points"] for c in found[student]["checks"] if c["name"].startswith("zero_edge")
        )
        assert zero_edge == row["cells"]["zero_edge"], student


def test_grades_are_rows(graded: tuple[Path, Any]) -> None:
    """grades.csv of the course has a row a student and a column a lab."""
    out, _ = graded
    rows = list(csv.DictReader((out / "grades.csv").read_text().splitlines()))

    assert {"ada": "20", "dora": "17", "rosa": ""}.items() <= {
        row["student"]: row["lab03_custom_relu"] for row in rows
    }.items()


def test_a_second_run_judges_nothing_again(graded: tuple[Path, Any], root: Path) -> None:
    """With nothing changed, a second run keeps every verdict and writes no file, but a gradebook
    that was deleted.
    """
    out, _ = graded
    before = {
        path: path.stat().st_mtime_ns
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name != "grades.csv"
    }

    run = grade(root, out, "--submitted", str(root / "examples" / "class" / "submitted"))

    assert run.returncode == 0, run.stderr
    assert before == {path: path.stat().st_mtime_ns for path in before}
    (out / "gradebook.db").unlink()
    grade(root, out, "--submitted", str(root / "examples" / "class" / "submitted"))
    test_the_gradebook_holds_the_same_scores((out, run))


def test_a_seed_repeats_every_verdict(graded: tuple[Path, Any], root: Path, tmp_path: Path) -> None:
    """--seed with a submission's recorded seed gives the same verdicts and messages."""
    out, _ = graded
    for student in ("dora", "fatima"):
        first = submissions(out)[student]
        options = (
            "--submitted",
            str(root / "examples" / "class" / "submitted"),
            "--seed",
            str(first["seed"]),
            "--no-feedback",
        )
        grade(root, tmp_path / student, *options, "--student", student)

        again = submissions(tmp_path / student)[student]
        said = [
            [(c["name"], c["verdict"], c["message"]) for c in one["checks"]]
            for one in (first, again)
        ]
        assert said[0] == said[1]


def test_wrong_usage_exits_with_2(root: Path, tmp_path: Path) -> None:
    """An unknown lab and an unknown student are wrong usage; the message has the known names."""
    run = grade(root, tmp_path, "lab99_nothing")
    assert run.returncode == 2
    assert "lab03_custom_relu" in run.stderr
    run = grade(
        root,
        tmp_path,
        "--submitted",
        str(root / "examples" / "class" / "submitted"),
        "--student",
        "nobody",
    )
    assert run.returncode == 2
    assert "nobody" in run.stderr
