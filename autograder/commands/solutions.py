"""What students receive after the deadline: solutions with their costs, and the commonest mistakes.

Never a hidden check, and no student's name.
"""

from __future__ import annotations

import ast
import re
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from autograder.commands import costs
from autograder.course import answers, handout
from autograder.course.answers import Answer
from autograder.course.labs import Lab
from autograder.errors import UsageError
from autograder.layout import ResultsLayout
from autograder.pages import solutions as pages
from autograder.record import results

REASONS = "alternatives.md"
MOST_MISTAKES = 5
_NAME = re.compile(r"^## (\w+)[ ]*$", re.MULTILINE)
_DOCSTRING = re.compile(r'"""(.*?)"""', re.DOTALL)


def build(labs: Sequence[Lab], folder: Path, graded: Path, rounds: int = costs.ROUNDS) -> Path:
    """Write a page and the solved notebook for each lab, and pack them.

    Args:
        labs: which ones.
        folder: made anew; its zip is `<folder>.zip`.
        graded: where `autograder grade` wrote; without results there, no mistakes are shown.
        rounds: how often each answer is timed.

    Returns:
        The zip.

    Raises:
        UsageError: a lab's files are not in their form, or the folder holds something else.
    """
    _empty(folder)
    for lab in labs:
        place = folder / lab.name
        place.mkdir(parents=True)
        (place / "solutions.html").write_text(_page(lab, graded, rounds), encoding="utf-8")
        (place / f"{lab.name}.ipynb").write_bytes(answers.filled(lab, reference(lab)))
    return handout.pack(folder, folder.with_name(f"{folder.name}.zip"), folder.name)


def _page(lab: Lab, graded: Path, rounds: int) -> str:
    others = [answers.read_answer(path, list(lab.answers)) for path in lab.alternatives()]
    why = reasons(lab)
    measured = costs.measure(lab, others, rounds)
    submissions, mistakes = commonest(results.written(ResultsLayout(graded).lab(lab.name)))
    return pages.page(
        lab,
        reference(lab).cells,
        tuple(
            pages.Other(one.name, about(one), why[one.name], one.cells, measured[one.name])
            for one in others
        ),
        mistakes,
        submissions,
    )


def reference(lab: Lab) -> Answer:
    """The lab's own solution, without what is left of its stubs and never reached."""
    whole = answers.reference(lab)
    return replace(whole, cells={name: _finished(text) for name, text in whole.cells.items()})


def _finished(text: str) -> str:
    """An answer without its `raise NotImplementedError(...)`."""
    stubs = [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Raise) and "NotImplementedError" in ast.dump(node)
    ]
    left_out = {
        number for node in stubs for number in range(node.lineno, (node.end_lineno or 0) + 1)
    }
    lines = enumerate(text.splitlines(keepends=True), 1)
    return "".join(line for number, line in lines if number not in left_out)


def reasons(lab: Lab) -> dict[str, str]:
    """Why each of a lab's other answers is right: what `alternatives.md` says, or the answer's own
    first sentence where that says nothing of it.

    Raises:
        UsageError: the file gives a reason for an answer that is not there.
    """
    others = [answers.read_answer(path, list(lab.answers)) for path in lab.alternatives()]
    path = lab.solutions / REASONS
    parts = _NAME.split(path.read_text(encoding="utf-8"))[1:] if path.is_file() else []
    told = {
        name: " ".join(text.split()) for name, text in zip(parts[::2], parts[1::2], strict=True)
    }
    if unknown := set(told) - {one.name for one in others}:
        raise UsageError(f"`{path}` speaks of `{sorted(unknown)[0]}`, which is no alternative")
    return {one.name: told.get(one.name) or about(one) for one in others}


def about(answer: Answer) -> str:
    """What an answer says of itself: its file's docstring, or the first in its text."""
    found = _DOCSTRING.search("\n".join(answer.cells.values()))
    return " ".join((answer.hint or (found[1] if found else "")).split())


def commonest(path: Path | None) -> tuple[int, tuple[pages.Common, ...]]:
    """How many submissions were graded, and the mistakes that most of them have, as results say.

    Args:
        path: a lab's results, in either form; None where there are none.

    Raises:
        UsageError: it cannot be read.
    """
    if path is None:
        return 0, ()
    try:
        found = [
            one
            for part in results.read(path, results.LabResults)
            for one in part.submissions
            if one.status.has_score
        ]
    except (OSError, ValueError) as error:
        raise UsageError(f"`{path}` is not what `autograder grade` writes: {error}") from error
    known = {mistake.name: mistake for one in found for mistake in one.mistakes}
    counts = Counter(name for one in found for name in {mistake.name for mistake in one.mistakes})
    ordered = sorted(counts, key=lambda name: (-counts[name], name))[:MOST_MISTAKES]
    return len(found), tuple(
        pages.Common(known[name].called, known[name].hint, counts[name]) for name in ordered
    )


def _empty(folder: Path) -> None:
    """An empty folder, in the place of earlier solutions."""
    if folder.exists():
        strange = [one.name for one in folder.iterdir() if not (one / "solutions.html").is_file()]
        if strange:
            raise UsageError(
                f"`{folder}` holds `{sorted(strange)[0]}`, which is no lab's solutions; name "
                "another folder or remove it"
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
