"""nbgrader's gradebook: the same rows that `nbgrader autograde` would write."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from autograder.course.labs import Lab
from autograder.course.release import venv_on_path
from autograder.errors import GraderFault
from autograder.model import Judgement, Status, Verdict


def record(url: str, lab: Lab, judgements: Iterable[Judgement]) -> None:
    """Write scores, extra credit and comments. Manual scores and comments that are there stay. Faults of ours are left out.

    Args:
        url: an SQLAlchemy URL, such as `sqlite:///graded/gradebook.db`.
        lab: its grade cells are made where they are missing.
        judgements: of this lab.

    Raises:
        GraderFault: the database is locked, full, or not nbgrader's.
    """
    from nbgrader.api import Gradebook
    from sqlalchemy.exc import SQLAlchemyError

    try:
        with venv_on_path(), Gradebook(url) as book:
            _describe(book, lab)
            for judgement in judgements:
                if judgement.status != Status.NOT_GRADED:
                    _write(book, lab, judgement)
            book.db.commit()
    except (SQLAlchemyError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise GraderFault(f"the gradebook `{url}` could not be written: {reason}. Nothing is lost; grade again to write it") from None


def _describe(book: Any, lab: Lab) -> None:
    """The lab's notebook and cells, as nbgrader's SaveCells leaves them. Nothing changes where they are there already."""
    from nbgrader.api import MissingEntry

    try:
        notebook = book.find_notebook(lab.name, lab.name)
        known = {cell.name for cell in notebook.grade_cells}
    except MissingEntry:
        book.update_or_create_assignment(lab.name)
        book.add_notebook(lab.name, lab.name)
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
        book.update_or_create_source_cell(
            cell.grade_id, lab.name, lab.name, cell_type="code", source=cell.source, locked=cell.role != "answer"
        )


def _write(book: Any, lab: Lab, judgement: Judgement) -> None:
    book.update_or_create_student(judgement.student)
    book.update_or_create_submission(lab.name, judgement.student)
    notebook = book.find_submission_notebook(lab.name, lab.name, judgement.student)
    earned = judgement.family_points()
    for grade in notebook.grades:
        cell = lab.families.get(grade.name)
        points = earned.get(grade.name, 0.0)
        grade.auto_score = points if cell is not None and not cell.bonus else 0.0
        if cell is not None and cell.bonus:
            grade.extra_credit = points
        grade.needs_manual_grade = False
    answers = {cell.grade_id for cell in lab.answers.values()}
    for comment in notebook.comments:
        if comment.name in answers:
            comment.auto_comment = feedback(judgement)


def feedback(judgement: Judgement) -> str:
    """What a student reads beside an answer cell: why, hints, and a line for each check that did not pass."""
    lines = [judgement.reason] if judgement.reason else []
    lines += [mistake.hint for mistake in judgement.mistakes]
    lines += [f"{c.title} {c.verdict}: {c.message}" for c in judgement.checks if c.verdict not in (Verdict.PASSED, Verdict.SKIPPED)]
    return "\n".join([*lines, *judgement.advice]) or "All checks passed."
