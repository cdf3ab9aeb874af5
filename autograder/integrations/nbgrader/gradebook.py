"""nbgrader's gradebook: the same rows that `nbgrader autograde` would write."""

from __future__ import annotations

import contextlib
import importlib
import itertools
import json
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from autograder.course.labs import Lab
from autograder.errors import GraderFault, UsageError
from autograder.integrations.nbgrader import lateness
from autograder.model import Judgement, Role, Status, StudentView, Verdict

_GRAMMAR = "rfc3987_syntax"
BATCH = 100  # students written in one transaction, for which others' writing waits


def preload() -> None:
    """Import nbgrader, while there is time for it.

    Without rfc3987_syntax, which jsonschema imports if it can for a check of URIs that no notebook
    has: compiling its grammar takes longer than all the rest. Whoever imports it later gets it.
    """
    hidden = _GRAMMAR not in sys.modules
    if hidden:
        sys.modules[_GRAMMAR] = None  # type: ignore[assignment]  # which is how Python says: not here
    try:
        importlib.import_module("nbgrader.api")
    finally:
        if hidden:
            del sys.modules[_GRAMMAR]


def checked(url: str) -> str:
    """The URL itself, if it names a database that could be reached from here.

    Raises:
        UsageError: it is no URL, or its driver is not installed.
    """
    from sqlalchemy import create_engine  # takes a second; most runs change nothing
    from sqlalchemy.exc import ArgumentError

    try:
        create_engine(url).dispose()
    except ModuleNotFoundError as error:
        hint = (
            "pip install 'psycopg[binary]'"
            if url.startswith("postgresql")
            else "pip install it, or use SQLite or PostgreSQL"
        )
        raise UsageError(
            f"the gradebook `{shown(url)}` needs the driver `{error.name}`: {hint}"
        ) from None
    except ArgumentError as error:
        raise UsageError(
            f"`{shown(url)}` is no URL of a database, such as "
            f"postgresql://user@host/name: {_reason(error)}"
        ) from None
    return url


def shown(url: str) -> str:
    """A URL for people: without its password."""
    from sqlalchemy.engine import make_url  # takes a second; most runs change nothing
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(url).render_as_string(hide_password=True)
    except (ArgumentError, ValueError):
        return url.rpartition("@")[2]


def _reason(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).partition("\n")[0].strip()


def absent(url: str) -> bool:
    """Whether it names a file that is not there."""
    return url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).is_file()


@contextlib.contextmanager
def opened(url: str) -> Iterator[Any]:
    """An `nbgrader.api.Gradebook` that exists; nbgrader would make one.

    Raises:
        UsageError: there is none, or the URL is wrong.
        GraderFault: the database cannot be reached, or is not nbgrader's.
    """
    from sqlalchemy import create_engine, inspect
    from sqlalchemy.exc import SQLAlchemyError

    checked(url)
    if absent(url):  # looking would make it
        raise UsageError(f"no gradebook `{url}`: `make grade` writes it")
    try:
        engine = create_engine(url)
        try:
            if not inspect(engine).has_table("grade"):
                raise UsageError(
                    f"no gradebook is in the database `{shown(url)}`: `make grade` writes it"
                )
        finally:
            engine.dispose()
        preload()
        from nbgrader.api import Gradebook

        with Gradebook(url) as book:
            yield book
    except SQLAlchemyError as error:
        raise GraderFault(
            f"the gradebook `{shown(url)}` could not be read: {_reason(error)}"
        ) from None


@dataclass(frozen=True)
class Cell:
    """A student's points for one grade cell.

    Attributes:
        auto: the grader's; None before it has graded.
        manual: the instructor's, which then counts instead.
        extra: extra credit on top.
    """

    auto: float | None
    manual: float | None
    extra: float

    @property
    def score(self) -> float | None:
        """What counts, before a late penalty; None where nobody has graded."""
        given = self.auto if self.manual is None else self.manual
        return None if given is None else round(given + self.extra, 6)


def cells(url: str) -> dict[tuple[str, str, str], Cell]:
    """Every grade in a gradebook, by lab, student and grade cell.

    Raises:
        UsageError, GraderFault: see `opened`.
    """
    with opened(url) as book:
        return {
            (lab.name, submission.student.id, grade.name): Cell(
                grade.auto_score, grade.manual_score, grade.extra_credit or 0.0
            )
            for lab in book.assignments
            for submission in lab.submissions
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


def _begin(url: str) -> None:
    """Note the schema's version in a new database, as nbgrader does by starting the program
    `alembic`, which takes seconds.
    """
    import nbgrader  # takes a second; most runs change nothing
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory
    from sqlalchemy import create_engine, inspect

    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            if not inspect(connection).get_table_names():
                scripts = ScriptDirectory(str(Path(nbgrader.__file__).parent / "alembic"))
                MigrationContext.configure(connection).stamp(scripts, "head")
    finally:
        engine.dispose()


@contextlib.contextmanager
def written(url: str) -> Iterator[Any]:
    """An `nbgrader.api.Gradebook`, made where there is none, whose changes are committed at the
    end.

    Raises:
        GraderFault: the database is locked, full, away, or not nbgrader's.
    """
    preload()
    from nbgrader.api import Gradebook  # takes a second; most runs change nothing
    from sqlalchemy.exc import SAWarning, SQLAlchemyError

    try:
        with warnings.catch_warnings():
            # nbgrader's own, of no use to an instructor
            warnings.simplefilter("ignore", category=SAWarning)
            _begin(url)
            with Gradebook(url) as book:
                yield book
                book.db.commit()
    except (SQLAlchemyError, OSError) as error:
        raise GraderFault(
            f"the gradebook `{shown(url)}` could not be written: "
            f"{_reason(error)}. Nothing is lost; grade again to write it"
        ) from None


def record(
    url: str,
    lab: Lab,
    judgements: Iterable[Judgement],
    arrivals: Mapping[str, datetime | None] | None = None,
) -> None:
    """Write scores, extra credit and comments; no score where a submission has none.

    Manual scores and comments that are there stay. Faults of ours are left out.

    Args:
        url: an SQLAlchemy URL, such as `sqlite:///graded/gradebook.db`.
        lab: its grade cells are made where they are missing.
        judgements: of this lab.
        arrivals: when each student handed in, UTC without a zone, None where that cannot be read;
            late work gets the penalty that `nbgrader_config.py` sets. Without it, times and
            penalties that are there stay.

    Raises:
        GraderFault: the database is locked, full, away, or not nbgrader's.
    """
    with written(url) as book:
        make_known(book, lab)
        policy = lateness.policy(lab.root) if arrivals is not None else None
        todo = (one for one in judgements if one.status != Status.NOT_GRADED)
        while batch := list(itertools.islice(todo, BATCH)):
            with _one_transaction(book):
                for judgement in batch:
                    _write(book, lab, judgement, (arrivals or {}).get(judgement.student))
                    if policy is not None:
                        _penalize(book.find_submission(lab.name, judgement.student), policy)


def penalize(url: str, policy: lateness.Policy) -> None:
    """Work out every penalty anew: free days that a student uses up in one lab are missing in
    another.

    Raises:
        GraderFault: see `record`.
    """
    with written(url) as book:
        for lab in book.assignments:
            for submission in lab.submissions:
                _penalize(submission, policy)


@contextlib.contextmanager
def _one_transaction(book: Any) -> Iterator[None]:
    """Commit at the end what nbgrader would commit step by step, several times a student."""
    book.db.commit = book.db.flush
    try:
        yield
    finally:
        del book.db.commit
    book.db.commit()


def describe(url: str, lab: Lab) -> None:
    """Make a lab and its grade cells known, as `nbgrader generate_assignment` does.

    Nothing changes where they are there already.

    Raises:
        GraderFault: see `record`.
    """
    with written(url) as book:
        make_known(book, lab)


def make_known(book: Any, lab: Lab) -> None:
    """The lab's notebook and cells, as nbgrader's SaveCells leaves them.

    Nothing changes where they are there already.

    Args:
        book: an open `nbgrader.api.Gradebook`.
        lab: the lab.
    """
    from nbgrader.api import MissingEntry  # takes a second; most runs change nothing

    released = json.loads(lab.notebook.read_bytes())
    checksums = {
        cell.get("id"): cell["metadata"].get("nbgrader", {}).get("checksum")
        for cell in released["cells"]
    }
    try:
        notebook = book.find_notebook(lab.name, lab.name)
        known = {cell.name for cell in notebook.grade_cells}
    except MissingEntry:
        book.update_or_create_assignment(lab.name)
        book.add_notebook(
            lab.name, lab.name, kernelspec=json.dumps(released["metadata"].get("kernelspec", {}))
        )
        known = set()
    for cell in lab.cells:
        if cell.role == Role.DEMO:
            continue
        if cell.role == Role.TEST:
            if cell.grade_id not in known:
                book.add_grade_cell(
                    cell.grade_id, lab.name, lab.name, max_score=cell.points, cell_type="code"
                )
            else:
                book.find_grade_cell(cell.grade_id, lab.name, lab.name).max_score = cell.points
        if cell.role == Role.ANSWER:
            book.update_or_create_solution_cell(cell.grade_id, lab.name, lab.name)
        about = {
            "source": cell.source,
            "locked": cell.role != Role.ANSWER,
            "checksum": checksums.get(cell.cell_id),
        }
        book.update_or_create_source_cell(
            cell.grade_id, lab.name, lab.name, cell_type="code", **about
        )


def _write(book: Any, lab: Lab, judgement: Judgement, arrived: datetime | None) -> None:
    book.update_or_create_student(judgement.student)
    book.update_or_create_submission(
        lab.name, judgement.student, **({"timestamp": arrived} if arrived else {})
    )
    notebook = book.find_submission_notebook(lab.name, lab.name, judgement.student)
    earned = judgement.family_points()
    for grade in notebook.grades:
        cell = lab.families.get(grade.name)
        grade.auto_score = (
            round(earned.get(grade.name, 0.0), 6) if cell is not None and not cell.bonus else 0.0
        )
        grade.needs_manual_grade = (
            grade.manual_score is not None
        )  # as nbgrader: a score given by hand is looked at again
    add_to_scores(notebook, lab, judgement)


def add_to_scores(notebook: Any, lab: Lab, judgement: Judgement) -> None:
    """Write what nbgrader's own autograding has no place for: extra credit, comments beside the
    answer cells, and that there is no score.

    Args:
        notebook: nbgrader's `SubmittedNotebook`, in a session that its caller commits.
        lab: its bonus cells' extra credit is the grader's; that of other cells is left to the
            instructor.
        judgement: the whole of it; a student sees what the lab's feedback level lets through.
    """
    earned = judgement.family_points()
    for grade in notebook.grades:
        cell = lab.families.get(grade.name)
        if not judgement.status.has_score:
            grade.auto_score, grade.needs_manual_grade = None, True
        if cell is not None and cell.bonus:
            points = round(earned.get(grade.name, 0.0), 6)
            grade.extra_credit = points if judgement.status.has_score else None
    answers = {cell.grade_id for cell in lab.answers.values()}
    for comment in notebook.comments:
        if comment.name in answers:
            comment.auto_comment = feedback(judgement.for_student(lab.feedback))


def _penalize(submission: Any, policy: lateness.Policy) -> None:
    """What nbgrader's AssignLatePenalties does."""
    for notebook in submission.notebooks:
        lost = lateness.lost(policy, submission, notebook.score)
        notebook.late_submission_penalty = (
            None if lost is None else min(max(lost, 0.0), notebook.score)
        )


def feedback(view: StudentView) -> str:
    """What a student reads beside an answer cell: why, hints, and a line for each check that did
    not pass.
    """
    lines = [view.reason] if view.reason else []
    lines += [mistake.hint for mistake in view.mistakes]
    lines += [
        f"{c.title} {c.verdict}: {c.message} {c.detail}".rstrip(": ")
        for c in view.checks
        if c.verdict not in (Verdict.PASSED, Verdict.SKIPPED)
    ]
    return "\n".join([*lines, *view.advice]) or "All checks passed."
