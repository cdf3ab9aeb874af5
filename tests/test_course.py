"""A class spread over all labs, graded in one run, with one gradebook."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.course import answers as solutions
from autograder.course import labs

pytestmark = pytest.mark.slow  # a class in all labs


def test_one_run_grades_every_lab(root: Path, tmp_path: Path) -> None:
    """Each lab gets its results, all share grades.csv and the gradebook."""
    course = [labs.load(root, name) for name in labs.names(root)]
    for lab in course:
        for student, answer in (("ada", solutions.reference(lab)), ("goran", None)):
            place = tmp_path / "in" / student / lab.name
            place.mkdir(parents=True)
            (place / f"{lab.name}.ipynb").write_bytes(solutions.filled(lab, answer))
    out = tmp_path / "out"
    command = [
        sys.executable,
        "-m",
        "autograder",
        "grade",
        "--no-feedback",  # catalogues of all labs take minutes
        "--submitted",
        str(tmp_path / "in"),
        "--out",
        str(out),
    ]

    run = subprocess.run(
        command, cwd=root, capture_output=True, text=True, timeout=850, check=False
    )

    assert run.returncode == 0, run.stderr
    rows = {
        row["student"]: row for row in csv.DictReader((out / "grades.csv").read_text().splitlines())
    }
    program = (
        "import sys; from nbgrader.api import Gradebook\nwith Gradebook(sys.argv[1]) "
        "as b: print(*(a.name for a in b.assignments))"
    )
    book = [sys.executable, "-W", "ignore", "-c", program, f"sqlite:///{out / 'gradebook.db'}"]
    recorded = subprocess.run(
        book, capture_output=True, text=True, timeout=120, check=True
    ).stdout.split()
    assert set(recorded) == {lab.name for lab in course}
    for lab in course:
        submissions = json.loads((out / lab.name / "results.json").read_text())["submissions"]
        scores = {submission["student"]: submission["score"] for submission in submissions}
        assert scores == {"ada": lab.max_score, "goran": 0.0}, lab.name
        assert float(rows["ada"][lab.name]) >= lab.max_score
