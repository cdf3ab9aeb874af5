"""nbgrader's own commands on this course, and the scores of `autograder grade` beside theirs.
nbgrader runs in processes of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
import sys
from dataclasses import replace
from pathlib import Path

import hostile_class
import pytest
from courses import BIN, LAB, ROOT, SEED, comments, make_course, python, run, scores

from autograder.course import answers as solutions
from autograder.course import labs, starters
from autograder.course.submissions import Submission
from autograder.errors import GraderFault, UsageError
from autograder.integrations.nbgrader import lateness
from autograder.judge.client import Client
from autograder.layout import CourseLayout
from autograder.model import Level

pytestmark = pytest.mark.slow  # a class, by nbgrader's commands


def penalty(database: Path) -> float | None:
    with sqlite3.connect(database) as connection:
        query = "select late_submission_penalty from submitted_notebook"
        found: float | None = connection.execute(query).fetchone()[0]
        return found


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example class, generated and autograded by nbgrader into graded/, and by the autograder
    into own/.
    """
    place = make_course(tmp_path_factory.mktemp("class") / "course")
    run(place, "nbgrader", "generate_assignment", LAB)
    run(place, "nbgrader", "autograde", LAB)
    run(place, "autograder", "grade", "--out", "own")
    return place


def test_generate_assignment_writes_what_make_labs_writes(graded: Path) -> None:
    """Byte by byte, although a starter was there already; and nothing but the notebook."""
    made = graded / "labs" / LAB
    assert (made / f"{LAB}.ipynb").read_text() == starters.starter(graded / "solutions" / LAB)
    assert [path.name for path in made.iterdir()] == [f"{LAB}.ipynb"]
    assert [path.name for path in (graded / "source" / LAB).iterdir()] == [f"{LAB}.ipynb"]


def test_both_ways_of_grading_give_the_same_scores(graded: Path) -> None:
    """Cell by cell, for every student of the example class, unreadable and renamed notebooks
    included; and the same comments.
    """
    by_nbgrader, by_us = (
        scores(graded / "graded" / "gradebook.db"),
        scores(graded / "own" / "gradebook.db"),
    )
    assert (
        len({student for student, _, _ in by_us})
        == len(list((graded / "submitted").iterdir()))
        == 20
    )
    assert by_nbgrader == by_us
    assert comments(graded / "graded" / "gradebook.db") == comments(graded / "own" / "gradebook.db")


def test_scores_are_those_of_results(graded: Path) -> None:
    """What nbgrader adds up is the score in results.json."""
    results = json.loads((graded / "own" / LAB / "results.json").read_text())
    for submission in results["submissions"]:
        cells = [
            row
            for (student, _, _), row in scores(graded / "graded" / "gradebook.db").items()
            if student == submission["student"]
        ]
        if submission["status"] == "needs_eye":
            assert all(auto is None and eye for auto, _, _, eye in cells)
        else:
            assert sum(row[0] for row in cells) == submission["score"]


def test_outputs_say_why_and_what_it_earned(graded: Path) -> None:
    """A grade cell's outputs are text and a number; no error, no stderr, no traceback, no value of
    a hidden input.
    """
    lines = [
        json.loads(line)
        for line in (graded / "own" / LAB / "journal.jsonl").read_text().splitlines()
    ]
    details = {
        check["detail"]
        for line in lines
        if "judgement" in line
        for check in line["judgement"]["checks"]
    } - {""}
    assert details
    for notebook in (graded / "autograded").rglob("*.ipynb"):
        for cell in json.loads(notebook.read_text())["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("grade"):
                if notebook.parent.parent.name == "rosa":  # it has no score
                    (said,) = cell["outputs"]
                    assert "not JSON" in "".join(said["text"])
                    continue
                said, points = cell["outputs"]
                assert (said["output_type"], said["name"], points["output_type"]) == (
                    "stream",
                    "stdout",
                    "execute_result",
                )
                assert (
                    0
                    <= float("".join(points["data"]["text/plain"]))
                    <= cell["metadata"]["nbgrader"]["points"]
                )
                assert "Traceback" not in "".join(said["text"])
                assert not any(detail in "".join(said["text"]) for detail in details)


def test_generate_feedback_and_export_work(graded: Path) -> None:
    run(graded, "nbgrader", "generate_feedback", LAB, "--student", "dora")
    page = (graded / "feedback" / "dora" / LAB / f"{LAB}.html").read_text()
    assert "At exactly x = 0 the gradient is 0" in page
    assert "def test_" not in page
    run(graded, "nbgrader", "export", "--to", "all.csv")
    rows = (graded / "all.csv").read_text().splitlines()
    assert len(rows) == 21
    assert next(row for row in rows if ",dora," in row).endswith(",17.0,0.0,17.0,20.0")


def test_formgrader_sees_the_class_as_autograded(graded: Path) -> None:
    """The calls behind formgrader's pages and its Autograde button."""
    program = (
        "import json, os; from nbgrader.apps import NbGraderAPI, NbGrader; from "
        "traitlets.config import PyFileConfigLoader\n"
        "api = NbGraderAPI(config=PyFileConfigLoader('nbgrader_config.py', "
        "os.getcwd()).load_config())\n"
        f"done = api.autograde('{LAB}', 'ada')\n"
        f"print(json.dumps([done['success'], [(s['student'], s['autograded'], "
        f"s['score']) for s in api.get_submissions('{LAB}')]]))"
    )
    success, submissions = json.loads(python(graded, program).splitlines()[-1])
    assert success
    assert len(submissions) == 20
    assert all(autograded for _, autograded, _ in submissions)
    assert next(score for student, _, score in submissions if student == "ada") == 20


def test_what_was_given_by_hand_survives(graded: Path) -> None:
    """Manual scores and comments stay when either way of grading runs again; nbgrader can autograde
    what `grade` described.
    """
    database = graded / "own" / "gradebook.db"
    with sqlite3.connect(database) as connection:
        zero_edge = "cell_id in (select id from base_cell where name = 'zero_edge')"
        connection.execute(
            f"update grade set manual_score = 1.5 where auto_score = 0 and {zero_edge}"
        )
        connection.execute("update comment set manual_comment = 'see me'")
    run(
        graded,
        "autograder",
        "grade",
        "--force",
        "--seed",
        "8",
        "--student",
        "dora",
        "--out",
        "own",
        "--no-feedback",
    )
    for again in (False, True):
        if again:
            run(
                graded,
                "nbgrader",
                "autograde",
                LAB,
                "--force",
                "--student",
                "dora",
                "--db",
                f"sqlite:///{database}",
            )
        assert scores(database)["dora", LAB, "zero_edge"] == (0.0, 1.5, None, True)
        assert {manual for _, manual in comments(database).values()} == {"see me"}


def test_late_work_costs_what_the_course_says(graded: Path) -> None:
    """The time in timestamp.txt, the due date, an extension, and the rule of the lab: the same from
    both ways of grading.
    """
    shutil.copy(graded / "nbgrader_config.py", graded / "before.py")
    with open(graded / "nbgrader_config.py", "a") as config:
        config.write(
            f'\nc.LatePenalty.rules = {{"{LAB}": {{"percent_per_day": 20, '
            f'"grace_minutes": 30, "floor_percent": 50}}}}\n'
        )
    run(graded, "nbgrader", "db", "assignment", "add", LAB, "--duedate", "2027-01-10 12:00 UTC")
    arrivals = [
        ("2027-01-10 12:20 UTC", 0),
        ("2027-01-12 11:00 UTC", 0),
        ("2027-01-20 12:00 UTC", 0),
        ("2027-01-20 12:00 UTC", 9),
    ]
    (graded / "late.py").write_text(LATE.format(lab=LAB, arrivals=arrivals))
    costs = json.loads(run(graded, Path(sys.executable).name, "late.py").splitlines()[-1])
    shutil.move(graded / "before.py", graded / "nbgrader_config.py")
    assert costs == [[None, None], [6.8, 6.8], [8.5, 8.5], [3.4, 3.4]]


LATE = """
import json, os
from pathlib import Path
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from traitlets.config import PyFileConfigLoader
from autograder.course import labs
from autograder.integrations.nbgrader import gradebook
from autograder.record.journal import Journal

api = NbGraderAPI(config=PyFileConfigLoader("nbgrader_config.py", os.getcwd()).load_config())
lab, url = labs.load(Path.cwd(), "{lab}"), "sqlite:///graded/gradebook.db"
judged = [Journal(Path("own/{lab}/journal.jsonl")).judgements["dora"]]

def penalty(new=None):
    with Gradebook(url) as book:
        found = book.find_submission("{lab}", "dora").notebooks[0]
        before, found.late_submission_penalty = found.late_submission_penalty, new
        book.db.commit()
    return before

costs = []
for arrived, days in {arrivals}:
    Path("submitted/dora/{lab}/timestamp.txt").write_text(arrived)
    if days:
        with Gradebook(url) as book:
            book.grant_extension("{lab}", "dora", days=days)
    assert api.autograde("{lab}", "dora")["success"]
    by_nbgrader = penalty(new=3)
    gradebook.record(url, lab, judged, Path("submitted"))
    costs.append([by_nbgrader, penalty()])
print(json.dumps(costs))
"""


def test_a_fault_of_ours_is_no_zero(graded: Path) -> None:
    """nbgrader says so, goes on with the others, and ends with an error; the submission has no
    score and is not autograded.
    """
    shutil.copytree(graded / "submitted" / "ada", graded / "submitted" / "aaron")
    shutil.copy(graded / "nbgrader_config.py", graded / "before.py")
    with open(graded / "nbgrader_config.py", "a") as config:
        config.write(
            "\nfrom autograder.judge import client\nfrom autograder.model "
            "import Judgement, Status\nreal = client.Client.judge\n"
            "def judge(self, lab, found, seed):\n"
            "    if found.student == 'aaron':\n"
            "        return Judgement('aaron', lab.name, Status.NOT_GRADED, "
            "reason='the zygote died')\n"
            "    return real(self, lab, found, seed)\n"
            "client.Client.judge = judge\n"
        )
    with sqlite3.connect(graded / "graded" / "gradebook.db") as connection:
        connection.execute("update grade set auto_score = 0")
    said = run(graded, "nbgrader", "autograde", LAB, "--force", "--student", "a*a*", fails=True)
    shutil.move(graded / "before.py", graded / "nbgrader_config.py")
    shutil.rmtree(graded / "submitted" / "aaron")
    assert "`aaron` was not graded through a fault of ours: the zygote died" in said
    assert not (graded / "autograded" / "aaron" / LAB).exists()
    found = scores(graded / "graded" / "gradebook.db")
    assert {row[0] for (student, _, _), row in found.items() if student == "aaron"} == {None}
    assert sum(row[0] for (student, _, _), row in found.items() if student == "ada") == 20


def test_the_hostile_class_gets_the_same_from_both(tmp_path: Path) -> None:
    """Every thirteenth program of the hostile class, all of them with HOSTILE=all: cell by cell,
    and an honest one beside them.
    """
    place = make_course(tmp_path / "course", ["ada"])
    lab = labs.load(ROOT, LAB)
    chosen = hostile_class.programs()[:: 1 if os.environ.get("HOSTILE") == "all" else 13]
    with hostile_class.planted(program.name for program in chosen) as targets:
        for program in chosen:
            folder = place / "submitted" / program.name / LAB
            folder.mkdir(parents=True)
            (folder / f"{LAB}.ipynb").write_bytes(
                hostile_class.hand_in(lab, targets[program.name].fill(program.text))
            )
        said = run(place, "nbgrader", "autograde", LAB, seconds=1200)
        run(
            place,
            "autograder",
            "grade",
            "--out",
            "own",
            "--no-feedback",
            seconds=1200,
        )
        reached = {
            program.name: targets[program.name].reached(said) - {"stat"} for program in chosen
        }
    by_nbgrader, by_us = (
        scores(place / "graded" / "gradebook.db"),
        scores(place / "own" / "gradebook.db"),
    )
    assert {student for student, _, _ in by_us} == {"ada", *(program.name for program in chosen)}
    assert by_nbgrader == by_us
    assert sum(row[0] for (student, _, _), row in by_us.items() if student == "ada") == 20
    assert {name for name, found in reached.items() if found} == set()


def test_zip_collect_knows_canvas_names(tmp_path: Path) -> None:
    """From the download to the score, in a course that was never graded; the secret that it is
    graded with is kept for `autograder grade`.
    """
    place = make_course(tmp_path / "course", ["ada"])
    secret = CourseLayout(place).secret
    secret.unlink()
    archive = place / "downloaded" / LAB / "archive"
    archive.mkdir(parents=True)
    text = (place / "submitted" / "ada" / LAB / f"{LAB}.ipynb").read_bytes()
    for name in (f"zoe_{LAB}.ipynb", f"leeann_LATE_1234_5678_{LAB}-1.ipynb"):
        (archive / name).write_bytes(text)
    run(place, "nbgrader", "zip_collect", LAB)
    for student in ("zoe", "leeann"):
        assert (place / "submitted" / student / LAB / f"{LAB}.ipynb").read_bytes() == text
    run(place, "nbgrader", "generate_assignment", LAB)
    run(place, "nbgrader", "autograde", LAB, "--student", "*e*")
    found = scores(place / "graded" / "gradebook.db")
    assert {student for student, _, _ in found} == {"zoe", "leeann"}
    assert sum(row[0] for row in found.values()) == 40
    assert len(secret.read_text().strip()) == 64
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600


def test_a_lab_without_hidden_checks_is_graded_as_nbgrader_does(tmp_path: Path) -> None:
    """nbgrader's own example course: the same scores with our preprocessors and without."""
    run(tmp_path, "nbgrader", "quickstart", "plain")
    place = tmp_path / "plain"
    with open(place / "nbgrader_config.py", "a") as config:
        config.write(
            "\nimport os, sys\nc = get_config()\n"
            + f"os.environ['PATH'] = {str(BIN)!r} + ':' + os.environ['PATH']\n"
        )
    run(place, "nbgrader", "generate_assignment", "ps1")
    shutil.copytree(place / "release" / "ps1", place / "submitted" / "half" / "ps1")
    shutil.copy(place / "source" / "ps1" / "problem1.ipynb", place / "submitted" / "half" / "ps1")
    broken = (
        place / "submitted" / "broken" / "ps1"
    )  # an answer that raises, and only one of the two notebooks
    broken.mkdir(parents=True)
    starter = (place / "release" / "ps1" / "problem1.ipynb").read_text()
    (broken / "problem1.ipynb").write_text(starter.replace("raise NotImplementedError()", "1 / 0"))
    shutil.copytree(place, tmp_path / "ours")
    with open(tmp_path / "ours" / "nbgrader_config.py", "a") as config:
        config.write(
            "\nfrom autograder.integrations.nbgrader.course_config import put_judge_in"
            "\nput_judge_in(c)\n"
        )
    run(place, "nbgrader", "autograde", "ps1")
    said = run(tmp_path / "ours", "nbgrader", "autograde", "ps1")
    assert "`ps1` has no hidden checks: running the notebook's own tests" in said
    found = scores(tmp_path / "ours" / "gradebook.db")
    assert found == scores(place / "gradebook.db")
    assert {student for student, _, _ in found} == {"half", "broken"}
    assert {row[0] for row in found.values()} >= {0.0, 1.0}


def test_rules_for_lateness() -> None:
    rules = {
        "*": {"percent_per_day": 10},
        "hard": {"percent_per_day": 30, "grace_minutes": 60, "floor_percent": 25},
    }
    assert lateness.rule(rules, "other").penalty(20, 1) == 2
    assert lateness.rule(rules, "other").penalty(20, 86_401) == 4
    assert lateness.rule(rules, "other").penalty(20, 30 * 86_400) == 20
    assert lateness.rule(rules, "hard").penalty(10, 3600) is None
    assert lateness.rule(rules, "hard").penalty(10, 3601) == 3
    assert lateness.rule(rules, "hard").penalty(10, 10 * 86_400) == 7.5
    assert lateness.rule({}, "any").penalty(10, 10 * 86_400) is None


@pytest.mark.parametrize(
    "rule",
    [{"percent": 3}, {"percent_per_day": -1}, {"percent_per_day": 101}, {"grace_minutes": True}],
)
def test_rules_that_make_no_sense_are_named(rule: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="LatePenalty"):
        lateness.rule({"lab": rule}, "lab")


def test_arrivals(tmp_path: Path) -> None:
    """A time is read as nbgrader reads it; what holds none, and what is a link, counts as none."""
    for name, text in [("good", "2027-01-10 12:20:00 UTC"), ("bad", "soon"), ("empty", "")]:
        (tmp_path / name).mkdir()
        (tmp_path / name / "timestamp.txt").write_text(text)
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / "timestamp.txt").symlink_to(tmp_path / "good" / "timestamp.txt")
    program = (
        "from pathlib import Path; from autograder.integrations.nbgrader.lateness import arrival\n"
        "print([str(arrival(Path(name))) for name in ('good', 'bad', 'empty', 'link', 'absent')])"
    )
    assert (
        python(tmp_path, program).strip()
        == "['2027-01-10 12:20:00', 'None', 'None', 'None', 'None']"
    )


def test_the_judge_comes_back() -> None:
    """It stays warm between submissions and labs, is started again after it died, and says what is
    wrong with a lab's checks.
    """
    lab, other = labs.load(ROOT, LAB), labs.load(ROOT, "lab02_backpropagation")
    found = Submission("ada", solutions.filled(lab, solutions.reference(lab)))
    client = Client(ROOT)
    try:
        first = client.judge(lab, found, SEED)
        process = client._process
        assert process is not None
        assert (first.student, first.score) == ("ada", lab.max_score)
        assert first.level in (Level.FULL, Level.STRONG, Level.STRONG_NS)
        assert (
            client.judge(other, Submission("bela", solutions.filled(other, None)), SEED).score == 0
        )
        assert (
            client.judge(lab, Submission("chen", reason="no notebook"), SEED).reason
            == "no notebook"
        )
        assert client._process is process
        process.kill()
        process.wait()
        assert client.judge(lab, found, SEED).score == lab.max_score
        with pytest.raises(GraderFault, match="no lab `none`"):
            client.judge(replace(lab, name="none"), found, SEED)
    finally:
        client.close()


def test_nothing_keeps_nbgrader_from_the_settings(tmp_path: Path) -> None:
    """nbgrader goes on with its own where its settings cannot be run; a lab's broken source must
    not do that.
    """
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    (tmp_path / "solutions" / "broken").mkdir(parents=True)
    (tmp_path / "solutions" / "broken" / "broken.py").write_text("# %% nonsense\nx\n")
    program = (
        "import os; from traitlets.config.loader import PyFileConfigLoader\n"
        "config = PyFileConfigLoader('nbgrader_config.py', os.getcwd()).load_config()\n"
        "print(config.Autograde.autograde_preprocessors[0], config.ClearSolutions.code_stub)"
    )
    said = python(tmp_path, program)
    assert (
        f"autograder.integrations.nbgrader.plugins.JudgeSubmission {{'python': '{starters.STUB}'}}"
        in said
    )
    assert "nbgrader_config.py: UsageError" in said


def test_another_plugins_penalties_are_left_alone(tmp_path: Path) -> None:
    """The rules count only where the course's settings name our plugin; settings that cannot be run
    are named.
    """
    config = tmp_path / "nbgrader_config.py"
    assert lateness.policy(tmp_path) is None
    rules = "c = get_config()\nc.LatePenalty.rules = {'*': {'percent_per_day': 10}}\n"
    config.write_text(rules)
    assert lateness.policy(tmp_path) is None
    config.write_text(rules + f"c.AssignLatePenalties.plugin_class = {lateness.PLUGIN!r}\n")
    policy = lateness.policy(tmp_path)
    assert policy is not None
    assert policy("any", "ada", 20, 5) == 2
    config.write_text("1 / 0")
    with pytest.raises(UsageError, match="ZeroDivisionError"):
        lateness.policy(tmp_path)
