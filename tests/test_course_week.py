"""A week of a course, as its instructor goes through it: the example class, the roster, due dates,
an extension, then real work with odd times and a lab that was renamed. Nothing of theirs is lost,
and nothing is left unsaid.
"""

from __future__ import annotations

import copy
import csv
import json
import shutil
import sqlite3
import subprocess
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from answers import RIGHT
from courses import BIN, LAB, ROOT, make_course, python, rows, run, surroundings

pytestmark = pytest.mark.slow  # a course's week, by nbgrader's commands

STARTER: dict[str, Any] = json.loads((ROOT / "labs" / LAB / f"{LAB}.ipynb").read_bytes())
WRONG = RIGHT.replace("input > 0", "input >= 0")
DUE = "2026-11-20 18:00 UTC"
RENAMED = "lab03_relu_2025"
ROSTER = """id,first_name,last_name,email
abaker,Alice,Baker,abaker@uni.edu
fzhang,Fei,Zhang,fzhang@uni.edu
gobrien,Grace,O'Brien,gobrien@uni.edu
hkim,Hana,Kim,hkim@uni.edu
jsmith,John,"Smith, Jr.",jsmith@uni.edu
knørgaard,Kim,Nørgaard,knoergaard@uni.edu
lwong,Lily,Wong,lwong@uni.edu
odd,Olga,Dahl,odd@uni.edu
"""
EXTENSION = f"""
from nbgrader.api import Gradebook
with Gradebook("sqlite:///graded/gradebook.db") as book:
    book.update_or_create_submission({LAB!r}, "gobrien")
    book.grant_extension({LAB!r}, "gobrien", days=2)
"""
FORMGRADER = f"""
import json, os
from nbgrader.apps import NbGraderAPI
from traitlets.config import PyFileConfigLoader
api = NbGraderAPI(config=PyFileConfigLoader("nbgrader_config.py", os.getcwd()).load_config())
done = api.autograde({LAB!r}, "odd")
print(json.dumps([done["success"], [s["student"] for s in api.get_submissions({LAB!r})]]))
"""


def hand_in(place: Path, student: str, answer: str, when: str = "", lab: str = LAB) -> Path:
    book = copy.deepcopy(STARTER)
    next(one for one in book["cells"] if one["id"] == "answer-relu")["source"] = answer
    folder = place / "submitted" / student / lab
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{lab}.ipynb").write_text(json.dumps(book))
    if when:
        (folder / "timestamp.txt").write_text(when)
    return folder


def grade(place: Path, *options: str) -> tuple[int, str]:
    """The exit status of `autograder grade`, and what it said."""
    command = [str(BIN / "autograder"), "grade", "--no-feedback", *options]
    environment = surroundings(place)
    done = subprocess.run(
        command, cwd=place, env=environment, capture_output=True, text=True, timeout=300
    )
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def gradebook(place: Path) -> dict[str, tuple[float | None, float | None, Any]]:
    """Points of the grader (None where a cell has none), penalty and time, by student."""
    found = rows(
        place / "graded" / "gradebook.db",
        """select s.student_id, case when count(*) = count(g.auto_score) then sum(g.auto_score) end,
        n.late_submission_penalty, s.timestamp from submitted_assignment s
        join submitted_notebook n on n.assignment_id = s.id join grade g on g.notebook_id = n.id
        group by s.student_id""",
    )
    return {row[0]: row[1:] for row in found}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course on Monday: set up, with nothing handed in."""
    place = make_course(tmp_path_factory.mktemp("week") / "course", ["ada", "rosa"])
    (place / "examples" / "class").mkdir(parents=True)
    shutil.move(place / "submitted", place / "examples" / "class" / "submitted")
    config = place / "nbgrader_config.py"
    config.write_text(config.read_text().replace('"percent_per_day": 0', '"percent_per_day": 10'))
    return place


def test_monday_the_example_class(course: Path) -> None:
    """Its unreadable notebook is part of the example; the instructor's folder is not even there."""
    status, said = grade(course)

    assert status == 0, said
    assert "Nothing is in `submitted/` yet" in said
    assert "graded-example" in said
    assert (course / "graded-example" / "gradebook.db").is_file()
    assert not (course / "graded").exists()
    assert not (course / "autograded").exists()


def test_tuesday_the_roster_due_dates_and_an_extension(course: Path) -> None:
    """By nbgrader's own commands."""
    (course / "roster.csv").write_text(ROSTER)
    run(course, "nbgrader", "db", "student", "import", "roster.csv")
    run(course, "nbgrader", "generate_assignment", LAB)
    run(course, "nbgrader", "db", "assignment", "add", LAB, "--duedate", DUE)
    python(course, EXTENSION)
    assert len(rows(course / "graded" / "gradebook.db", "select * from student")) == 8


def test_friday_real_work(course: Path) -> None:
    """Every kind of time, a module that is not there, a lab that was renamed."""
    decomposed = unicodedata.normalize("NFD", "knørgaard é").removesuffix(" e\u0301")
    hand_in(course, "abaker", RIGHT, "2026-11-20 12:00:00 UTC")
    hand_in(course, "fzhang", RIGHT, "11/21/2026 08:30 PM")  # 26.5 hours late: two days begun
    hand_in(course, "gobrien", RIGHT, "1795341600")  # Sunday, within the extension
    hand_in(course, "hkim", f"n = input()\n{RIGHT}", "2026-11-20 12:00:00 UTC")
    hand_in(course, "jsmith", f"!pip install torchviz\n{RIGHT}", "2026-11-20T19:00:00+01:00")
    hand_in(course, decomposed, WRONG, "\ufeff2026-11-20 18:10 UTC")  # within the grace
    hand_in(course, "odd", RIGHT, "Friday, after lunch")
    for student in ("abaker", "fzhang", "gobrien"):
        hand_in(course, student, RIGHT, lab=RENAMED)
    stale = course / "source" / RENAMED
    stale.mkdir(parents=True)
    shutil.copy(course / "source" / LAB / f"{LAB}.ipynb", stale / f"{RENAMED}.ipynb")
    before = (course / "graded-example" / "gradebook.db").read_bytes()

    status, said = grade(course, "--feedback")

    assert status == 4, said
    found = gradebook(course)
    assert {name: row[:2] for name, row in found.items()} == {
        "abaker": (20.0, None),
        "fzhang": (20.0, 4.0),
        "gobrien": (20.0, None),
        "hkim": (None, None),
        "jsmith": (20.0, None),
        "knørgaard": (17.0, None),
        "odd": (20.0, None),
    }
    database = course / "graded" / "gradebook.db"
    assert len(rows(database, "select * from student where email like '%@uni.edu'")) == 8
    assert rows(database, "select duedate from assignment")[0][0].startswith("2026-11-20 18:00")
    assert rows(database, "select extension from submitted_assignment where student_id='gobrien'")[
        0
    ][0].startswith("1970-01-03")
    assert (course / "graded-example" / "gradebook.db").read_bytes() == before
    assert f"`{RENAMED}`, handed in by 3 (abaker, fzhang, gobrien)" in said
    assert "If a lab was renamed" in said
    assert f"odd/{LAB}/timestamp.txt` holds no time" in said


def test_friday_evening_the_report(course: Path) -> None:
    """What has no score stands first, and the time that is none is on it; no blank is a zero."""
    report = json.loads((course / "graded" / LAB / "report.json").read_text())
    assert [(one["student"], one["kind"]) for one in report["attention"]] == [
        ("hkim", "needs_eye"),
        ("odd", "time"),
    ]
    assert "Friday, after lunch" in report["attention"][1]["reason"]
    results = json.loads((course / "graded" / LAB / "results.json").read_text())
    judged = {one["student"]: one for one in results["submissions"]}
    assert (judged["hkim"]["status"], judged["hkim"]["score"]) == ("needs_eye", None)
    table = list(csv.DictReader((course / "graded" / "grades.csv").read_text().splitlines()))
    assert {row["student"]: row[LAB] for row in table}["hkim"] == ""
    sheet = list(csv.DictReader((course / "graded" / LAB / "grades.csv").read_text().splitlines()))
    assert next(row for row in sheet if row["student"] == "hkim")["score"] == ""
    assert "No score yet" in (course / "graded" / LAB / "feedback" / "hkim.html").read_text()


def test_friday_evening_the_exports(course: Path) -> None:
    """Canvas's, and nbgrader's own command: empty, and named."""
    said = run(course, "autograder", "export", "canvas")
    assert "`hkim` has no score" in said
    table = (course / "graded" / "canvas.csv").read_text().splitlines()
    by_login = {row["SIS Login ID"]: row for row in csv.DictReader(table)}
    assert by_login["hkim"]["Custom ReLU"] == ""
    assert by_login["fzhang"]["Custom ReLU"] == "16"
    run(course, "nbgrader", "export", "--to", "all.csv")
    exported = list(csv.DictReader((course / "all.csv").read_text().splitlines()))
    scores = {row["student_id"]: row["score"] for row in exported if row["assignment"] == LAB}
    assert (scores["hkim"], scores["fzhang"]) == ("", "16.0")


def test_saturday_nothing_has_changed(course: Path) -> None:
    """A second run says again whose time is unknown: such work is never silently on time. So does
    it name the grades that were kept under the lab's old name.
    """
    before = gradebook(course)
    (course / "graded" / RENAMED).mkdir()
    shutil.copy(course / "graded" / LAB / "journal.jsonl", course / "graded" / RENAMED)
    status, said = grade(course, "--feedback")
    assert status == 4
    assert "holds no time" in said
    assert f"`{RENAMED}`, handed in by 3" in said
    assert f"graded/{RENAMED}` holds grades of 7 students" in said
    assert gradebook(course) == before


def test_saturday_nbgrader_and_formgrader(course: Path) -> None:
    """They stop at no odd time, keep what is current, and grade again what a check changed."""
    said = run(course, "nbgrader", "autograde", LAB)
    assert "Skipping existing assignment" in said
    assert "Updating" not in said
    assert "Removing existing" not in said
    success, students = json.loads(python(course, FORMGRADER).splitlines()[-1])
    assert success
    assert {"hkim", "odd", "abaker"} <= set(students)
    checks = course / "autograder" / "checks" / f"{LAB}.py"
    checks.parent.mkdir(parents=True)
    shutil.copy(ROOT / "autograder" / "checks" / f"{LAB}.py", checks)
    checks.write_text(checks.read_text() + "\n# A line more.\n")
    said = run(course, "nbgrader", "autograde", LAB, "--student", "[ho]*")
    assert "Skipping existing" not in said
    assert "`hkim` needs your eye" in said
    shutil.rmtree(checks.parent.parent)
    found = gradebook(course)
    assert found["hkim"][0] is None
    assert found["odd"][0] == 20.0


def test_sunday_by_hand_and_by_rule(course: Path) -> None:
    """Points by hand count in exports and stay; the course may say that such work has 0."""
    with sqlite3.connect(course / "graded" / "gradebook.db") as connection:
        connection.execute(
            """update grade set manual_score = 1 where notebook_id in (select n.id from
            submitted_notebook n join submitted_assignment s on s.id = n.assignment_id
            where s.student_id = 'hkim')"""
        )
    grade(course, "--feedback")
    run(course, "autograder", "export", "canvas")
    table = (course / "graded" / "canvas.csv").read_text().splitlines()
    by_login = {row["SIS Login ID"]: row["Custom ReLU"] for row in csv.DictReader(table)}
    assert float(by_login["hkim"]) == len({row[0] for row in cells(course)})
    with open(course / "nbgrader_config.py", "a") as config:
        config.write("\nc.JudgeSubmission.needs_eye_counts_zero = True\n")
    status, said = grade(course, "--feedback")
    assert status == 0, said
    assert gradebook(course)["hkim"][0] == 0.0


def cells(place: Path) -> list[Any]:
    return rows(place / "graded" / "gradebook.db", "select distinct cell_id from grade")


def test_sunday_night_hkim_hands_in_again(course: Path) -> None:
    """A hand-in that can be graded is graded; one that cannot takes no grade away silently."""
    hand_in(course, "hkim", RIGHT)
    status, _ = grade(course, "--feedback")
    assert (status, gradebook(course)["hkim"][0]) == (0, 20.0)
