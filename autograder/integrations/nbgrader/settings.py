"""What instructors set in `nbgrader_config.py`, looked up without starting nbgrader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from autograder.errors import UsageError
from autograder.integrations.nbgrader.course_config import only_read
from autograder.layout import CourseLayout


def read(root: Path) -> Any:
    """The settings of a course, as traitlets' `Config`; empty where it has no file.

    Raises:
        UsageError: the file cannot be run.
    """
    from traitlets.config.loader import Config, PyFileConfigLoader  # takes a moment

    path = CourseLayout(root).nbgrader_config
    if not path.is_file():
        return Config()
    try:
        with only_read():
            return PyFileConfigLoader(path.name, str(root)).load_config()
    except (Exception, SystemExit) as error:
        raise UsageError(f"`{path}` cannot be run: {type(error).__name__}: {error}") from error


def counts_zero(root: Path) -> bool:
    """Whether a submission that cannot be read or run has 0 points in this course, rather than
    none: `c.JudgeSubmission.needs_eye_counts_zero`.

    Raises:
        UsageError: the setting is neither True nor False, or see `read`.
    """
    found = read(root).get("JudgeSubmission", {}).get("needs_eye_counts_zero", False)
    if not isinstance(found, bool):
        raise UsageError(
            f"`c.JudgeSubmission.needs_eye_counts_zero` is {found!r}; it must be True or False"
        )
    return found


def public_address(root: Path) -> str:
    """Where what students receive can be read by everybody, `c.CourseRelease.address`; "" where the
    course names no such place.

    Raises:
        UsageError: the setting is no text, or see `read`.
    """
    found = read(root).get("CourseRelease", {}).get("address", "")
    if not isinstance(found, str):
        raise UsageError(f"`c.CourseRelease.address` is {found!r}; it must be a text")
    return found
