"""The class that `make grade` grades while nothing has been handed in.

Its results never mix with a real class's.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from autograder.errors import UsageError

FOLDER = Path("examples") / "class" / "submitted"
MARK = ".example-class"  # in the folder of results that are the example's


def choose(root: Path, out: Path, db: str | None) -> tuple[Path, str]:
    """The submissions to grade, and what to tell of it: `submitted/`, or the example class while
    that is empty.

    Results of the example class are moved out of the way of a real one.

    Args:
        root: the course.
        out: the folder for results.
        db: the gradebook's URL, if it is not in `out`.

    Raises:
        UsageError: nothing was handed in, and the example class would be mixed with real grades.
    """
    place, mark = root / "submitted", out / MARK
    if place.is_dir() and any(
        entry.is_dir() and not entry.name.startswith(".") for entry in place.iterdir()
    ):
        if not mark.is_file():
            return place, ""
        aside = out.with_name(f"{out.name}-example")
        if (aside / MARK).is_file():
            shutil.rmtree(aside)
        out.rename(aside)
        return place, f"The example class's results were moved to `{aside}`."
    if db is not None or (
        not mark.is_file()
        and (list(out.glob("*/journal.jsonl")) or (out / "gradebook.db").exists())
    ):
        where = (
            "the gradebook that --db or AUTOGRADER_DB names"
            if db is not None
            else f"the grades in `{out}`"
        )
        raise UsageError(
            f"nothing is in `{place}`; the example class is not mixed with "
            f"{where}. To grade it, use another --out"
        )
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()
    return (
        root / FOLDER,
        f"Nothing is in `submitted/` yet: grading the example class in `{FOLDER}`.",
    )
