"""What students receive after the deadline: right answers, why, and what they cost."""

from __future__ import annotations

import ast
import html
import json
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from courses import run

from autograder import files
from autograder.commands import costs, solutions
from autograder.course import answers, labs
from autograder.course.answers import Answer
from autograder.course.labs import Lab
from autograder.errors import UsageError
from autograder.model import Judgement, Level, Mistake, Status
from autograder.pages import solutions as pages
from autograder.record import results

ROOT = Path(__file__).parent.parent
LAB = "lab03_custom_relu"
LABS = labs.names(ROOT)
ELEMENTS = 1 << 17  # of Lab 03's work


def others(lab: Lab) -> list[Answer]:
    return [answers.read_answer(path, list(lab.answers)) for path in lab.alternatives()]


def judged(student: str, *mistakes: str, status: Status = Status.GRADED) -> Judgement:
    return Judgement(
        student=student,
        lab=LAB,
        status=status,
        reason=None,
        score=10.0,
        max_score=20.0,
        bonus=0.0,
        checks=(),
        seconds=0.0,
        seed=1,
        level=Level.FULL,
        mistakes=tuple(Mistake(name, f"The hint of {name}.") for name in mistakes),
    )


def graded(folder: Path, *judgements: Judgement) -> Path:
    results.write_lab(folder / LAB, labs.load(ROOT, LAB), judgements)
    return folder


@pytest.mark.parametrize("name", LABS)
def test_every_other_answer_has_a_reason(name: str) -> None:
    """One that its author wrote for students, or else the answer's own words."""
    lab = labs.load(ROOT, name)
    told = solutions.reasons(lab)
    assert set(told) == {one.name for one in others(lab)}
    assert min(len(text) for text in told.values()) > 20
    assert all(solutions.about(one) for one in others(lab))


def test_a_reason_for_no_answer_is_refused(tmp_path: Path) -> None:
    (tmp_path / "alternatives").mkdir()
    (tmp_path / solutions.REASONS).write_text("## gone\nIt was right.\n")
    lab = replace(labs.load(ROOT, LAB), solutions=tmp_path)
    with pytest.raises(UsageError, match="speaks of `gone`, which is no alternative"):
        solutions.reasons(lab)


def test_memory_is_counted_tensor_by_tensor() -> None:
    """What is kept for backward: a mask is a byte an element, an input four; and nothing for a
    scalar engine, whose Python objects are counted instead.
    """
    lab = labs.load(ROOT, LAB)
    chosen = [one for one in others(lab) if one.name in ("where_with_mask", "saves_the_output")]
    found = costs.measure(lab, chosen, rounds=1)
    (mask,), (output,) = found["where_with_mask"], found["saves_the_output"]
    assert (mask.kept, mask.reference_kept) == (ELEMENTS, 4 * ELEMENTS)
    assert output.kept == 4 * ELEMENTS
    assert mask.cell == "relu"
    assert "131,072 float32 numbers" in mask.work
    scalar = labs.load(ROOT, "lab01_scalar_autograd")
    (one,) = [one for one in others(scalar) if one.name == "slots_and_slopes"]
    kept = {cost.cell: cost for cost in costs.measure(scalar, [one], rounds=1)[one.name]}
    assert kept["value"].kept == 0
    assert 0 < kept["value"].memory < kept["value"].reference_memory


@pytest.mark.parametrize("name", LABS)
def test_every_answer_cell_has_work_that_runs(name: str) -> None:
    """The work of each cell, done by the reference once."""
    lab = labs.load(ROOT, name)
    works = costs._works(lab)
    assert set(works) == set(lab.answers)
    right = costs._names(lab, answers.reference(lab))
    for work in works.values():
        work(right)
        assert work.__doc__ or name != LAB


def test_work_that_is_wrong_is_refused(tmp_path: Path) -> None:
    lab = replace(labs.load(ROOT, LAB), solutions=tmp_path)
    assert costs._works(lab) == {}
    (tmp_path / "costs.py").write_text("WORK = {'gone': print}")
    with pytest.raises(UsageError, match="names `gone`, which is no answer cell"):
        costs._works(lab)
    (tmp_path / "costs.py").write_text("1 / 0")
    with pytest.raises(UsageError, match="cannot be run: ZeroDivisionError"):
        costs._works(lab)


def test_the_commonest_mistakes_are_those_of_graded_submissions(tmp_path: Path) -> None:
    """The most frequent first, five at most, and nobody's name."""
    many = [f"m{number}" for number in range(6)]
    place = graded(
        tmp_path,
        judged("ada", "kink_one", *many),
        judged("bob", "kink_one"),
        judged("eve"),
        judged("mallory", "kink_one", status=Status.NEEDS_EYE),
    )
    count, found = solutions.commonest(place / LAB / "results.json")
    assert count == 3
    assert [(one.called, one.students) for one in found] == [
        ("Kink one", 2),
        *((name.capitalize(), 1) for name in many[:4]),
    ]
    assert solutions.commonest(None) == (0, ())
    files.write(tmp_path / "odd.json", "{")
    with pytest.raises(UsageError, match="is not what `autograder grade` writes"):
        solutions.commonest(tmp_path / "odd.json")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """The solutions of Lab 03 with two graded submissions."""
    place = tmp_path_factory.mktemp("solutions")
    lab = labs.load(ROOT, LAB)
    grades = graded(place / "graded", judged("ada-lovelace", "kink_one"), judged("bob"))
    archive = solutions.build([lab], place / "made", grades, rounds=1)
    text = (place / "made" / LAB / "solutions.html").read_text()
    return SimpleNamespace(lab=lab, folder=place / "made", archive=archive, text=text)


def test_the_page_shows_each_answer_beside_the_reference(made: Any) -> None:
    """Its text, its reason, its costs; and what went wrong."""
    shown = html.unescape(re.sub(r"<[^>]+>", "", made.text))
    for one in others(made.lab):
        assert f'id="{one.name}"' in made.text
        assert re.sub("`", "", solutions.reasons(made.lab)[one.name]) in shown
        for line in one.cells["relu"].splitlines():
            assert line in shown
    assert "1 of 2 submissions" in shown
    assert "The hint of kink_one." in shown
    assert "131 kB" in shown
    assert "not measured" not in shown


def test_neither_hidden_checks_nor_names_are_in_it(made: Any) -> None:
    with zipfile.ZipFile(made.archive) as file:
        names = {name.partition("/")[2] for name in file.namelist()}
        whole = "\n".join(file.read(name).decode() for name in file.namelist())
    assert names == {f"{LAB}/solutions.html", f"{LAB}/{LAB}.ipynb"}
    public = made.lab.notebook.read_text()
    checks = {line.strip() for line in made.lab.checks.read_text().splitlines() if len(line) > 30}
    assert [line for line in checks if line in whole and line not in public] == []
    assert "ada-lovelace" not in whole
    cells = json.loads((made.folder / LAB / f"{LAB}.ipynb").read_text())["cells"]
    (answer,) = [cell["source"] for cell in cells if cell["id"] == "answer-relu"]
    assert answer == solutions.reference(made.lab).cells["relu"]


@pytest.mark.parametrize("name", LABS)
def test_the_reference_has_nothing_left_of_its_stubs(name: str) -> None:
    """What students read is Python without lines that are never reached, and does the same."""
    lab = labs.load(ROOT, name)

    class WithoutStubs(ast.NodeTransformer):
        def visit_Raise(self, node: ast.Raise) -> ast.Raise | None:
            return None if "NotImplementedError" in ast.dump(node) else node

    whole = answers.reference(lab).cells
    for key, text in solutions.reference(lab).cells.items():
        assert "NotImplementedError" not in text
        expected = WithoutStubs().visit(ast.parse(whole[key]))
        assert ast.dump(ast.parse(text)) == ast.dump(expected)


def test_a_folder_that_is_something_else_is_left_alone(made: Any, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("")
    with pytest.raises(UsageError, match=r"holds `thesis.tex`, which is no lab's solutions"):
        solutions.build([], tmp_path / "mine", tmp_path)
    assert (tmp_path / "mine" / "thesis.tex").exists()
    archive = solutions.build([], made.folder.with_name("again"), tmp_path)
    assert archive.is_file()


@pytest.mark.slow
def test_the_command_writes_them(tmp_path: Path) -> None:
    """`autograder release LAB --solutions`: the page and the notebook, and nothing to hand out
    before the deadline.
    """
    run(ROOT, "autograder", "release", LAB, "--solutions", "--to", str(tmp_path / "after"))
    assert {path.name for path in (tmp_path / "after" / LAB).iterdir()} == {
        "solutions.html",
        f"{LAB}.ipynb",
    }
    assert (tmp_path / "after.zip").is_file()


def test_numbers_are_said_in_words() -> None:
    assert [pages.size(n) for n in (512, 131_072, 1_048_576, 30_000_000)] == [
        "512 B",
        "131 kB",
        "1.0 MB",
        "30 MB",
    ]
    assert [pages.times(factor) for factor in (0.84, 131.4)] == ["0.8 times", "131 times"]
