"""Builds what students receive, by nbgrader's own `generate_assignment`."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from autograder.course import script
from autograder.course.labs import Lab
from autograder.errors import UsageError

STUB = "# YOUR CODE HERE"
INTRODUCTION = (
    "Each lab stands alone: where one builds on another's result, it is given as "
    "code. The order below is the one in which the ideas "
    "grow. Open a lab, replace the stubs, run the visible tests, hand in the notebook."
)


def lab_sources(root: Path) -> list[Path]:
    """The folders of `solutions/` that hold a lab's source."""
    return sorted(
        path.parent for path in (root / "solutions").glob("*/*.py") if path.stem == path.parent.name
    )


def starter(folder: Path) -> str:
    """The starter notebook of the lab in `folder`, as text.

    Raises:
        UsageError: the source is wrong, or nbgrader refuses it.
    """
    import nbformat  # takes a second
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import Config

    name = folder.name
    with tempfile.TemporaryDirectory(prefix="autograder-course-") as course:
        place = Path(course) / "source" / name
        place.mkdir(parents=True)
        nbformat.write(script.notebook(folder), place / f"{name}.ipynb")
        config = Config()
        config.CourseDirectory.root = course
        config.CourseDirectory.db_url = f"sqlite:///{course}/gradebook.db"
        config.ClearSolutions.code_stub = {"python": STUB}
        here = Path.cwd()
        log = logging.getLogger("autograder.release")
        log.setLevel(logging.ERROR)
        try:
            with venv_on_path():
                result: dict[str, Any] = NbGraderAPI(config=config).generate_assignment(name)
        finally:
            os.chdir(here)  # nbgrader changes into the course
        if not result["success"]:
            raise UsageError(
                f"nbgrader refuses "
                f"`{name}`:\n{result.get('log', '')[-2000:]}{result.get('error', '')[-2000:]}"
            )
        book = nbformat.read(Path(course) / "release" / name / f"{name}.ipynb", as_version=4)
        return str(nbformat.writes(book)) + "\n"


def index(labs: Sequence[Lab]) -> str:
    """The course page as a notebook: the labs in order, what each teaches and needs."""
    import nbformat  # takes a second
    from nbformat.v4 import new_markdown_cell, new_notebook

    text = "\n".join(["# The labs", "", INTRODUCTION, "", *_course(labs), "", *_map(labs)])
    cell = new_markdown_cell(text)
    cell["id"] = "labs"
    kernel = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }  # else Jupyter asks which one when it is opened
    return str(nbformat.writes(new_notebook(cells=[cell], metadata={"kernelspec": kernel}))) + "\n"


def _course(labs: Sequence[Lab]) -> list[str]:
    """A row for each lab: what it teaches and needs, how long it takes, what it brings."""
    rows = ["| lab | you learn | you need | |", "|---|---|---|---|"]
    for lab in labs:
        link = f"[{lab.title}]({lab.name}/{lab.name}.ipynb)"
        effort = f"{lab.difficulty}, {lab.minutes} min, {lab.max_score:g} points"
        rows.append(f"| {link} | {lab.summary} | {lab.needs} | {effort} |")
    minutes, points = sum(lab.minutes for lab in labs), sum(lab.max_score for lab in labs)
    return [*rows, "", f"In all {minutes} minutes and {points:g} points, extra credit not counted."]


def _map(labs: Sequence[Lab]) -> list[str]:
    """A row for each exercise, in the order in which they are best done."""
    rows = [
        "## The map",
        "",
        "| lab | exercise | you will be able to | points | minutes | |",
        "|---|---|---|---:|---:|---|",
    ]
    for lab in labs:
        for one in lab.exercises:
            families = [lab.families[test] for test in one.tests]
            points = sum(cell.points + cell.bonus for cell in families)
            more = "+" if one.extra else ""
            rows.append(
                f"| {lab.title} | {one.number}. {one.title} | {one.goal} | {more}{points:g} "
                f"| {more}{one.minutes} | {one.difficulty} |"
            )
    return [*rows, "", "A plus marks extra credit: points and minutes on top of the lab's."]


@contextlib.contextmanager
def venv_on_path() -> Iterator[None]:
    """nbgrader calls the program `alembic` by name."""
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{before}"
    try:
        yield
    finally:
        os.environ["PATH"] = before
