"""A scaffolded lab runs, and `verify` refuses it for what its author has yet to write."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from autograder.commands import new_lab, verify
from autograder.course import labs, starters
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
