"""How a run ends: the exit statuses, and which error ends a run with which."""

from __future__ import annotations

import sys
from enum import IntEnum
from pathlib import Path
from typing import NoReturn

from autograder.cli import terminal
from autograder.errors import AutograderError, UsageError
from autograder.model import Judgement, Status


class Exit(IntEnum):
    """The exit statuses of every verb."""

    DONE = 0  # everything got its score; of `check`, full marks; of `verify`, proven
    LESS = 1  # of `check`, less than full marks; of `verify`, findings
    NOT_GRADED = 1  # of `grade`, something through a fault of ours; with `--compare`, a change
    USAGE = 2  # the command line, the course or its files are wrong
    NO_SCORE = 3  # through a fault of ours; of `check`, also what needs an eye
    NEEDS_EYE = 4  # of `grade`, a submission has no score until somebody has looked at it


# What ends a run: an error, and the status of `grade` and of every other verb. The first fits.
ENDS: tuple[tuple[type[Exception], Exit, Exit], ...] = (
    (UsageError, Exit.USAGE, Exit.USAGE),
    (AutograderError, Exit.NOT_GRADED, Exit.NO_SCORE),
    (OSError, Exit.NOT_GRADED, Exit.USAGE),  # a class was judged that could not be written down
)


def status(error: Exception, *, of_grade: bool = False) -> Exit:
    """The exit status of a run that an error ends.

    Raises:
        LookupError: no error of this kind ends a run: it is a bug, and wants its traceback.
    """
    for kind, grading, other in ENDS:
        if isinstance(error, kind):
            return grading if of_grade else other
    raise LookupError(f"no exit status for {type(error).__name__}")


def of_check(judgement: Judgement) -> Exit:
    """The exit status of `check`."""
    if not judgement.status.has_score:
        return Exit.NO_SCORE
    full = judgement.status == Status.GRADED and judgement.score >= judgement.max_score
    if not judgement.max_score:  # of a lab worth nothing
        full = full and not judgement.lost_points
    return Exit.DONE if full else Exit.LESS


def stop(error: AutograderError | OSError) -> NoReturn:
    """Say what is wrong and exit."""
    terminal.complain(_said(error, ""))
    sys.exit(status(error))


def stop_grading(error: AutograderError | OSError, out_folder: Path) -> NoReturn:
    """Say what is wrong and exit, from `grade`, which writes into this folder."""
    terminal.complain(_said(error, str(out_folder)))
    sys.exit(status(error, of_grade=True))


def _said(error: AutograderError | OSError, place: str) -> str:
    if not isinstance(error, OSError):
        return str(error)
    name = error.filename or place
    return f"`{name}`: {error.strerror}" if name else str(error)
