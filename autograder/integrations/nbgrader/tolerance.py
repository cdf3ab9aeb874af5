"""Where nbgrader itself would stop, or pass over work, before any plugin of ours is asked.

nbgrader has no setting for these four: a `timestamp.txt` that it cannot read ends the run and
formgrader's page with it; a hand-in without a file of the lab's exact name is passed over; and what
was graded once is not graded again when its checks or the file have changed. So its methods are
wrapped, in nbgrader's own processes and for labs of ours alone.
"""

from __future__ import annotations

import glob
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograder.course import labs as course
from autograder.course import submissions
from autograder.course.labs import Lab
from autograder.errors import AutograderError
from autograder.integrations.nbgrader import arrival, graded_notebooks
from autograder.judge import fingerprint

_MARK = "_autograd_labs"  # on a method that is wrapped already


def install() -> None:
    """Wrap nbgrader's methods, once a process."""
    # Here, since nbgrader may be importing its configuration, and us with it, at this moment.
    from nbgrader.apps.api import NbGraderAPI
    from nbgrader.converters.autograde import Autograde
    from nbgrader.coursedir import CourseDirectory

    _wrap(CourseDirectory, "get_existing_timestamp", _existing_timestamp)
    _wrap(NbGraderAPI, "get_submitted_timestamp", _submitted_timestamp)
    _wrap(Autograde, "init_notebooks", _init_notebooks)
    _wrap(Autograde, "init_destination", _init_destination)


def lab_with_checks(root: Path, name: str) -> Lab | None:
    """The lab, if it has hidden checks in this course; None for one that is graded by the tests in
    its notebook.

    Raises:
        UsageError: its notebook is ours, but not what `make labs` writes.
    """
    if not course.is_lab(root, name):
        return None
    lab = course.load(root, name)
    return lab if lab.checks.is_file() else None


def hand_in(folder: Path, student: str, lab: Lab) -> submissions.Submission:
    """The submission in nbgrader's folder for it, exactly as `autograder grade` reads it."""
    if folder.name == lab.name and folder.parent.name == student:
        return submissions.fetch(folder.parent.parent, student, lab)
    return submissions.fetch_folder(student, folder, lab)


def key(lab: Lab, found: submissions.Submission) -> str:
    """The digest of everything that decides a submission's grade, its seed aside."""
    return fingerprint.verdict(fingerprint.of(lab), found)


def _wrap(owner: Any, name: str, around: Callable[..., Any]) -> None:
    original = getattr(owner, name)
    if getattr(original, _MARK, False):
        return

    def wrapped(self: Any, *arguments: Any, **more: Any) -> Any:
        return around(original, self, *arguments, **more)

    setattr(wrapped, _MARK, True)
    setattr(owner, name, wrapped)


def _existing_timestamp(_: Callable[..., Any], coursedir: Any, dest_path: str) -> Any:
    """When the work in a folder came, as `autograder grade` reads it; None where it cannot be."""
    folder = Path(dest_path)
    if arrival.is_unreadable(folder) and arrival.written(folder):
        coursedir.log.warning(
            "%s/timestamp.txt holds no time that can be read: %r. Whether this came late is yours "
            "to say",
            folder,
            arrival.written(folder),
        )
    return arrival.arrival(folder)


def _submitted_timestamp(
    _: Callable[..., Any], api: Any, assignment_id: str, student_id: str
) -> Any:
    return arrival.arrival(Path(_submitted(api.coursedir, assignment_id, student_id)))


def _submitted(coursedir: Any, assignment_id: str, student_id: str) -> str:
    """The folder of a hand-in, where `*` stands for any."""
    return str(coursedir.format_path(coursedir.submitted_directory, student_id, assignment_id))


def _lab(converter: Any) -> Lab | None:
    coursedir = converter.coursedir
    try:
        return lab_with_checks(Path(coursedir.root), coursedir.assignment_id)
    except AutograderError:
        return None  # the exporter says what is wrong


def _init_notebooks(original: Callable[..., Any], converter: Any) -> None:
    """Each folder of a lab of ours is a hand-in, whatever lies in it: the exporter reads it."""
    lab = _lab(converter)
    coursedir = converter.coursedir
    if lab is None or coursedir.notebook_id != "*":
        original(converter)
        return
    pattern = _submitted(coursedir, coursedir.assignment_id, coursedir.student_id)
    folders = [folder for folder in glob.glob(pattern) if Path(folder).is_dir()]  # noqa: PTH207 - a whole path
    if not folders:
        original(converter)  # which says so, and what may have been meant
        return
    converter.notebooks = []
    converter.assignments = {folder: [str(Path(folder, f"{lab.name}.ipynb"))] for folder in folders}


def _init_destination(
    original: Callable[..., Any], converter: Any, assignment_id: str, student_id: str
) -> bool:
    """Grade again what was graded by other checks or from another file."""
    lab = _lab(converter)
    if lab is None or converter.force:
        return bool(original(converter, assignment_id, student_id))
    coursedir = converter.coursedir
    source = Path(_submitted(coursedir, assignment_id, student_id))
    place = coursedir.format_path(coursedir.autograded_directory, student_id, assignment_id)
    graded = Path(place) / f"{lab.name}.ipynb"
    current = key(lab, hand_in(source, student_id, lab))
    converter.force = not graded_notebooks.is_current(graded, current)
    try:
        return bool(original(converter, assignment_id, student_id))
    finally:
        converter.force = False
