"""Answers that were written against the labs' texts by people who had not seen the checks: each
wrong one costs points in a family that its first line names, and right ones cost nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from courses import ROOT

from autograder.course import answers, labs
from autograder.course.submissions import Submission
from autograder.judge.grader import Grader
from autograder.model import Judgement, Status, Verdict

PLACE = Path(__file__).parent / "strangers"
LABS = sorted(folder.name for folder in PLACE.iterdir())
GATE = "from_scratch"  # takes every point, whatever the first line names
FAMILIES = re.compile(r"families: (?P<families>[\w ]+)")
PASSES = (Verdict.PASSED, Verdict.SKIPPED)
pytestmark = pytest.mark.slow


def judged(grader: Grader, name: str, kind: str) -> Iterator[tuple[Path, Judgement]]:
    """Each answer of a lab, with the reference's answers beside it."""
    lab = labs.load(ROOT, name)
    reference = answers.reference(lab)
    files = {path.stem: path for path in sorted((PLACE / name / kind).glob("*.py"))}
    found = [
        Submission(
            stem,
            answers.filled(
                lab, answers.complete(answers.read_answer(path, list(lab.answers)), reference)
            ),
        )
        for stem, path in files.items()
    ]
    for judgement in grader.judge(lab, found, 3, diagnose=False):
        yield files[judgement.student], judgement


@pytest.mark.parametrize("name", LABS)
def test_wrong_answers_lose_points(grader: Grader, name: str) -> None:
    kept, elsewhere = [], []
    for path, judgement in judged(grader, name, "wrong"):
        assert judgement.status == Status.GRADED, (path.stem, judgement.reason)
        failed = {c.family for c in judgement.checks if c.verdict not in PASSES}
        header = FAMILIES.search(path.read_text())
        assert header, f"{path.stem} names no families"
        if not failed:
            kept.append(path.stem)
        elif not failed & {*header["families"].split(), GATE}:
            elsewhere.append((path.stem, sorted(failed)))
    assert (kept, elsewhere) == ([], [])


@pytest.mark.parametrize("name", [name for name in LABS if (PLACE / name / "right").is_dir()])
def test_right_answers_lose_nothing(grader: Grader, name: str) -> None:
    for path, judgement in judged(grader, name, "right"):
        lost = [(c.name, c.message) for c in judgement.checks if c.verdict not in PASSES]
        assert not lost, path.stem
