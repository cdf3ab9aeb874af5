"""A scaffolded lab runs, and `verify` refuses it for what its author has yet to write."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from autograder.commands import new_lab, verify
from autograder.commands.grade import Ended, Options, grade
from autograder.course import answers, labs, starters
from autograder.errors import UsageError

pytestmark = pytest.mark.slow  # a lab's verify

ROOT = Path(__file__).parent.parent


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course with checks of its own and no lab."""
    for folder in ("labs", "solutions", "autograder/checks"):
        (tmp_path / folder).mkdir(parents=True)
    return tmp_path


def build(course: Path, name: str) -> None:
    """What `autograder build` does."""
    notebook = course / "labs" / name / f"{name}.ipynb"
    notebook.parent.mkdir()
    notebook.write_text(starters.starter(course / "solutions" / name))


def test_a_scaffolded_lab_is_refused_only_for_what_is_missing(course: Path) -> None:
    """Starter, reference, alternative and mistake are as they should be; one check has no mistake
    that it catches.
    """
    new_lab.scaffold(course, "lab99_squares")
    build(course, "lab99_squares")

    (proof,) = verify.verify(labs.find(course, ()), seeds=(1, 2))

    assert proof.findings == (
        "check `square_value`: no mistake fails it, so nothing shows that it catches anything",
    )


def test_with_a_mistake_for_each_check_it_is_proven(course: Path) -> None:
    """What the finding asks for, written, proves the lab."""
    new_lab.scaffold(course, "lab99_squares")
    build(course, "lab99_squares")
    folder = course / "solutions" / "lab99_squares" / "mistakes"
    shutil.copy(folder / "upstream_ignored.py", folder / "doubled.py")
    text = (folder / "doubled.py").read_text()
    text = text.replace("# fails: square_gradient", "# fails: square_value")
    text = text.replace("return x * x", "return 2 * x").replace(
        "return 2 * x\n\n\ndef", "return 2 * x * grad_output\n\n\ndef"
    )
    (folder / "doubled.py").write_text(text.replace("Your backward", "Your forward doubles x. It"))

    (proof,) = verify.verify(labs.find(course, ()), seeds=(1, 2))

    assert proof.findings == ()


@pytest.mark.parametrize("worth", [0, 20], ids=["a lab", "a cell"])
def test_a_lab_or_a_cell_worth_nothing_is_proven_and_graded(course: Path, worth: int) -> None:
    """Its checks are asked and told, its mistakes named, and nothing is divided by its points."""
    name = "lab99_squares"
    new_lab.scaffold(course, name)
    source = course / "solutions" / name / f"{name}.py"
    text = source.read_text().replace('# %% test="square" points=20', '# %% test="square" points=0')
    text = text.replace("tests: [square]", "tests: [square, told]" if worth else "tests: [square]")
    checks = course / "autograder" / "checks" / f"{name}.py"
    asked = checks.read_text().replace("@points(10)", "@points(0)")
    if worth:
        text += f'\n# %% test="told" points={worth}\nassert square(torch.ones(1)).item() == 1\n'
        value = asked[asked.index("@points(0)\ndef test_square_value") :].split("\n\n\n")[0]
        more = value.replace("@points(0)", f"@points({worth})").replace("square_value", "told")
        asked += f"\n\n{more}\n"
    source.write_text(text)
    checks.write_text(asked)
    build(course, name)

    (proof,) = verify.verify(labs.find(course, ()), seeds=(1,))

    unseen = ["square_value", *(["told"] if worth else [])]
    assert proof.findings == tuple(
        f"check `{one}`: no mistake fails it, so nothing shows that it catches anything"
        for one in unseen
    )
    (lab,) = labs.find(course, ())
    assert lab.max_score == worth
    if worth:
        return
    mistake = course / "solutions" / name / "mistakes" / "upstream_ignored.py"
    for student, path in {
        "ada": mistake.parents[1] / "alternatives" / "by_multiplication.py",
        "bo": mistake,
    }.items():
        answer = answers.complete(
            answers.read_answer(path, list(lab.answers)), answers.reference(lab)
        )
        place = course / "submitted" / student / name / f"{name}.ipynb"
        place.parent.mkdir(parents=True)
        place.write_bytes(answers.filled(lab, answer))
    options = Options(course, course / "submitted", course / "graded")
    (ended,) = (one for one in grade(options) if isinstance(one, Ended))
    assert not ended.fault
    found = {one.student: one for one in ended.judgements}
    assert [one.name for one in found["bo"].mistakes] == ["upstream_ignored"]
    assert (found["ada"].score, found["ada"].mistakes) == (0.0, ())
    report = json.loads((course / "graded" / name / "report.json").read_text())
    assert report["scores"]["full"] == 1
    assert "<h1>" in (course / "graded" / "index.html").read_text()


@pytest.mark.parametrize("name", ["Lab", "../evil", "lab 1", ""])
def test_names_that_are_none_are_refused(course: Path, name: str) -> None:
    """A lab's name is its folder's, a module's, and a column's."""
    with pytest.raises(UsageError, match="is not a name for a lab"):
        new_lab.scaffold(course, name)


def test_nothing_is_overwritten(course: Path) -> None:
    """A lab that is there already stays as it is."""
    new_lab.scaffold(course, "lab99_squares")

    with pytest.raises(UsageError, match="is there already"):
        new_lab.scaffold(course, "lab99_squares")
