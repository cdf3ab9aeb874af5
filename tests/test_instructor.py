"""What an instructor stumbles over: folders with spaces, the example class, misplaced work, checks
that do not add up.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import sqlalchemy
from courses import LAB, ROOT, make_course, rows, run

from autograder.course import example

pytestmark = pytest.mark.slow  # courses, by nbgrader's commands

FAKE = """#!/bin/sh
if [ "$1 $2" = "-m venv" ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; fi
echo "$0 $*" >> "{log}"
"""


def test_make_sets_up_in_a_folder_with_spaces(tmp_path: Path) -> None:
    """The environment is made there, and no other Python gets any package."""
    place, log = tmp_path / "my repo", tmp_path / "log"
    place.mkdir()
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, place)
    for name in ("requirements", "scripts"):
        shutil.copytree(ROOT / name, place / name)
    python = tmp_path / "a python"
    python.write_text(FAKE.format(log=log))
    python.chmod(0o755)
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("CONDA_PREFIX", "MAKEFLAGS", "MAKELEVEL")
    }
    done = subprocess.run(
        ["make", "setup", f"PYTHON={python}"],
        cwd=place,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert (place / ".venv" / ".autograd-labs-ready").is_file()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a python", "log", "my repo"]
    calls = log.read_text().splitlines()
    assert [line for line in calls if " -m pip " in line] == [
        line for line in calls if line.startswith(f"{place}/.venv/bin/python -m pip")
    ]
    installed = [
        re.findall(r"--(?:requirement|editable) (\S+)", line)
        for line in calls
        if " -m pip " in line
    ]
    assert installed == [
        ["requirements/grade.txt"],
        ["requirements/torch.txt"],
        ["."],
        ["requirements/dev.txt"],
    ]


def test_the_example_class_never_mixes_with_a_real_one(tmp_path: Path) -> None:
    """Its results lie aside from the start, and in no database of the course's; what is in the
    folder for real grades is never moved.
    """
    out = tmp_path / "graded"
    out.mkdir()
    (out / "gradebook.db").write_text("the roster")
    choice = example.choose(tmp_path, None, out, "postgresql://host/name")
    assert choice.submitted == tmp_path / "examples" / "class" / "submitted"
    assert (choice.out, choice.db) == (tmp_path / "graded-example", None)
    assert "Nothing is in `submitted/` yet" in choice.told
    assert str(choice.out) in choice.told
    assert choice.is_example
    choice.out.mkdir()
    (tmp_path / "submitted" / "ada").mkdir(parents=True)
    choice = example.choose(tmp_path, None, out, "postgresql://host/name")
    assert choice == example.Choice(tmp_path / "submitted", out, "postgresql://host/name")
    assert (out / "gradebook.db").read_text() == "the roster"


def test_what_is_not_graded_is_named(tmp_path: Path) -> None:
    """Misplaced work, a second notebook, a time that is none, a student who left; and a name with a
    space is a name.
    """
    place = make_course(tmp_path / "course", ["ada", "dora"])
    submitted = place / "submitted"
    book = submitted / "ada" / LAB / f"{LAB}.ipynb"
    shutil.copytree(submitted / "ada", submitted / "Anna Maria")
    shutil.copy(book, submitted / "zoe.ipynb")
    shutil.copy(book, submitted / "dora" / f"{LAB}.ipynb")
    shutil.copytree(submitted / "ada" / LAB, submitted / "ada" / "lab3_custom_relu")
    shutil.copy(book, submitted / "ada" / LAB / f"{LAB} (1).ipynb")
    (submitted / "dora" / LAB / "timestamp.txt").write_text("yesterday-ish")
    said = run(place, "autograder", "grade", "--no-feedback")
    for line in (
        "`zoe.ipynb` lies in no student's folder",
        f"`dora/{LAB}.ipynb` lies in no assignment's folder",
        "`ada/lab3_custom_relu`: the course has no such assignment",
        "timestamp.txt` holds no time",
    ):
        assert line in said
    (results,) = (place / "graded" / LAB).glob("results.json")
    judged = {one["student"]: one for one in json.loads(results.read_text())["submissions"]}
    assert {name: one["score"] for name, one in judged.items()} == {
        "ada": 20,
        "Anna Maria": 20,
        "dora": 17,
    }
    assert "were not graded" in json.dumps(judged["ada"]["notes"])
    shutil.rmtree(submitted / "Anna Maria")
    assert f"no longer handed in: {LAB} by Anna Maria" in run(
        place, "autograder", "grade", "--no-feedback"
    )
    assert "no submission by zoe" in run(
        place, "autograder", "grade", "--student", "zoe", fails=True
    )


def test_new_due_dates_count_without_force(tmp_path: Path) -> None:
    """A due date, a rule, or a time that changes after grading changes the penalty with the next
    run.
    """
    place = make_course(tmp_path / "course", ["ada"])
    (place / "submitted" / "ada" / LAB / "timestamp.txt").write_text("2027-01-12 11:00 UTC")
    config = (place / "nbgrader_config.py").read_text()
    (place / "nbgrader_config.py").write_text(
        config.replace('"percent_per_day": 0', '"percent_per_day": 10')
    )

    def lost() -> float | None:
        run(place, "autograder", "grade", "--no-feedback")
        query = "select late_submission_penalty from submitted_notebook"
        found: float | None = rows(place / "graded" / "gradebook.db", query)[0][0]
        return found

    assert lost() is None
    engine = sqlalchemy.create_engine(f"sqlite:///{place}/graded/gradebook.db")
    with engine.begin() as connection:
        connection.execute(
            sqlalchemy.text("update assignment set duedate = '2027-01-10 12:00:00.000000'")
        )
    engine.dispose()
    assert lost() == 4
    (place / "submitted" / "ada" / LAB / "timestamp.txt").write_text("2027-01-10 13:00 UTC")
    assert lost() == 2
    (place / "nbgrader_config.py").write_text(
        config.replace('"percent_per_day": 0', '"percent_per_day": 50')
    )
    assert lost() == 10


def test_checks_that_do_not_add_up_grade_nobody(tmp_path: Path) -> None:
    """More or fewer points than the cell is worth would be a score that no gradebook can hold; a
    lab without checks is named.
    """
    place = make_course(tmp_path / "course", ["ada"])
    checks = place / "autograder" / "checks" / f"{LAB}.py"
    checks.parent.mkdir(parents=True)
    text = (ROOT / "autograder" / "checks" / f"{LAB}.py").read_text()
    checks.write_text(
        re.sub(r"@points\(2\)\ndef test_zero_edge\(", "@points(4)\ndef test_zero_edge(", text)
    )
    said = run(place, "autograder", "grade", "--no-feedback", fails=True)
    assert "the checks of `zero_edge` are worth 5 points, its cell in the notebook 3" in said
    assert not (place / "graded" / "gradebook.db").exists()
    checks.unlink()
    for verb in (
        ("grade", LAB),
        ("check", f"submitted/ada/{LAB}/{LAB}.ipynb"),
        ("gradescope", LAB),
    ):
        said = run(place, "autograder", *verb, fails=True)
        assert f"`{LAB}` has no hidden checks" in said, said
        assert "Traceback" not in said


@pytest.mark.parametrize("verb", [("release", LAB, "--to"), ("gradescope", LAB, "--to")])
def test_a_target_that_cannot_be_written_is_named(verb: tuple[str, ...]) -> None:
    said = run(ROOT, "autograder", *verb, "/proc/nowhere/labs", fails=True)
    assert "/proc/nowhere" in said
    assert "Traceback" not in said


def test_downloads_from_moodle_and_canvas_find_their_rows(tmp_path: Path) -> None:
    """Collected by nbgrader, graded, and back into the files that the systems exported."""
    place = make_course(tmp_path / "course", ["ada"])
    archive = place / "downloaded" / LAB / "archive"
    archive.mkdir(parents=True)
    book = (place / "submitted" / "ada" / LAB / f"{LAB}.ipynb").read_bytes()
    for folder in ("Ada Lovelace_501_assignsubmission_file_", "Bo Li_502_assignsubmission_file_"):
        (archive / folder).mkdir()
        (archive / folder / f"{LAB}.ipynb").write_bytes(book)
    (archive / f"noetheremmy_LATE_7_9001_{LAB}-1.ipynb").write_bytes(book)
    shutil.rmtree(place / "submitted")
    run(place, "nbgrader", "zip_collect", LAB)
    assert sorted(path.name for path in (place / "submitted").iterdir()) == [
        "Ada Lovelace_501",
        "Bo Li_502",
        "noetheremmy",
    ]
    run(place, "autograder", "grade", "--no-feedback")
    head = (
        "Identifier,Full name,Email address,Maximum Grade,Grade,Last modified "
        "(grade),Feedback comments"
    )
    people = "Participant 501,Ada Lovelace,a@x.y,20.00,,-,\nParticipant 502,Bo Li,b@x.y,20.00,,-,\n"
    (place / "sheet.csv").write_text(f"{head}\n{people}")
    said = run(
        place,
        "autograder",
        "export",
        "moodle",
        LAB,
        "--template",
        "sheet.csv",
        "--to",
        "moodle.csv",
    )
    assert [
        row["Grade"] for row in csv.DictReader((place / "moodle.csv").read_text().splitlines())
    ] == ["20.00", "20.00"]
    assert "`noetheremmy` has a score, but no row" in said
    head = (
        "Student,ID,SIS User ID,SIS Login ID,Section,Custom ReLU (77)\n    Points Possible,,,,,10\n"
    )
    (place / "canvas.csv").write_text(
        f'{head}"Noether, Emmy",7,,en1,S,\n"Lovelace, Ada",8,,al1,S,\n"Lovelace, '
        f'Augusta",9,,al2,S,\n'
    )
    said = run(
        place, "autograder", "export", "canvas", "--template", "canvas.csv", "--to", "filled.csv"
    )
    assert [row[5] for row in csv.reader((place / "filled.csv").read_text().splitlines())][2:] == [
        "20",
        "20",
        "",
    ]
    assert f"`{LAB}` has 20 points, its assignment in Canvas 10" in said
