"""A small course in a folder of its own, the environment's programs run in it, and what its
gradebook holds.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy

from autograder import files
from autograder.layout import CourseLayout

ROOT = Path(__file__).parent.parent
LAB = "lab03_custom_relu"
SEED = 7
KEPT = ("kink_one", "upstream_ignored", "edits_grad_output")
BIN = Path(sys.executable).parent
NEEDS_EYE = 4  # the exit status of a class in which a submission has no score, as rosa's
# Runs notebooks in fresh kernels, from top to bottom.
EXECUTE = (sys.executable, "-W", "ignore", "-m", "nbconvert", "--to", "notebook", "--execute")


def surroundings(place: Path, **more: str) -> dict[str, str]:
    """The environment of a program in a course: without what pytest, a make around it or the user's
    Jupyter would add to it.
    """
    # The program's own folder is all of PATH: `alembic` must be found without help from the shell.
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST", "JUPYTER", "AUTOGRADER", "MAKE", "MFLAGS"))
        and name not in ("ARGS", "LAB")  # make hands on what stood on its command line
    }
    return environment | {
        "PATH": "/usr/bin:/bin",
        "PYTHONWARNINGS": "ignore",
        "JUPYTER_CONFIG_DIR": str(place / "none"),
        **more,
    }


def run(place: Path, *command: str, fails: bool = False, seconds: float = 300, **more: str) -> str:
    """Run one of the environment's programs in a course; what it said. A class is graded although
    a submission of it has no score.

    `more` goes into its environment.
    """
    environment = surroundings(place, **more)
    done = subprocess.run(
        [BIN / command[0], *command[1:]],
        cwd=place,
        env=environment,
        capture_output=True,
        text=True,
        timeout=seconds,
    )
    said = done.stdout + done.stderr
    graded = command[:2] == ("autograder", "grade") and done.returncode == NEEDS_EYE
    assert (done.returncode != 0 and not graded) == fails, said
    return said


def python(place: Path, program: str) -> str:
    """Run lines of Python in a course."""
    return run(place, Path(sys.executable).name, "-c", program)


def make_course(place: Path, students: Sequence[str] = ()) -> Path:
    """A course with Lab 03, whose limits are short, and submissions of the example class."""
    for folder in ("labs", "solutions"):
        shutil.copytree(ROOT / folder / LAB, place / folder / LAB)
    for mistake in (place / "solutions" / LAB / "mistakes").glob("*.py"):
        if mistake.stem not in KEPT:  # running all of them once would take most of the time
            mistake.unlink()
    script = place / "solutions" / LAB / f"{LAB}.py"
    limits = "#     limits: {cell_seconds: 1, call_seconds: 1, wall_seconds: 5}\n"
    script.write_text(script.read_text().replace("#     feedback:", f"{limits}#     feedback:", 1))
    shutil.copy(ROOT / "nbgrader_config.py", place)
    example = ROOT / "examples" / "class" / "submitted"
    (place / "submitted").mkdir()
    for student in students or sorted(path.name for path in example.iterdir()):
        shutil.copytree(example / student, place / "submitted" / student)
    files.write(CourseLayout(place).secret, f"{SEED:064}\n")
    return place


def rows(database: Path | str, query: str) -> list[Any]:
    """What a query finds in a gradebook, given by its file or its URL."""
    engine = sqlalchemy.create_engine(
        database if isinstance(database, str) else f"sqlite:///{database}"
    )
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sqlalchemy.text(query))]
    finally:
        engine.dispose()


def scores(
    database: Path | str,
) -> dict[tuple[str, str, str], tuple[float, float | None, float | None, bool]]:
    """Every grade: by student, notebook and cell; by grader, by hand, extra credit, and whether it
    wants a look.
    """
    found = rows(
        database,
        """
        select submission.student_id, notebook.name, cell.name,
               grade.auto_score, grade.manual_score, grade.extra_credit, grade.needs_manual_grade
        from grade join base_cell cell on cell.id = grade.cell_id
        join submitted_notebook book on book.id = grade.notebook_id join notebook on notebook.id =
        book.notebook_id join submitted_assignment submission on submission.id =
        book.assignment_id""",
    )
    return {(row[0], row[1], row[2]): (*row[3:6], bool(row[6])) for row in found}


def comments(database: Path | str) -> dict[tuple[str, str], tuple[str | None, str | None]]:
    """The grader's and the instructor's, by student and cell."""
    found = rows(
        database,
        """
        select submission.student_id, cell.name, comment.auto_comment, comment.manual_comment
        from comment join base_cell cell on cell.id = comment.cell_id
        join submitted_notebook book on book.id = comment.notebook_id
        join submitted_assignment submission on submission.id = book.assignment_id""",
    )
    return {(row[0], row[1]): row[2:] for row in found}


def free_port() -> int:
    """A port of this machine at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
