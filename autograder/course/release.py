"""Builds what students receive, by nbgrader's own `generate_assignment`."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograder.course import source
from autograder.errors import UsageError

STUB = "# YOUR CODE HERE"


def lab_sources(root: Path) -> list[Path]:
    """The folders of `solutions/` that hold a lab's source."""
    return sorted(path.parent for path in (root / "solutions").glob("*/*.py") if path.stem == path.parent.name)


def starter(folder: Path) -> str:
    """The starter notebook of the lab in `folder`, as text.

    Raises:
        UsageError: the source is wrong, or nbgrader refuses it.
    """
    import nbformat
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import Config

    name = folder.name
    with tempfile.TemporaryDirectory(prefix="autograder-course-") as course:
        place = Path(course) / "source" / name
        place.mkdir(parents=True)
        nbformat.write(source.notebook(folder), place / f"{name}.ipynb")
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
            raise UsageError(f"nbgrader refuses `{name}`:\n{result.get('log', '')[-2000:]}{result.get('error', '')[-2000:]}")
        book = nbformat.read(Path(course) / "release" / name / f"{name}.ipynb", as_version=4)
        return str(nbformat.writes(book)) + "\n"


@contextlib.contextmanager
def venv_on_path() -> Iterator[None]:
    """nbgrader calls the program `alembic` by name."""
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{before}"
    try:
        yield
    finally:
        os.environ["PATH"] = before
