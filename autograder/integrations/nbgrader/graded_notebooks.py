"""Graded notebooks, as nbgrader keeps them in `autograded/`: what was handed in, put right, with
what the checks said in its cells.

Formgrader shows them and `nbgrader generate_feedback` makes pages of them, whether `autograder
grade` or nbgrader graded.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

from autograder import files
from autograder.course import matching, reading
from autograder.course.labs import Lab
from autograder.course.reading import Cell
from autograder.course.submissions import Submission
from autograder.errors import BadSubmission
from autograder.integrations.nbgrader import arrival
from autograder.layout import TIMESTAMP
from autograder.model import Level, Role, StudentCheck, StudentView, Verdict
from autograder.text import for_notebook, plain

READ_ONLY = 0o400
SECRET = "submission_secret.txt"  # noqa: S105 - a file's name, beside what a student handed in by nbgrader's exchange
MAX_SECRET = 4096


def write(
    path: Path,
    lab: Lab,
    found: Submission,
    view: StudentView,
    folder: Path,
    key: str = "",
) -> None:
    """Write a graded notebook, with the time of its submission and what its feedback is released
    under beside it. Read-only, as nbgrader's.

    Args:
        path: the notebook.
        lab: of the submission.
        found: the submission.
        view: what its student may see of its judgement.
        folder: where it was handed in.
        key: the digest of everything that decided the judgement.

    Raises:
        OSError: it cannot be written.
    """
    book = sanitized(lab, found)
    fill(book, lab, view)
    mark(book, key)
    files.write(path, json.dumps(book, ensure_ascii=False) + "\n", mode=READ_ONLY, synced=False)
    arrived = arrival.arrival(folder)
    when = f"{arrived} UTC\n" if arrived is not None else ""
    files.write(path.with_name(TIMESTAMP), when, mode=READ_ONLY, synced=False)
    _write_secret(path.with_name(SECRET), folder)


def _write_secret(path: Path, folder: Path) -> None:
    """What nbgrader's exchange names a student's feedback for, from the hand-in. Where that came
    by another way it is a name that nobody can guess: `release_feedback` needs one.
    """
    try:
        fd = os.open(folder / SECRET, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(fd, "rb") as file:
            told = file.read(MAX_SECRET)
    except OSError:
        if path.exists():
            return
        told = secrets.token_hex(32).encode()
    files.write(path, told, mode=READ_ONLY, synced=False)


def commented(lab: Lab, found: Submission, view: StudentView) -> dict[str, Any]:
    """A graded notebook for its student to read: on top, the score and all that was said.

    Args:
        lab: of the submission.
        found: the submission.
        view: what its student may see of its judgement.
    """
    book = sanitized(lab, found)
    fill(book, lab, view)
    bonus = f" and {view.bonus:g} of extra credit" if view.bonus else ""
    score = f"{view.score:g} of {view.max_score:g} points{bonus}"
    head = f"# {lab.title}: {score if view.status.has_score else 'no score yet'}"
    said = [one.hint for one in view.mistakes]
    said += [f"* {_line(check)}" for check in view.checks if check.verdict != Verdict.SKIPPED]
    lines = [view.reason or "", *said, *view.advice, *view.notes]
    text = "\n\n".join(for_notebook(plain(line)) for line in lines if line)
    book["cells"].insert(0, _text("feedback", f"{head}\n\n{text}"))
    return book


def mark(book: dict[str, Any], key: str) -> None:
    """Note in a graded notebook what decided its grade, so that `is_current` knows it again."""
    book["metadata"].setdefault("autograder", {})["graded"] = key


def is_current(path: Path, key: str) -> bool:
    """Whether a graded notebook is there and was graded by the same checks from the same bytes."""
    try:
        found = json.loads(path.read_bytes())["metadata"]["autograder"]["graded"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return bool(found == key)


def sanitized(lab: Lab, found: Submission) -> dict[str, Any]:
    """A submission as a notebook that nbgrader takes, of nbformat 4.5: the lab's cells as they were
    handed out with the answers put in, the student's own cells in their places, no outputs. For one
    that cannot be read it is the lab's notebook, with the reason on top.
    """
    book: dict[str, Any] = json.loads(lab.notebook.read_bytes())
    try:
        if found.reason is not None:
            raise BadSubmission(found.reason)
        handed_in = reading.parse(found.raw)
        places = matching.places(lab, handed_in).of
    except BadSubmission as error:
        book["cells"].insert(0, _text("note", f"**Note:** {for_notebook(plain(str(error)))}"))
        return book
    left = {cell["id"]: cell for cell in book["cells"] if cell["cell_type"] == "code"}
    cells = []
    for number, (cell, place) in enumerate(zip(handed_in, places, strict=True), 1):
        if place is None:
            cells.append(_own(number, cell, is_code=cell.is_code))
        elif place.cell_id in left:
            cells.append(left.pop(place.cell_id))
            if place.role in (Role.ANSWER, Role.DEMO):
                cells[-1]["source"] = cell.source
        elif place.role == Role.ANSWER:  # split or copied
            cells.append(_own(number, cell, is_code=True))
    roles = {cell.cell_id: cell.role for cell in lab.cells}
    book["cells"] = [*cells, *(cell for name, cell in left.items() if roles[name] != Role.DEMO)]
    return book


# What shows as a picture and can hold no script.
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


def _pictures(cell: Cell) -> dict[str, dict[str, str]]:
    """A text cell's attachments that are pictures."""
    found = {
        name: {kind: data for kind, data in bundle.items() if kind in PICTURES}
        for name, bundle in cell.attachments.items()
    }
    return {name: bundle for name, bundle in found.items() if bundle}


def _own(number: int, cell: Cell, *, is_code: bool) -> dict[str, Any]:
    if not is_code:
        pictures = _pictures(cell)
        shown = _text(f"own-{number}", for_notebook(cell.source))
        return shown | ({"attachments": pictures} if pictures else {})
    about = {"cell_type": "code", "id": f"own-{number}", "metadata": {}}
    return {**about, "execution_count": None, "outputs": [], "source": cell.source}


def _text(name: str, source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": source}


def fill(book: dict[str, Any], lab: Lab, view: StudentView) -> None:
    """Write outputs: into a grade cell what its checks said and its points, into an answer cell
    what it printed.

    nbgrader's `determine_grade` takes a cell's first `execute_result` for its points, if it can be
    read as a number.
    """
    earned = view.family_points()
    answers = {answer.grade_id: answer.key for answer in lab.answers.values()}
    for cell in book["cells"]:
        if cell["cell_type"] != "code":
            continue
        cell["outputs"], cell["execution_count"] = [], None
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if grade_id in lab.families:
            points = min(
                max(round(float(earned.get(grade_id, 0.0)), 6), 0.0), lab.families[grade_id].points
            )
            if view.status.has_score:
                cell["outputs"] = [*_said(said_of(view, grade_id)), _points(points)]
            else:
                # To nbgrader, a cell with text on stderr earns nothing, one without points all of
                # them. What has no score has none for good once `add_to_scores` has run.
                cell["outputs"] = _said(said_of(view, grade_id) or str(view.status), "stderr")
            cell["execution_count"] = 1
        elif grade_id in answers:
            said = [
                f"{one.text}\n{one.told}" for one in view.cells if one.cell == answers[grade_id]
            ]
            cell["outputs"] = _said("".join(said).strip())


def said_of(view: StudentView, family: str) -> str:
    """What a grade cell's checks said, one line each, for the student."""
    lines = ["Graded without a sandbox."] if view.level == Level.NONE else []
    lines += [view.reason] if view.reason else []
    lines += [_line(check) for check in view.checks if check.family == family]
    return "\n".join(lines)


def _line(check: StudentCheck) -> str:
    why = ". ".join(text.rstrip(".") for text in (check.message, check.detail) if text)
    return f"{check.verdict}, {check.points:g} of {check.max_points:g}: {check.title}" + (
        f"\n    {why}" if why else ""
    )


def _said(text: str, name: str = "stdout") -> list[dict[str, Any]]:
    return [{"output_type": "stream", "name": name, "text": f"{plain(text)}\n"}] if text else []


def _points(points: float) -> dict[str, Any]:
    return {
        "output_type": "execute_result",
        "data": {"text/plain": repr(points)},
        "metadata": {},
        "execution_count": 1,
    }
