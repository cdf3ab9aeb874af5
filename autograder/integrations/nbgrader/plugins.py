"""Our judge inside nbgrader: in place of `Execute`, so that `nbgrader autograde` and formgrader
give the scores of `make grade`.

`nbgrader_config.py` puts the parts in: `SubmissionExporter` reads a submission, `JudgeSubmission`
has it judged and writes each grade cell's points, `SaveJudgement` adds extra credit and comments
once nbgrader has saved its scores, and `LatePenalty` says what lateness costs.
"""

from __future__ import annotations

import atexit
import json
from pathlib import Path
from typing import Any

import nbformat
from nbconvert import NotebookExporter
from nbgrader.api import Gradebook
from nbgrader.converters.base import NbGraderException
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import Execute, NbGraderPreprocessor
from traitlets import Bool, Dict, Integer, Unicode

from autograder.course import labs as course
from autograder.errors import AutograderError, GraderFault
from autograder.integrations.nbgrader import gradebook, graded_notebooks, lateness, settings
from autograder.integrations.nbgrader.tolerance import hand_in, key, lab_with_checks
from autograder.judge.client import Client
from autograder.model import Judgement, Level, Status

_clients: dict[tuple[Path, bool, Level], Client] = {}


class SubmissionExporter(NotebookExporter):
    """Reads submissions as what they are: files by strangers.

    nbgrader would stop at a file that is no notebook, at a renamed one and at tampered metadata.
    What it then gets here is the lab's own notebook with the answers put in; the judge reads the
    submission itself.
    """

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)  # type: ignore[no-untyped-call]
        # nbgrader makes its exporter before the first submission and asks for the lab right after:
        # it refuses one for which
        # nobody ran `generate_assignment`. Our starters are made by `make labs`, so here is where
        # the gradebook learns of it.
        coursedir: Any = getattr(self.parent, "coursedir", None)
        try:
            if (
                coursedir is not None
                and (lab := lab_with_checks(Path(coursedir.root), coursedir.assignment_id))
                is not None
            ):
                gradebook.describe(coursedir.db_url, lab)
        except AutograderError as error:
            self.log.error(str(error))
            raise NbGraderException(
                str(error)
            ) from None  # which nbgrader ends with, and no traceback

    def from_filename(self, filename: str, resources: Any = None, **more: Any) -> tuple[Any, Any]:
        """The notebook after nbgrader's preprocessors, and its resources."""
        autograde: Any = self.parent
        convert: Any = self.from_notebook_node
        coursedir, about = autograde.coursedir, (resources or {}).get("nbgrader", {})
        # nbgrader comes twice: with the file as it was handed in, then with what it wrote of that.
        lab = (
            lab_with_checks(Path(coursedir.root), about["assignment"])
            if about and _is_hand_in(coursedir, Path(filename), about)
            else None
        )
        if lab is None:
            whole: tuple[Any, Any] = super().from_filename(filename, resources, **more)
            return whole
        found = hand_in(Path(filename).parent, about["student"], lab)
        book = nbformat.reads(json.dumps(graded_notebooks.sanitized(lab, found)), as_version=4)
        return convert(book, resources)  # type: ignore[no-any-return]


class JudgeSubmission(Execute):  # type: ignore[misc]
    """Has a submission judged and writes each grade cell's points as its output.

    Runs a notebook that is not ours as nbgrader does.
    """

    seed = Integer(
        None,
        allow_none=True,
        help="The inputs' seed; where there is none, each submission has its own, as for "
        "`autograder grade`.",
    ).tag(config=True)
    needs_eye_counts_zero = Bool(
        default_value=False,
        help="What cannot be read, or needs what the grader does not have, has 0 points rather "
        "than none.",
    ).tag(config=True)
    least_level = Unicode(
        "none",
        help="Grade nothing where student code is confined less: full, strong, strong-ns or none.",
    ).tag(config=True)
    trust_these_notebooks = Bool(
        default_value=False, help="Grade although student code cannot be confined."
    ).tag(config=True)

    def preprocess(self, nb: Any, resources: Any, km: Any = None) -> tuple[Any, Any]:
        """The notebook with outputs in its grade cells and answer cells.

        Raises:
            GraderFault: it was not judged, through a fault of ours. nbgrader then leaves this
                submission ungraded and goes on.
        """
        about, coursedir = resources["nbgrader"], self.parent.parent.coursedir
        root, name, student = Path(coursedir.root), about["assignment"], about["student"]
        lab = lab_with_checks(root, name) if about["notebook"] == name else None
        if lab is None:
            self.log.info("`%s` has no hidden checks: running the notebook's own tests", name)
            whole: tuple[Any, Any] = super().preprocess(nb, resources, km)
            return whole

        def submitted(student: str, assignment: str) -> Path:
            place = coursedir.submitted_directory
            return Path(coursedir.format_path(place, student, assignment))

        least = settings.level(self.least_level)
        client = _client(root, submitted(".", "."), least, trusted=bool(self.trust_these_notebooks))
        seed = None if self.seed is None else int(self.seed)
        found = hand_in(submitted(student, name), student, lab)
        judgement = client.judge(lab, found, seed).settled(
            counts_zero=bool(self.needs_eye_counts_zero)
        )
        if judgement.status == Status.NOT_GRADED:
            raise GraderFault(
                f"`{student}` was not graded through a fault of ours: {judgement.reason}"
            )
        if not judgement.status.has_score:
            self.log.warning("`%s` needs your eye: %s", student, judgement.reason)
        resources["autograder"], resources["autograder_key"] = judgement, key(lab, found)
        graded_notebooks.fill(nb, lab, judgement.for_student(lab.feedback))
        return nbformat.from_dict(nb), resources


class SaveJudgement(NbGraderPreprocessor):  # type: ignore[misc]
    """Saves extra credit and comments, and that there is no score, which nbgrader cannot read from
    a cell's output.

    Belongs behind `SaveAutoGrades`.
    """

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """The notebook as it is; the gradebook gets the rest."""
        judgement, about = resources.get("autograder"), resources["nbgrader"]
        if isinstance(judgement, Judgement):
            lab = course.load(Path(self.parent.parent.coursedir.root), judgement.lab)
            with Gradebook(about["db_url"]) as book:
                gradebook.add_to_scores(
                    book.find_submission_notebook(lab.name, lab.name, about["student"]),
                    lab,
                    judgement,
                )
                book.db.commit()
            graded_notebooks.mark(nb, resources["autograder_key"])
        return nb, resources


class LatePenalty(LateSubmissionPlugin):  # type: ignore[misc]
    """nbgrader's plugin for late penalties, by the rules in `nbgrader_config.py`."""

    rules = Dict(
        help="By lab: percent_per_day, points_per_day, grace_minutes, floor_percent; `*` for every "
        "lab without its own."
    ).tag(config=True)
    free_days = Integer(
        0, help="Days of lateness that each student may use up in the course at no cost."
    ).tag(config=True)
    timezone = Unicode("UTC", help="Where the course is, as Europe/Berlin.").tag(config=True)

    def late_submission_penalty(
        self,
        student_id: str,
        score: float,
        total_seconds_late: float,  # noqa: ARG002 - nbgrader's signature
    ) -> float | None:
        """Points to take off one notebook's score."""
        submission = self.parent.gradebook.find_submission(self.parent.assignment_id, student_id)
        policy = lateness.made(self.rules, int(self.free_days), str(self.timezone))
        return lateness.lost(policy, submission, score)


def _is_hand_in(coursedir: Any, path: Path, about: dict[str, str]) -> bool:
    """Whether a file lies in its student's folder of submissions."""
    place = coursedir.submitted_directory
    folder = Path(coursedir.format_path(place, about["student"], about["assignment"]))
    return path.parent.resolve() == folder.resolve()


def _client(root: Path, submitted: Path, least: Level, *, trusted: bool) -> Client:
    """The one grader of this process for a course; it ends with the process."""
    key = (root, trusted, least)
    if key not in _clients:
        _clients[key] = Client(root, [submitted], trusted=trusted, least=least)
        atexit.register(_clients[key].close)
    return _clients[key]
