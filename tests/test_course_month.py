"""A month of a course by the commands of docs/course.md: the roster, a release, downloads of Canvas
and Moodle, groups, extensions, free days, and everything back to where it came from.
"""

from __future__ import annotations

import copy
import csv
import html
import io
import json
import re
import shlex
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from answers import RIGHT
from courses import LAB, ROOT, make_course, rows, run
from test_export import moodle_import

from autograder.course import tables
from autograder.integrations.lms.worksheets import worksheet

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs" / "course.md").read_text()
STARTER: dict[str, Any] = json.loads((ROOT / "labs" / LAB / f"{LAB}.ipynb").read_bytes())
WRONG = RIGHT.replace("input > 0", "input >= 0")
ROSTER = """Name;Vorname;Kennung;E-Mail;Gruppe
Baker;Alice;abaker;abaker@uni.edu;
Cohen;Ben;bcohen;bcohen@uni.edu;Team 1
Díaz;Carla;cdiaz;cdiaz@uni.edu;Team 1
O'Brien;Grace;gobrien;gobrien@uni.edu;
Smith;John;jsmith;jsmith@uni.edu;
Smith;John;john2;john2@uni.edu;
Wong;Lily;lwong;lwong@uni.edu;
""".replace("Name;", "Nachname;")
EXPORTED = """Student,ID,SIS User ID,SIS Login ID,Section,Custom ReLU (9911)
    Points Possible,,,,,20
"Baker, Alice",101,,abaker,A,
"Cohen, Ben",102,,bcohen,A,
"Díaz, Carla",103,,cdiaz,A,
"O'Brien, Grace",105,,gobrien,A,
"Smith, John",106,,jsmith,A,
"Smith, John",111,,john2,A,
"Wong, Lily",108,,lwong,A,
"""
HEAD = (
    "Identifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments\n"
)
SHEET = HEAD + "".join(
    f'Participant {n},{name},{student}@uni.edu,Submitted for grading,,100.00,Yes,"{when}",-,\n'
    for n, name, student, when in [
        (11, "Alice Baker", "abaker", "Monday, 1 February 2027, 5:00 PM"),
        (12, "Ben Cohen", "bcohen", "-"),
        (13, "Carla Díaz", "cdiaz", "-"),
        (15, "Grace O'Brien", "gobrien", "Wednesday, 3 February 2027, 5:30 PM"),
        (18, "Lily Wong", "lwong", "Thursday, 4 February 2027, 11:00 PM"),
    ]
)


def book(answer: str) -> bytes:
    made = copy.deepcopy(STARTER)
    next(one for one in made["cells"] if one["id"] == "answer-relu")["source"] = answer
    return json.dumps(made).encode()


def make_zip(path: Path, content: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in content.items():
            archive.writestr(name, raw)


def commands(heading: str) -> list[str]:
    """The commands of a section of docs/course.md."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    blocks: list[str] = re.findall(r"^```\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def complain(place: Path) -> str:
    """Run the commands for a complaint, which end with 1: somebody lost points."""
    lines = commands("When a student complains")
    return "\n".join(run(place, *shlex.split(line), fails=True) for line in lines)


def perform(place: Path, heading: str) -> str:
    """Run a section's commands as they stand there; what they said."""
    return "\n".join(run(place, *shlex.split(line)) for line in commands(heading))


def zipped(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course as it is cloned, with the settings of docs/course.md and one lab's limits short."""
    place = make_course(tmp_path_factory.mktemp("month") / "course", ["ada"])
    (place / "submitted" / "ada").rename(place / "ada")
    (settings,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    with open(place / "nbgrader_config.py", "a") as config:
        config.write(f"\n{settings}")
    shutil.copytree(ROOT / "requirements", place / "requirements")
    (place / "roster.csv").write_text(ROSTER)
    (place / "exported.csv").write_text(EXPORTED)
    (place / "worksheet.csv").write_text(SHEET)
    make_zip(
        place / "submissions.zip",
        {
            f"bakeralice_101_5001_{LAB}.ipynb": book(WRONG),
            f"cohenben_102_5002_{LAB}.ipynb": book(RIGHT),
            f"smithjohn_LATE_106_5003_{LAB}.ipynb": book(RIGHT),
            f"smithjohn_111_5004_{LAB}.ipynb": book(WRONG),
            "__MACOSX/._x.ipynb": b"\0",
        },
    )
    return place


def test_before_the_first_lab(course: Path) -> None:
    said = perform(course, "Before the first lab")
    assert "7 on the roster, 7 of them new, 1 groups" in said
    assert (course / "dist" / "autograd-labs.zip").is_file()
    run(course, "autograder", "roster", "import", "exported.csv")
    database = course / "graded" / "gradebook.db"
    assert len(rows(database, "select * from student where email like '%@uni.edu'")) == 7
    assert rows(database, "select duedate from assignment")[0][0].startswith("2027-02-01 17:00")


def test_when_a_lab_is_due(course: Path) -> None:
    said = perform(course, "When a lab is due")
    assert "4 taken, 0 files left, 1 of an operating system's passed over" in said
    assert "late, and no time is told (write timestamp.txt): jsmith" in said
    assert f"gobrien: {LAB} is due Wednesday, 2027-02-03 18:00 CET" in said
    assert f"lwong: {LAB} is due Wednesday, 2027-02-03 18:00 CET" in said
    report = json.loads((course / "graded" / LAB / "report.json").read_text())
    assert report["absent"] == ["gobrien", "lwong"]
    assert report["names"]["lwong"] == "Lily Wong"
    assert [(one["student"], one["kind"]) for one in report["attention"]] == [("jsmith", "time")]
    assert "Canvas says that this came late" in report["attention"][0]["reason"]
    page = (course / "graded" / LAB / "report.html").read_text()
    assert "Nothing handed in" in page
    assert "Lily Wong" in page
    assert "Grace O&#39;Brien" in (course / "graded" / "index.html").read_text()
    assert "Alice Baker" in (course / "graded" / LAB / "feedback" / "abaker.html").read_text()


def test_when_a_student_complains(course: Path) -> None:
    """Two commands: from a name to the failing check's inputs, and a debugger stopped in it."""
    said = complain(course)
    assert "inputs and calls:" in said
    assert "y1 = custom_relu(x2)" in said
    assert "test_zero_edge()" in said.split("PDB post_mortem")[1].split("(Pdb)")[0]
    assert (course / f"abaker-{LAB}-zero_edge.ipynb").is_file()


def test_the_week_after_moodle(course: Path) -> None:
    """Another download, with times: within the extension, beyond it, and a newer attempt."""
    (course / "submitted" / "jsmith" / LAB / "timestamp.txt").write_text("2027-02-04 16:00 UTC")
    make_zip(
        course / "moodle.zip",
        {
            f"Grace O'Brien_15_assignsubmission_file/{LAB}.ipynb": book(RIGHT),
            f"Lily Wong_18_assignsubmission_file/Lab 3/{LAB} (2).ipynb": book(RIGHT),
        },
    )
    run(course, "autograder", "collect", "moodle.zip", "--sheet", "worksheet.csv")
    run(course, "autograder", "grade")
    found = rows(
        course / "graded" / "gradebook.db",
        """select s.student_id, n.late_submission_penalty from submitted_assignment s
        join submitted_notebook n on n.assignment_id = s.id""",
    )
    # jsmith is three days late, two of them free; lwong two, after the extension, both free.
    assert dict(found) == {
        "abaker": None,
        "bcohen": None,
        "cdiaz": None,
        "gobrien": None,
        "john2": None,
        "jsmith": 2.0,
        "lwong": None,
    }


def test_a_group_has_one_grade(course: Path) -> None:
    """cdiaz handed in nothing, and has what bcohen's notebook got: grade, page, graded notebook."""
    table = csv.DictReader((course / "graded" / "grades.csv").read_text().splitlines())
    grades = {row["student"]: row[LAB] for row in table}
    assert grades["cdiaz"] == grades["bcohen"] == "20"
    page = (course / "graded" / LAB / "feedback" / "cdiaz.html").read_text()
    assert "Handed in by" in page
    assert (course / "autograded" / "cdiaz" / LAB / f"{LAB}.ipynb").is_file()
    assert not (course / "submitted" / "cdiaz").exists()


def test_giving_back(course: Path) -> None:
    """What each system would take of it, read by its importer's rules."""
    said = perform(course, "Giving back")
    place = course / "graded" / LAB

    returned = zipped(place / f"{LAB}-moodle.zip")
    assert f"Alice Baker_11_assignsubmission_file/{LAB}.html" in returned
    for name, page in returned.items():
        who, number, kind, plugin = name.split("/")[0].split("_", 4)
        assert (number.isdigit(), kind, plugin) == (True, "assignsubmission", "file")
        assert who in html.unescape(page.decode())
    assert {name.split("_")[1] for name in returned} == {"11", "12", "13", "15", "18"}
    assert "`john2` has a page, and no number in Moodle" in said

    comments = zipped(place / f"{LAB}-canvas.zip")
    assert sorted(comments) == [
        f"bakeralice_101_5001_{LAB}.ipynb",
        f"cohenben_102_5002_{LAB}.ipynb",
        f"smithjohn_111_5004_{LAB}.ipynb",
        f"smithjohn_LATE_106_5003_{LAB}.ipynb",
    ]
    top = json.loads(comments[f"bakeralice_101_5001_{LAB}.ipynb"])["cells"][0]
    assert "17 of 20 points" in top["source"]

    assert (place / "return" / "abaker" / f"{LAB}.html").is_file()
    mail = list(csv.DictReader((place / f"{LAB}-mail.csv").read_text("utf-8-sig").splitlines()))
    by_student = {row["student"]: row for row in mail}
    assert by_student["jsmith"]["email"] == "jsmith@uni.edu"
    assert by_student["jsmith"]["score"] == "18"
    assert Path(by_student["cdiaz"]["page"]).is_file()

    numbers = {
        str(n): f"{who}@uni.edu"
        for n, who in [
            (11, "abaker"),
            (12, "bcohen"),
            (13, "cdiaz"),
            (15, "gobrien"),
            (18, "lwong"),
        ]
    }
    made = (course / "graded" / f"moodle-{LAB}.csv").read_text()
    graded = moodle_import(made, numbers)
    assert {n: grade for n, (grade, _) in graded.items()} == {
        "11": 85.0,
        "12": 100.0,
        "13": 100.0,
        "15": 100.0,
        "18": 100.0,
    }
    assert worksheet(tables.parsed(made)).most == 100
    canvas = list(csv.DictReader(io.StringIO((course / "graded" / "canvas.csv").read_text())))
    assert {row["SIS Login ID"]: row["Custom ReLU (9911)"] for row in canvas[1:]} == {
        "abaker": "17",
        "bcohen": "20",
        "cdiaz": "20",
        "gobrien": "20",
        "jsmith": "18",
        "john2": "17",
        "lwong": "20",
    }
    assert (course / "graded" / "checks.csv").read_bytes().startswith(b"\xef\xbb\xbfstudent,")


def test_nbgraders_exchange_releases_what_make_grade_made(course: Path) -> None:
    run(course, "nbgrader", "generate_feedback", LAB, "--student", "[ac]*")
    said = run(course, "nbgrader", "release_feedback", LAB)
    assert "Releasing feedback for student 'abaker'" in said
    assert "Releasing feedback for student 'cdiaz'" in said
    assert len(list((course / "exchange").rglob("feedback/*.html"))) == 2


def test_a_second_run_changes_nothing(course: Path) -> None:
    before = (course / "graded" / LAB / "report.json").read_bytes()
    penalties = "select late_submission_penalty from submitted_notebook order by id"
    lost = rows(course / "graded" / "gradebook.db", penalties)
    run(course, "autograder", "grade")
    assert (course / "graded" / LAB / "report.json").read_bytes() == before
    assert rows(course / "graded" / "gradebook.db", penalties) == lost


def test_extensions_that_cannot_be_given_are_named(course: Path) -> None:
    for more, said in [
        (("nobody", LAB, "--days", "1"), "no student `nobody`"),
        (("LWONG", LAB, "--days", "1"), "It has `lwong`"),
        (("lwong", LAB), "either --until TIME or --days N"),
        (("lwong", LAB, "--until", "2027-01-01 12:00"), "is before the due date"),
        (("lwong", LAB, "--until", "03/04/2027 12:00"), "is no time, or several"),
    ]:
        assert said in " ".join(run(course, "autograder", "extend", *more, fails=True).split())
    said = run(course, "autograder", "extend", "lwong", LAB, "--days", "0")
    assert f"lwong: {LAB} is due Monday, 2027-02-01 18:00 CET" in said
