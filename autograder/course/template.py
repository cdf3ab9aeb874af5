"""What every lab has in the same form: the line below each exercise's heading, and the cell that
brings help.
"""

from __future__ import annotations

import re
from typing import Any

from autograder.errors import UsageError
from autograder.model import Role

HELP = "help"  # the key of the cell that brings help
NO_ADDRESS = 'WHEEL = ""'
_HEADING = re.compile(
    r"^#{2,4} Exercise (?P<number>\d+)(?P<extra>, extra credit)?: (?P<title>.+)$", re.MULTILINE
)
_FIELDS = ("goal", "tests", "minutes", "difficulty")
_DIFFICULTIES = ("easy", "medium", "hard")

_TEXT = """**Help while you work.** Run the next cell once, and call in any cell of your own:
`check()` runs all visible tests and shows a table; `hint("{test}")` gives a hint for one of them,
in three levels, one at each call; `status()` shows points and minutes. `reset("{answer}")`, as the
first line of that answer's cell, puts its stub back and saves what you had. It all works offline,
and what you did stays on this machine."""
_CODE = """# Help while you work: check(), hint(), status(), reset("..."). Grading does without it.
try:
    from autograd_labs_check import check, hint, reset, status
except ModuleNotFoundError:  # neither installed nor beside this notebook, as on Colab
    import subprocess
    import sys
    from pathlib import Path

    WHEEL = ""
    found = [WHEEL] if WHEEL else sorted(map(str, Path().glob("autograd_labs_check-*.whl")))
    if found:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", found[-1]]
        subprocess.run(pip, check=True)
        from autograd_labs_check import check, hint, reset, status
    else:
        print("No help yet: lay autograd_labs_check-*.whl from the course's zip beside this")
        print("notebook (on Colab: upload it), and run this again. The lab works without.")"""


def number_exercises(book: Any, lab: str) -> None:
    """Write below each exercise's heading what it is worth and takes, and its title into the
    notebook's metadata. A lab whose header names no exercises is left as it is.

    Args:
        book: the lab's script as read, an nbformat NotebookNode; changed in place.
        lab: its name.

    Raises:
        UsageError: headings and header do not fit each other.
    """
    listed = book["metadata"]["autograder"].get("exercises")
    if not listed:
        return
    worth = _worth(book)
    found: list[dict[str, Any]] = []
    for cell in book["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = _HEADING.sub(
                lambda heading: _below(heading, listed, found, worth, lab), cell["source"]
            )
    if len(found) != len(listed):
        raise UsageError(
            f"`{lab}.py` names {len(listed)} exercises in its header and has {len(found)} headings "
            "`## Exercise N: title`"
        )
    book["metadata"]["autograder"]["exercises"] = found
    if missed := set(worth) - {test for one in found for test in one["tests"]}:
        raise UsageError(f"test `{sorted(missed)[0]}` of `{lab}.py` belongs to no exercise")


def _worth(book: Any) -> dict[str, float]:
    """The points of each test, extra ones included."""
    tests = [cell["metadata"] for cell in book["cells"] if Role.TEST in cell["metadata"]]
    return {one[Role.TEST]: one["points"] + one.get("bonus", 0) for one in tests}


def _below(
    heading: re.Match[str],
    listed: list[dict[str, Any]],
    found: list[dict[str, Any]],
    worth: dict[str, float],
    lab: str,
) -> str:
    """The heading and its line; what both say goes into `found`."""
    number, extra = int(heading["number"]), bool(heading["extra"])
    if number != len(found) + 1 or number > len(listed):
        raise UsageError(
            f"`{lab}.py` has the heading `{heading[0]}` where exercise {len(found) + 1} of "
            f"{len(listed)} is next"
        )
    about = listed[number - 1]
    if set(about) != set(_FIELDS) or about["difficulty"] not in _DIFFICULTIES:
        raise UsageError(
            f"exercise {number} in the header of `{lab}.py` needs {', '.join(_FIELDS)}, the last "
            f"one of {', '.join(_DIFFICULTIES)}: {dict(about)}"
        )
    if unknown := set(about["tests"]) - set(worth):
        raise UsageError(f"exercise {number} of `{lab}.py` names no test: `{sorted(unknown)[0]}`")
    found.append({"number": number, "title": heading["title"], "extra": extra, **about})
    return f"{heading[0]}\n\n{_line(found[-1], worth)}"


def _line(exercise: dict[str, Any], worth: dict[str, float]) -> str:
    points = sum(worth[test] for test in exercise["tests"])
    told = f"{points:g} points" if points != 1 else "1 point"
    return (
        f"*{told}{' more' if exercise['extra'] else ''} · about {exercise['minutes']} minutes · "
        f"{exercise['difficulty']} · you will be able to {exercise['goal']}*"
    )


def offer_help(book: Any) -> None:
    """Put the cell that brings help, and what it is for, below the notebook's first cell.

    Args:
        book: the lab's script as read, an nbformat NotebookNode; changed in place.
    """
    from nbformat.v4 import new_code_cell, new_markdown_cell  # takes a second

    roles = [cell["metadata"] for cell in book["cells"]]
    tests = [one[Role.TEST] for one in roles if Role.TEST in one]
    answers = [one[Role.ANSWER] for one in roles if Role.ANSWER in one]
    if not tests or not answers:
        return
    text = _TEXT.format(test=tests[0], answer=answers[0])
    book["cells"][1:1] = [
        new_markdown_cell(text),
        new_code_cell(_CODE, metadata={str(Role.DEMO): HELP}),
    ]
