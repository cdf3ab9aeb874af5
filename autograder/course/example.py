"""The class that `make grade` grades while nothing has been handed in.

Its results lie in a folder of their own from the start, so that they never mix with a real class's
and nothing has to be moved when work is handed in.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from autograder.layout import CourseLayout

SUFFIX = "-example"


@dataclass(frozen=True)
class Choice:
    """What is graded where.

    Attributes:
        submitted: the folder of submissions.
        out: where results go.
        db: the gradebook's URL; None for the one in `out`.
        is_example: whether it is the example class.
        told: what to say of it.
    """

    submitted: Path
    out: Path
    db: str | None
    is_example: bool = False
    told: str = ""


def choose(root: Path, submitted: Path | None, out: Path, db: str | None) -> Choice:
    """The submissions to grade: `submitted/`, or the example class while that is empty.

    Args:
        root: the course.
        submitted: a folder that was named instead.
        out: the folder for results; the example class's go into one beside it.
        db: the gradebook's URL, if it is not in `out`. The example class never goes into it.
    """
    layout = CourseLayout(root)
    if submitted is not None:
        return Choice(submitted, out, db, submitted.resolve() == layout.example.resolve())
    if layout.submitted.is_dir() and any(
        entry.is_dir() and not entry.name.startswith(".") for entry in layout.submitted.iterdir()
    ):
        return Choice(layout.submitted, out, db)
    aside = out.with_name(f"{out.name}{SUFFIX}")
    told = (
        f"Nothing is in `submitted/` yet: grading the example class in "
        f"`{layout.example.relative_to(root)}`, into `{aside}`."
    )
    return Choice(layout.example, aside, None, is_example=True, told=told)
