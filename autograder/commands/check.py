"""Judging one notebook, for students' machines and CI."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from autograder.course import labs as course
from autograder.course import recognition, submissions
from autograder.course.labs import Lab
from autograder.course.submissions import Submission
from autograder.errors import UsageError
from autograder.integrations.nbgrader import settings
from autograder.judge import inputs
from autograder.judge.grader import Grader
from autograder.model import Judgement, Status, StudentView

STUDENT = "notebook"  # whose it is, where nobody said


@dataclass(frozen=True)
class Checked:
    """What is said of one notebook."""

    lab: Lab
    judgement: Judgement

    @property
    def view(self) -> StudentView:
        """What its student may see of it."""
        return self.judgement.for_student(self.lab.feedback)


def check(
    root: Path,
    path: Path,
    name: str | None,
    seed: int | None,
    *,
    masked: tuple[str, ...] = (),
    trusted: bool = False,
) -> Checked:
    """Judge one notebook.

    Args:
        root: the course.
        path: the notebook.
        name: its lab; found from the file otherwise.
        seed: the inputs' seed; a random one otherwise.
        masked: layers of the sandbox to do without.
        trusted: go on without a sandbox.

    Raises:
        UsageError: there is no such file or lab.
        SandboxUnavailable: it cannot be confined.
    """
    if path.is_dir():
        raise UsageError(f"`{path}` is a folder; name the notebook in it")
    if not path.exists():
        raise UsageError(f"no file `{path}`")
    seed = inputs.random_seed() if seed is None else seed
    with Grader(root, jobs=1, masked=masked, trusted=trusted) as grader:  # warms up while we read
        found = submissions.fetch_file(path, STUDENT)
        lab = course.find(root, [name])[0] if name else _lab_of(root, path, found)
        (judgement,) = grader.judge(lab, [found], seed, diagnose=False)
        if judgement.lost_points and judgement.status == Status.GRADED:
            # Only now is it worth knowing the catalogued mistakes.
            (judgement,) = grader.judge(lab, [found], seed)
    if judgement.status == Status.NEEDS_EYE:
        judgement = judgement.settled(counts_zero=settings.counts_zero(root))
    return Checked(lab, judgement)


def _lab_of(root: Path, path: Path, found: Submission) -> Lab:
    """The lab whose notebook this is: by the file's name, its folder's, or what stands in it."""
    for name in (path.name.partition(".")[0], path.resolve().parent.name):
        if course.is_lab(root, name):
            return course.load(root, name)
    labs = course.find(root, ())
    best = recognition.by_content(labs, found)
    if best is None:
        known = ", ".join(lab.name for lab in labs)
        raise UsageError(f"which lab is `{path.name}` of? Name it: --lab, one of {known}")
    return best
