"""What instructors set in `nbgrader_config.py`, looked up without starting nbgrader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from autograder.errors import UsageError
from autograder.integrations.nbgrader.course_config import only_read
from autograder.layout import CourseLayout
from autograder.model import Level


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


def least_level(root: Path) -> Level:
    """The level of the sandbox that this course asks for, `none` where it does not say:
    `c.JudgeSubmission.least_level`.

    Raises:
        UsageError: there is no such level, or see `read`.
    """
    return level(read(root).get("JudgeSubmission", {}).get("least_level", Level.NONE.value))


def level(told: object) -> Level:
    """A level by its name.

    Raises:
        UsageError: there is no such level.
    """
    if not isinstance(told, str) or told not in list(Level):
        raise UsageError(
            f"`c.JudgeSubmission.least_level` is {told!r}; the levels are {', '.join(Level)}"
        )
    return Level(told)


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
