"""What is exported, read back by parsers that follow the importers' rules."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autograder.errors import UsageError
from autograder.integrations.lms import canvas, exports, grades, moodle
from autograder.integrations.lms.grades import Grades, Person

PEOPLE = [
    Person("ada", "Ada", "Lovelace", "ada@example.org", "S100"),
    Person("bela", "Béla", 'von "O"', "bela@example.org"),
    Person("chen@example.org"),
    Person("1001", "Emmy", "Noether", "", "S400"),
    Person("=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)", "x@example.org"),
    Person("nothing", "No", "Hand-in", "none@example.org"),
]
GRADES = Grades(
    most={"relu": 20.0, "loss": 10.0},
    titles={"relu": "Custom ReLU", "loss": "Losses, stable"},
    people={person.student: person for person in PEOPLE},
    scores={
        ("ada", "relu"): 17.333333,
        ("ada", "loss"): 0.0,
        ("bela", "relu"): 21.5,
        ("chen@example.org", "relu"): 20.0,
        ("1001", "relu"): 3.5,
    },
    comments={("ada", "relu"): "the gradient is wrong\nin <3> of 7", ("bela", "relu"): "=1+1"},
)


def canvas_import(
    text: str, existing: dict[str, dict[str, str]]
) -> dict[str, dict[str, float | str]]:
    """What Canvas's importer would take: scores by assignment heading, by the ID of the student
    that it finds.

    `existing` are Canvas's students: ID to their SIS User ID, SIS Login ID and name. Raises
    AssertionError where Canvas refuses.
    """
    rows = list(csv.reader(io.StringIO(text)))
    head = rows[0]
    assert head[0] == "Student"
    assert head[1] == "ID"
    assert "Section" in head
    first = head.index("Section") + 1
    assert len(head) > 3
    found: dict[str, dict[str, float | str]] = {}
    for row in rows[1:]:
        assert len(row) == len(head)
        if row[0].strip().startswith("Points Possible"):
            assert all(float(points) > 0 for points in row[first:] if points)
            continue
        known = [key for key in existing if key == row[1]]
        for column, name in (("SIS User ID", "user"), ("SIS Login ID", "login")):
            known = known or [
                key
                for key, who in existing.items()
                if row[head.index(column)] and who[name] == row[head.index(column)]
            ]
        if known and any(row[1:4]):
            scores = {
                title: value
                for title, value in zip(head[first:], row[first:], strict=True)
                if value.strip()
            }
            found[known[0]] = {
                t: v if v == "EX" else round(float(v), 2)
                for t, v in scores.items()
                if "read only" not in t
            }
    return found


CANVAS = {
    "7": {"user": "S100", "login": "ada"},
    "8": {"user": "", "login": "bela"},
    "1001": {"user": "S900", "login": "somebody.else"},
    "10": {"user": "S400", "login": "1001"},
    "11": {"user": "", "login": "chen@example.org"},
}
EXPORTED = """\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Essay (55),Custom ReLU (77),"losses, stable (78)",Final Score (read only)
,,,,,,Manual Posting,,
    Points Possible,,,,,5,20,10,(read only)
"Lovelace, Ada",7,S100,ada,A,4,,,80
"von ""O"", Béla",8,,bela,A,4,12,3,80
"Noether, Emmy",10,S400,1001,"A, B",,,,
Chen,11,,chen@example.org,A,4,EX,,80
Stranger,12,,stranger,A,4,5,6,80
"Student, Test",99,,f00ba7,A,,,,
"""


def test_canvas_fills_in_what_was_exported() -> None:
    """Our columns only, under the headings with Canvas's own numbers; excused students and
    strangers keep what they had.
    """
    made = canvas.filled(GRADES, EXPORTED)
    assert next(csv.reader(io.StringIO(made.text))) == [
        *canvas.HEAD,
        "Custom ReLU (77)",
        "losses, stable (78)",
    ]
    assert canvas_import(made.text, CANVAS | {"12": {"user": "", "login": "stranger"}}) == {
        "7": {"Custom ReLU (77)": 17.33, "losses, stable (78)": 0.0},
        "8": {"Custom ReLU (77)": 21.5, "losses, stable (78)": 3.0},
        "10": {"Custom ReLU (77)": 3.5},
        "11": {"Custom ReLU (77)": "EX"},
        "12": {"Custom ReLU (77)": 5.0, "losses, stable (78)": 6.0},
    }
    assert made.findings == (
        "row `Stranger` of the file from Canvas: no such student in the gradebook; left as it was",
    )


def test_canvas_numbers_that_are_others_names_reach_nobody() -> None:
    """1001 is one student's login and another's Canvas ID: neither row is filled in, and both are
    reported.
    """
    clash = EXPORTED.replace("Stranger,12,,stranger", "Stranger,1001,S900,somebody.else")
    made = canvas.filled(GRADES, clash)
    imported = canvas_import(made.text, CANVAS)
    assert imported["1001"] == {"Custom ReLU (77)": 5.0, "losses, stable (78)": 6.0}
    assert imported["10"] == {}
    assert [finding.split("`")[1] for finding in made.findings] == [
        "Noether, Emmy",
        "Stranger",
        "1001",
    ]


def test_canvas_semicolons_are_read() -> None:
    semicolons = "Student;ID;SIS User ID;SIS Login ID;Section;relu (77)\nLovelace;7;;ada;A;\n"
    made = canvas.filled(GRADES.only(["relu"]), semicolons)
    assert canvas_import(made.text, CANVAS) == {"7": {"relu (77)": 17.33}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no gradebook exported from Canvas"),
        ("Name,ID,Section\n", "no gradebook exported from Canvas"),
        (
            "Student,ID,SIS User ID,SIS Login ID,Section,Essay (55)\n",
            "no column is headed `Custom ReLU` or `Losses, stable`",
        ),
        (
            "Student,ID,SIS User ID,SIS Login ID,Section,relu (1),Custom ReLU (2)\n",
            "2 columns are headed",
        ),
    ],
)
def test_canvas_refuses_other_files(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        canvas.filled(GRADES.only(["relu"]), text)


def test_canvas_from_scratch() -> None:
    """Matched by login or SIS user; no score is no number."""
    text = canvas.new(GRADES).text
    assert canvas_import(text, CANVAS) == {
        "7": {"Custom ReLU": 17.33, "Losses, stable": 0.0},
        "8": {"Custom ReLU": 21.5},
        "10": {"Custom ReLU": 3.5},
        "11": {"Custom ReLU": 20.0},
    }


WORKSHEET = """\
Identifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,Last modified (submission),\
Last modified (grade),Feedback comments
Participant 501,Ada Lovelace,ada@example.org,Submitted for grading,,20.00,Yes,"Monday, 4 January 2027, 9:00 AM",-,
Participant 502,Béla,bela@example.org,Submitted for grading,,20.00,Yes,-,-,
Participant 503,Chen,chen@example.org,Submitted for grading,5.00,20.00,No,-,"Monday, 4 January 2027, 9:00 AM",kept
Participant 504,Someone,someone@example.org,No submission,,20.00,Yes,-,-,
Participant 505,No,none@example.org,No submission,,20.00,Yes,-,-,
"""


def moodle_import(text: str, participants: dict[str, str]) -> dict[str, tuple[float, str]]:
    """What Moodle's offline grading worksheet importer would take: grade and feedback, by the
    participant's number.
    """
    reader = csv.DictReader(io.StringIO(text))
    assert {"Identifier", "Grade", "Last modified (grade)"} <= set(reader.fieldnames or ())
    found = {}
    for row in reader:
        number = re.fullmatch(r"Participant (\d+)", row["Identifier"])
        assert number
        assert number[1] in participants
        assert row["Email address"] == participants[number[1]]
        if row["Grade"] and row["Grade can be changed"] == "Yes":
            grade = float(row["Grade"])
            assert 0 <= grade <= float(row["Maximum grade"])
            found[number[1]] = (grade, row["Feedback comments"])
    return found


def test_moodle_fills_in_its_worksheet() -> None:
    """Identifiers and times stay; more than the maximum is capped and said; feedback is text, not
    markup.
    """
    made = moodle.filled(GRADES.only(["relu"]), WORKSHEET)
    numbers = {
        row["Identifier"].split()[1]: row["Email address"]
        for row in csv.DictReader(io.StringIO(WORKSHEET))
    }
    assert moodle_import(made.text, numbers) == {
        "501": (17.33, "the gradient is wrong<br>in &lt;3&gt; of 7"),
        "502": (20.0, "'=1+1"),
    }
    before, after = (list(csv.DictReader(io.StringIO(text))) for text in (WORKSHEET, made.text))
    for old, new in zip(before, after, strict=True):
        changed = {name for name in old if old[name] != new[name]}
        assert changed <= {"Grade", "Feedback comments"}
    assert after[2] == before[2]
    assert after[3:] == before[3:]
    assert len(made.findings) == 4
    assert any("Participant 504" in finding for finding in made.findings)
    assert any("takes no more than 20" in finding for finding in made.findings)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Email address,Grade\n", "no column `Identifier`"),
        (
            WORKSHEET.replace("20.00", "100.00"),
            "maximum grade in Moodle is 100, the lab has 20 points",
        ),
    ],
)
def test_moodle_refuses_other_files(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        moodle.filled(GRADES.only(["relu"]), text)


def test_moodle_by_mail() -> None:
    """For the gradebook's import, which compares addresses by letter; who has none is named."""
    made = moodle.new(GRADES)
    rows = {row["Email address"]: row for row in csv.DictReader(io.StringIO(made.text))}
    assert rows["ada@example.org"] == {
        "Email address": "ada@example.org",
        "Custom ReLU": "17.33",
        "Losses, stable": "0",
    }
    assert rows["chen@example.org"]["Custom ReLU"] == "20"
    assert rows["none@example.org"]["Custom ReLU"] == ""
    assert len(rows) == 5
    assert made.findings == (
        "`1001` has no e-mail address in the gradebook: `nbgrader db student add 1001 --email=...`",
    )


RESULTS: dict[str, Any] = {
    "relu": {
        "submissions": [
            {
                "student": "ada",
                "status": "graded",
                "checks": [
                    {"name": "forward", "points": 3.0},
                    {"name": "=evil", "points": 0.333333},
                ],
            },
            {
                "student": "bela",
                "status": "not_graded",
                "checks": [{"name": "forward", "points": 0.0}],
            },
            {"student": "1001", "status": "bad_submission", "checks": []},
        ]
    }
}


def test_plain_has_a_column_per_check() -> None:
    """Points for who was judged, nothing for who was not: a fault of ours is no zero."""
    rows = {
        row["student"]: row
        for row in csv.DictReader(io.StringIO(exports.plain(GRADES, RESULTS).text))
    }
    assert list(rows["ada"]) == [
        "student",
        "last_name",
        "first_name",
        "email",
        "relu",
        "relu/forward",
        "relu/=evil",
        "loss",
    ]
    assert [rows["ada"][name] for name in ("relu", "relu/forward", "relu/=evil", "loss")] == [
        "17.33",
        "3",
        "0.333333",
        "0",
    ]
    assert [rows["bela"][name] for name in ("relu", "relu/forward")] == ["21.5", ""]
    assert [rows["1001"][name] for name in ("relu", "relu/forward")] == ["3.5", "0"]


def test_nothing_that_is_exported_is_a_formula() -> None:
    """No cell of any export begins as a spreadsheet's formula."""
    hostile = WORKSHEET.replace("Ada Lovelace", "=HYPERLINK()")
    made = [
        canvas.new(GRADES),
        canvas.filled(GRADES, EXPORTED.replace("Chen,11", "=1+1,11")),
        moodle.new(GRADES),
    ]
    made += [moodle.filled(GRADES.only(["relu"]), hostile), exports.plain(GRADES, RESULTS)]
    for one in made:
        for row in csv.reader(io.StringIO(one.text)):
            for cell in row:
                assert not cell.startswith(("=", "+", "@", "\t", "\r")), cell
                assert cell in ("-", "") or not cell.startswith("-")


def test_unknown_labs_and_students_are_named() -> None:
    with pytest.raises(UsageError, match="no lab `rleu`"):
        GRADES.only(["rleu"])
    with pytest.raises(UsageError, match="no student `eda`"):
        GRADES.only([], ["eda"])


GRADEBOOK = """
from datetime import datetime
from nbgrader.api import Gradebook
with Gradebook("sqlite:///gradebook.db") as book:
    book.add_assignment("relu", duedate=datetime(2027, 1, 1))
    book.add_notebook("relu", "relu")
    for name, points in [("forward", 3), ("parity", 4), ("cuda", 0)]:
        book.add_grade_cell(name, "relu", "relu", max_score=points, cell_type="code")
    book.add_solution_cell("answer", "relu", "relu")
    for name in ("ada", "bela", "chen", "dora"):
        book.add_student(name, email=name + "@example.org", lms_user_id="S-" + name)
    for name, scores in [("ada", (3, 1.5, 0)), ("bela", (3, None, 0)), ("chen", (1, None, 0))]:
        book.add_submission("relu", name)
        notebook = book.find_submission_notebook("relu", "relu", name)
        by_name = {grade.name: grade for grade in notebook.grades}
        for cell, points in zip(("forward", "parity", "cuda"), scores):
            by_name[cell].auto_score = points
        by_name["cuda"].extra_credit = 2 if name == "ada" else None
        if name == "bela":
            by_name["parity"].manual_score = 4
            notebook.late_submission_penalty = 1.25
        notebook.comments[0].auto_comment = "why"
    book.db.commit()
"""


def run(place: Path, *command: str) -> str:
    environment = os.environ | {
        "PYTHONWARNINGS": "ignore",
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
    }
    done = subprocess.run(
        command, cwd=place, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.slow
def test_a_gradebook_through_nbgraders_own_command(tmp_path: Path) -> None:
    """Manual scores, extra credit and penalties count; a submission with a cell that nobody graded
    has no score.
    """
    run(tmp_path, sys.executable, "-c", GRADEBOOK)
    (tmp_path / "graded" / "relu").mkdir(parents=True)
    (tmp_path / "graded" / "relu" / "results.json").write_text(json.dumps(RESULTS["relu"]))
    program = (
        "from autograder.integrations.lms import grades; "
        "print(grades.read('sqlite:///gradebook.db', {'relu': 'Custom ReLU'}).scores)"
    )
    assert (
        run(tmp_path, sys.executable, "-c", program).strip()
        == "{('ada', 'relu'): 6.5, ('bela', 'relu'): 5.75}"
    )
    program = (
        "from autograder.integrations.nbgrader import gradebook; "
        "print(len(gradebook.cells('sqlite:///gradebook.db')))"
    )
    assert run(tmp_path, sys.executable, "-c", program).strip() == "9"
    (tmp_path / "in.csv").write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section,relu (77)\nA,7,S-ada,x,A,\nC,8,,chen,A,\n"
    )
    plugin = "autograder.integrations.lms.exports"
    said = run(
        tmp_path,
        "nbgrader",
        "export",
        f"--exporter={plugin}.CanvasExporter",
        "--CanvasExporter.template=in.csv",
        "--to=canvas.csv",
    )
    assert "`bela` has a score, but no row" in said
    assert canvas_import((tmp_path / "canvas.csv").read_text(), CANVAS) == {
        "7": {"relu (77)": 6.5},
        "8": {},
    }
    run(tmp_path, "nbgrader", "export", f"--exporter={plugin}.ChecksExporter", "--to=checks.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "checks.csv").read_text())))
    assert [(row["student"], row["relu"], row["relu/forward"]) for row in rows] == [
        ("ada", "6.5", "3"),
        ("bela", "5.75", ""),
        ("chen", "", ""),
        ("dora", "", ""),
    ]


def test_a_template_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "latin.csv").write_bytes("Student,ID,Section,B\xe9la\n".encode("latin-1"))
    for name in ("absent.csv", "latin.csv"):
        with pytest.raises(UsageError, match=name):
            exports.make("canvas", GRADES, tmp_path / name, tmp_path)
    assert exports.make("csv", GRADES, None, tmp_path) == exports.plain(GRADES, {})
    assert exports.make("moodle", GRADES, None, tmp_path) == moodle.new(GRADES)


def test_no_gradebook_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="make grade"):
        grades.read(f"sqlite:///{tmp_path}/none.db")
