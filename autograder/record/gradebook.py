"""nbgrader's gradebook: the same rows that `nbgrader autograde` would write."""

from __future__ import annotations

import importlib
import json
import sys
import warnings
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from autograder.course.labs import Lab
from autograder.course.release import venv_on_path
from autograder.errors import GraderFault
from autograder.model import Judgement, Status, Verdict
from autograder.record import late


def preload() -> None:
    """Import nbgrader, while there is time for it.

    Without rfc3987_syntax, which jsonschema imports if it can for a check of URIs that no notebook has: compiling its
    grammar takes longer than all the rest.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    importlib.import_module("nbgrader.api")


def _begin(url: str) -> None:
    """Note the schema's version in a new database, as nbgrader does by starting the program `alembic`, which takes seconds."""
    import nbgrader
    from alembic.script import ScriptDirectory
    from sqlalchemy import create_engine, inspect, text

    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            if not inspect(connection).get_table_names():
                head = ScriptDirectory(str(Path(nbgrader.__file__).parent / "alembic")).get_current_head()
                connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
                connection.execute(text("INSERT INTO alembic_version (version_num) VALUES (:head)"), {"head": head})
    finally:
        engine.dispose()


def record(url: str, lab: Lab, judgements: Iterable[Judgement], submitted: Path | None = None) -> None:
    """Write scores, extra credit and comments. Manual scores and comments that are there stay. Faults of ours are left out.

    Args:
        url: an SQLAlchemy URL, such as `sqlite:///graded/gradebook.db`.
        lab: its grade cells are made where they are missing.
        judgements: of this lab.
        submitted: the folder of submissions, whose `timestamp.txt` files say when they came; late ones get the penalty that
            `nbgrader_config.py` sets. Without it, times and penalties that are there stay.

    Raises:
        GraderFault: the database is locked, full, or not nbgrader's.
    """
    preload()
    from nbgrader.api import Gradebook
    from sqlalchemy.exc import SAWarning, SQLAlchemyError

    try:
        warnings.filterwarnings("ignore", category=SAWarning)  # nbgrader's own, of no use to an instructor
        _begin(url)
        with venv_on_path(), Gradebook(url) as book:
            _describe(book, lab)
            policy = late.policy(lab.notebook.parent.parent.parent) if submitted else None
            for judgement in judgements:
                if judgement.status != Status.NOT_GRADED:
                    arrived = late.arrival(submitted / judgement.student / lab.name) if submitted else None
                    _write(book, lab, judgement, arrived)
                    if policy is not None:
                        _penalize(book, lab, judgement.student, policy)
            book.db.commit()
    except (SQLAlchemyError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise GraderFault(f"the gradebook `{url}` could not be written: {reason}. Nothing is lost; grade again to write it") from None


def _describe(book: Any, lab: Lab) -> None:
    """The lab's notebook and cells, as nbgrader's SaveCells leaves them. Nothing changes where they are there already."""
    from nbgrader.api import MissingEntry

    released = json.loads(lab.notebook.read_bytes())
    checksums = {cell.get("id"): cell["metadata"].get("nbgrader", {}).get("checksum") for cell in released["cells"]}
    try:
        notebook = book.find_notebook(lab.name, lab.name)
        known = {cell.name for cell in notebook.grade_cells}
    except MissingEntry:
        book.update_or_create_assignment(lab.name)
        book.add_notebook(lab.name, lab.name, kernelspec=json.dumps(released["metadata"].get("kernelspec", {})))
        known = set()
    for cell in lab.cells:
        if cell.role == "demo":
            continue
        if cell.role == "test":
            if cell.grade_id not in known:
                book.add_grade_cell(cell.grade_id, lab.name, lab.name, max_score=cell.points, cell_type="code")
            else:
                book.find_grade_cell(cell.grade_id, lab.name, lab.name).max_score = cell.points
        if cell.role == "answer":
            book.update_or_create_solution_cell(cell.grade_id, lab.name, lab.name)
        about = {"source": cell.source, "locked": cell.role != "answer", "checksum": checksums.get(cell.cell_id)}
        book.update_or_create_source_cell(cell.grade_id, lab.name, lab.name, cell_type="code", **about)


def _write(book: Any, lab: Lab, judgement: Judgement, arrived: datetime | None) -> None:
    book.update_or_create_student(judgement.student)
    book.update_or_create_submission(lab.name, judgement.student, **({"timestamp": arrived} if arrived else {}))
    notebook = book.find_submission_notebook(lab.name, lab.name, judgement.student)
    earned = judgement.family_points()
    for grade in notebook.grades:
        cell = lab.families.get(grade.name)
        grade.auto_score = round(earned.get(grade.name, 0.0), 6) if cell is not None and not cell.bonus else 0.0
        grade.needs_manual_grade = grade.manual_score is not None  # as nbgrader: a score given by hand is looked at again
    add_to_scores(notebook, lab, judgement)


def add_to_scores(notebook: Any, lab: Lab, judgement: Judgement) -> None:
    """Write what nbgrader's own autograding has no place for: extra credit, and comments beside the answer cells.

    Args:
        notebook: nbgrader's `SubmittedNotebook`, in a session that its caller commits.
        lab: its bonus cells' extra credit is the grader's; that of other cells is left to the instructor.
        judgement: the whole of it; a student sees what the lab's feedback level lets through.
    """
    earned = judgement.family_points()
    for grade in notebook.grades:
        cell = lab.families.get(grade.name)
        if cell is not None and cell.bonus:
            grade.extra_credit = round(earned.get(grade.name, 0.0), 6)
    answers = {cell.grade_id for cell in lab.answers.values()}
    for comment in notebook.comments:
        if comment.name in answers:
            comment.auto_comment = feedback(judgement.shown(lab.feedback))


def _penalize(book: Any, lab: Lab, student: str, policy: late.Policy) -> None:
    """What nbgrader's AssignLatePenalties does."""
    notebook = book.find_submission_notebook(lab.name, lab.name, student)
    seconds = notebook.assignment.total_seconds_late
    lost = policy(lab.name, student, notebook.score, seconds) if seconds > 0 else None
    notebook.late_submission_penalty = None if lost is None else min(max(lost, 0.0), notebook.score)


def feedback(judgement: Judgement) -> str:
    """What a student reads beside an answer cell: why, hints, and a line for each check that did not pass."""
    lines = [judgement.reason] if judgement.reason else []
    lines += [mistake.hint for mistake in judgement.mistakes]
    lines += [
        f"{c.title} {c.verdict}: {c.message} {c.detail}".rstrip(": ")
        for c in judgement.checks
        if c.verdict not in (Verdict.PASSED, Verdict.SKIPPED)
    ]
    return "\n".join([*lines, *judgement.advice]) or "All checks passed."
