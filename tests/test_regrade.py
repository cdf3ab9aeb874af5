"""Whose score would change, before anything is kept: `autograder grade --compare`."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy
from courses import LAB, ROOT, make_course, run, scores

from autograder.commands import compare
from autograder.commands.compare import Change
from autograder.course.labs import Lab
from autograder.integrations.nbgrader.gradebook import Cell
from autograder.model import CheckResult, Judgement, Status, Verdict

pytestmark = pytest.mark.slow  # classes


def everything(place: Path) -> dict[str, bytes]:
    return {
        str(path): path.read_bytes()
        for path in sorted((place / "graded").rglob("*"))
        if path.is_file()
    }


def test_new_checks_are_compared_before_they_are_kept(tmp_path: Path) -> None:
    """Nothing changes where nothing changed; new checks change what they should; nothing is
    written; then it is kept.
    """
    place = make_course(tmp_path / "course", ["ada", "dora", "rosa"])
    checks = place / "autograder" / "checks" / f"{LAB}.py"
    checks.parent.mkdir(parents=True)
    shutil.copy(ROOT / "autograder" / "checks" / f"{LAB}.py", checks)
    assert "make grade" in run(place, "autograder", "grade", "--compare", fails=True)
    run(place, "autograder", "grade", "--no-feedback")
    before = everything(place)
    assert f"{LAB}: 0 of 3 scores would change" in run(place, "autograder", "grade", "--compare")
    text = checks.read_text()
    lenient = text.replace("battery.ask_seams(student, draw, RELU)", "assert True", 1)
    strict = lenient.replace("assert_matches(y, relu(x))", "assert_matches(y, relu(x) + 1)", 1)
    assert len({text, lenient, strict}) == 3
    checks.write_text(strict)
    said = run(place, "autograder", "grade", "--compare", fails=True).splitlines()
    assert f"{LAB}: 2 of 3 scores would change" in said
    assert [line.strip() for line in said if "->" in line] == [
        "ada  20 -> 19",
        "zero_edge  3 -> 2",
        "dora  17 -> 19",
        "zero_edge  0 -> 2",
    ]
    assert any("zero_edge_after_relu wrong: " in line and "was passed, -1" in line for line in said)
    risen = [line.strip() for line in said if "zero_edge passed (was wrong: " in line]
    assert len(risen) == 1
    assert risen[0].endswith(", +2)")
    assert everything(place) == before
    run(place, "autograder", "grade", "--no-feedback")
    after = scores(place / "graded" / "gradebook.db")
    assert [after[student, LAB, "zero_edge"][0] for student in ("ada", "dora")] == [2, 2]
    assert "0 of 3 scores would change" in run(place, "autograder", "grade", "--compare")


def test_a_gradebook_that_is_none_is_left_as_it_is(tmp_path: Path) -> None:
    """Another program's database is named, not turned into a gradebook."""
    place = make_course(tmp_path / "course", ["ada"])
    url = f"sqlite:///{place / 'other.db'}"
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("create table mine (x integer)"))
    engine.dispose()
    before = (place / "other.db").read_bytes()
    assert "no gradebook is in the database" in run(
        place, "autograder", "grade", "--compare", "--db", url, fails=True
    )
    (place / "text.db").write_text("no database at all, but long enough to be looked at. " * 40)
    said = run(
        place,
        "autograder",
        "grade",
        "--compare",
        "--db",
        f"sqlite:///{place / 'text.db'}",
        fails=True,
    )
    assert "could not be read: file is not a database" in said
    assert "Traceback" not in said
    assert (place / "other.db").read_bytes() == before
    assert not (place / "graded" / LAB).exists()


def judgement(lab: Lab, student: str, status: Status = Status.GRADED, **points: float) -> Judgement:
    checks = tuple(
        CheckResult(
            name,
            name,
            Verdict.PASSED,
            points=earned,
            max_points=2.0,
            family=name,
            bonus=name == "cuda",
        )
        for name, earned in {"from_scratch": 0.0, **points}.items()
    )
    return Judgement(student, lab.name, status, max_score=lab.max_score, checks=checks)


def test_what_counts_is_compared(relu_lab: Lab) -> None:
    """Scores by hand stay and hide what changes below them; extra credit counts; a gate is no cell;
    our faults are left out.
    """
    kept = {(relu_lab.name, "ada", name): Cell(2.0, None, 0.0) for name in relu_lab.families}
    kept[relu_lab.name, "ada", "zero_edge"] = Cell(0.0, 1.5, 0.0)
    kept[relu_lab.name, "ada", "cuda"] = Cell(0.0, None, 0.0)
    kept[relu_lab.name, "ada", "dropped"] = Cell(1.0, None, 0.5)
    kept["another_lab", "ada", "shapes"] = Cell(9.0, None, 0.0)
    points = dict.fromkeys(relu_lab.families, 2.0)

    def found(**more: float) -> dict[str, Change]:
        everyone = [
            judgement(relu_lab, "ada", Status.GRADED, **{**points, **more}),
            judgement(relu_lab, "bela", Status.NOT_GRADED),
        ]
        return {change.student: change for change in compare.changes(relu_lab, everyone, kept)}

    (change,) = found().values()
    assert {cell.cell: (cell.before, cell.after) for cell in change.cells} == {
        "dropped": (1.5, 0.5),
        "cuda": (0.0, 2.0),
    }
    assert (change.after or 0) - (change.before or 0) == 1
    del kept[relu_lab.name, "ada", "dropped"]
    assert found(cuda=0.0, zero_edge=0.5) == {}
    assert found(cuda=0.0, shapes=2.0000001) == {}
    (change,) = found(cuda=0.0, shapes=1.0).values()
    assert [(cell.cell, cell.before, cell.after) for cell in change.cells] == [("shapes", 2.0, 1.0)]


def test_the_checks_that_made_the_difference_are_named(relu_lab: Lab) -> None:
    """Those that rose and those that fell, that are new and that are gone; of gates, all."""

    def one(*checks: CheckResult) -> Judgement:
        return Judgement("ada", relu_lab.name, Status.GRADED, checks=checks).scored()

    def check(name: str, verdict: str, family: str = "shapes", gate: bool = False) -> CheckResult:
        earned = 1.0 if verdict == "passed" and not gate else 0.0
        worth = 0.0 if gate else 1.0
        said = "no good" if verdict != "passed" else ""
        return CheckResult(
            name, name, Verdict(verdict), earned, worth, said, family=family, gate=gate
        )

    before = one(
        check("rises", "wall_limit"),
        check("falls", "passed"),
        check("gone", "wrong"),
        check("stays", "wrong"),
        check("gate", "passed", "gate", gate=True),
    )
    now = one(
        check("rises", "passed"),
        check("falls", "wrong"),
        check("new", "passed"),
        check("stays", "wrong"),
        check("gate", "passed", "gate", gate=True),
    )
    assert compare._why(now, "shapes", before) == (
        "rises passed (was wall_limit: no good, +1)",
        "falls wrong: no good (was passed, -1)",
        "new passed (is new, +1)",
        "gone is no longer asked (was wrong, 0 points)",
    )
    shut = one(check("rises", "passed"), check("gate", "wrong", "gate", gate=True))
    assert compare._why(shut, "shapes", now)[:2] == (
        "rises passed (was worth 1 of 1, is 0 of 1)",
        "gate wrong: no good (was passed)",
    )
    assert compare._why(now, "shapes", None) == ("falls wrong: no good", "stays wrong: no good")
    unread = replace(before, status=Status.NEEDS_EYE, reason="not JSON", checks=())
    assert compare._why(now, "shapes", unread) == ("falls wrong: no good", "stays wrong: no good")


def test_a_submission_that_is_new_has_no_score_before(relu_lab: Lab) -> None:
    (change,) = compare.changes(relu_lab, [judgement(relu_lab, "chen", shapes=1.0)], {})
    assert (change.before, change.after) == (None, 1.0)


@pytest.mark.parametrize("auto", [None, 0.0])
def test_an_ungraded_cell_is_no_zero(relu_lab: Lab, auto: float | None) -> None:
    kept = {(relu_lab.name, "ada", name): Cell(auto, None, 0.0) for name in relu_lab.families}
    found = list(compare.changes(relu_lab, [judgement(relu_lab, "ada")], kept))
    assert bool(found) == (auto is None)
    assert all(change.before is None and change.cells[0].before is None for change in found)
