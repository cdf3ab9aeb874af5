"""What a student has done, in a file beside the notebook that never leaves the machine."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .notebooks import Notebook

# Jupyter's own folder beside each notebook: neither nbgrader's hand-in nor most version control
# takes it along.
FOLDER = ".ipynb_checkpoints"


@dataclass
class Progress:
    """What is kept.

    Attributes:
        passed: the tests that passed when they last ran.
        hints: the highest level that was shown, by test.
    """

    passed: list[str] = field(default_factory=list)
    hints: dict[str, int] = field(default_factory=dict)


def path(book: Notebook) -> Path:
    """Where a notebook's progress is kept."""
    return book.folder / FOLDER / f"{book.name}.progress.json"


def read(book: Notebook) -> Progress:
    """What was kept; nothing where there is no file, or one that is not ours."""
    try:
        kept = json.loads(path(book).read_text(encoding="utf-8"))
        levels = {str(name): int(level) for name, level in kept["hints"].items()}
        return Progress([str(name) for name in kept["passed"]], levels)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Progress()


def write(book: Notebook, kept: Progress) -> None:
    """Keep it; a folder that cannot be written to keeps nothing."""
    with contextlib.suppress(OSError):
        path(book).parent.mkdir(exist_ok=True)
        path(book).write_text(json.dumps(asdict(kept)), encoding="utf-8")


def note(book: Notebook, results: dict[str, str]) -> None:
    """Keep which tests pass. One whose cells have not been run since the notebook was opened says
    nothing about what is done.
    """
    kept = read(book)
    silent = ("not defined", "skipped")
    before = [name for name in kept.passed if results.get(name, "skipped") in silent]
    now = [name for name, outcome in results.items() if outcome == "passed"]
    kept.passed = sorted({*before, *now})
    write(book, kept)
