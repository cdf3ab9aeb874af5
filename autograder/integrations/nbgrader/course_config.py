"""Makes a folder an nbgrader course graded by us; `nbgrader_config.py` calls `configure`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from autograder.course.starters import STUB
from autograder.integrations.nbgrader import tolerance
from autograder.layout import CourseLayout, ResultsLayout

PLUGINS = "autograder.integrations.nbgrader.plugins"
EXCHANGE = Path("/usr/local/share/nbgrader/exchange")
_only_read: ContextVar[bool] = ContextVar("only_read", default=False)


@contextmanager
def only_read() -> Iterator[None]:
    """While this is open, `configure` sets values and does nothing else: the file is read to look
    something up, and nbgrader is not started.
    """
    token = _only_read.set(True)
    try:
        yield
    finally:
        _only_read.reset(token)


def configure(config: Any, root: Path, database: str = "") -> None:
    """Set everything that nbgrader must know of a course of ours, and build what it needs.

    Values that `nbgrader_config.py` sets after the call count.

    Args:
        config: traitlets' `c`.
        root: the course.
        database: URL of the gradebook; `graded/gradebook.db` where empty.
    """
    layout = CourseLayout(root)
    _folders(config, layout, database)
    _collecting(config, layout)
    _building(config)
    put_judge_in(config)
    if not _only_read.get():
        _prepare(config, layout)


def _folders(config: Any, layout: CourseLayout, database: str) -> None:
    course = config.CourseDirectory
    course.root = str(layout.root)
    course.course_id = "autograd_labs"
    # Students receive `labs/`. Source notebooks are built from `solutions/`, from which nbgrader
    # must never copy: it hands out every file beside a source notebook.
    course.source_directory = "source"
    course.release_directory = "labs"
    course.submitted_directory = "submitted"
    course.autograded_directory = "autograded"
    course.feedback_directory = "feedback"
    course.db_url = database or f"sqlite:///{ResultsLayout(layout.graded).gradebook}"
    # For a machine that students share: nbgrader's own, where an administrator has made it.
    if not os.access(EXCHANGE, os.W_OK):
        config.Exchange.root = str(layout.root / "exchange")


def _collecting(config: Any, layout: CourseLayout) -> None:
    """`nbgrader zip_collect`: downloads named <student>_<lab>.ipynb, as Canvas names them
    (<student>_LATE_123_456_<lab>-1.ipynb), and in the folders of a Moodle download
    (<full name>_<number>_assignsubmission_file_/<lab>.ipynb), whose student is
    `<full name>_<number>`.
    """
    names = sorted(path.parent.name for path in layout.labs.glob("*/*.ipynb"))
    config.FileNameCollectorPlugin.named_regexp = (
        r".*[/\\](?P<student_id>[^/\\._][^/\\]*?)"
        r"(?:(?:_LATE)?(?:_\d+_\d+)?_|_assignsubmission_file_?[/\\](?:[^/\\]+[/\\])?)"
        rf"(?P<file_id>{'|'.join(names) or 'none'})(?:-\d+)?(?: ?\(\d+\))?\.ipynb$"
    )


def _building(config: Any) -> None:
    """`generate_assignment` writes what `make labs` does, also where a starter is there already."""
    config.ClearSolutions.code_stub = {"python": STUB}
    config.GenerateAssignment.force = True


def put_judge_in(config: Any) -> None:
    """Our judge in the place of nbgrader's Execute.

    A lab without hidden checks runs as nbgrader always did.
    """
    config.Autograde.exporter_class = f"{PLUGINS}.SubmissionExporter"
    config.Autograde.autograde_preprocessors = [
        f"{PLUGINS}.JudgeSubmission",
        "nbgrader.preprocessors.IgnorePattern",
        "nbconvert.preprocessors.ClearMetadataPreprocessor",
        "nbgrader.preprocessors.LimitOutput",
        "nbgrader.preprocessors.SaveAutoGrades",
        f"{PLUGINS}.SaveJudgement",
        "nbgrader.preprocessors.AssignLatePenalties",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    config.AssignLatePenalties.plugin_class = f"{PLUGINS}.LatePenalty"
    config.ExportApp.plugin_class = "autograder.integrations.lms.exports.GradesExporter"


def _prepare(config: Any, layout: CourseLayout) -> None:
    """Make what nbgrader expects to find. It calls the program `alembic` by name."""
    for folder in (layout.graded, Path(config.Exchange.get("root", layout.graded))):
        folder.mkdir(exist_ok=True)
    tolerance.install()
    programs = str(Path(sys.executable).parent)
    if programs not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"
    try:
        from autograder.course import handout  # takes a second, and reads the labs' sources

        handout.sources(layout.root)
    except Exception as error:  # noqa: BLE001 - nothing may keep nbgrader from these settings
        # Without them it would grade by its own.
        print(f"nbgrader_config.py: {type(error).__name__}: {error}", file=sys.stderr)
