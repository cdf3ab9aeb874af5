"""Makes this repository an nbgrader course. See docs/nbgrader.md.

nbgrader, and JupyterLab with formgrader, read it when they are started in this folder.
"""

import os
import sys
from pathlib import Path

c = get_config()  # type: ignore[name-defined]  # noqa: F821 - traitlets defines it

ROOT = Path(__file__).resolve().parent

# What is yours to change: late penalties, by lab; "*" holds for labs without a line of their own.
# Due dates are nbgrader's: `nbgrader db assignment add LAB --duedate="2027-02-01 18:00"`, or
# formgrader.
c.LatePenalty.rules = {
    "*": {"percent_per_day": 0, "grace_minutes": 15, "floor_percent": 0},
}

# Folders. `labs/` is what students receive; source notebooks are built from `solutions/`, which
# nbgrader must never copy from.
c.CourseDirectory.root = str(ROOT)
c.CourseDirectory.course_id = "autograd_labs"
c.CourseDirectory.source_directory = "source"
c.CourseDirectory.release_directory = "labs"
c.CourseDirectory.submitted_directory = "submitted"
c.CourseDirectory.autograded_directory = "autograded"
c.CourseDirectory.feedback_directory = "feedback"
# The gradebook that `make grade` writes, too. In PostgreSQL:
# AUTOGRADER_DB=postgresql://user:password@host/name, for both.
c.CourseDirectory.db_url = (
    os.environ.get("AUTOGRADER_DB") or f"sqlite:///{ROOT / 'graded' / 'gradebook.db'}"
)
(ROOT / "graded").mkdir(exist_ok=True)

# nbgrader's exchange, for releasing and collecting on a machine that students share: its own folder
# where an administrator has made it.
if not os.access("/usr/local/share/nbgrader/exchange", os.W_OK):
    c.Exchange.root = str(ROOT / "exchange")
    (ROOT / "exchange").mkdir(exist_ok=True)

# nbgrader calls the program `alembic` by name.
BIN = str(Path(sys.executable).parent)
if BIN not in os.environ.get("PATH", "").split(os.pathsep):
    os.environ["PATH"] = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"

# `nbgrader zip_collect`: downloads named <student>_<lab>.ipynb, as Canvas names them
# (<student>_LATE_123_456_<lab>-1.ipynb), and in the folders of a Moodle download
# (<full name>_<number>_assignsubmission_file_/<lab>.ipynb); the student is `<full name>_<number>`.
LABS = "|".join(sorted(path.parent.name for path in (ROOT / "labs").glob("*/*.ipynb"))) or "none"
c.FileNameCollectorPlugin.named_regexp = (
    r".*[/\\](?P<student_id>[^/\\]+?)(?:(?:_LATE)?(?:_\d+_\d+)?_|_assignsubmission_file_?[/\\])"
    rf"(?P<file_id>{LABS})(?:-\d+)?\.ipynb$"
)

# `generate_assignment` writes what `make labs` does, also where a starter is there already.
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE"}
c.GenerateAssignment.force = True

# Our judge in the place of nbgrader's Execute; a lab without hidden checks runs as nbgrader always
# did.
c.Autograde.exporter_class = "autograder.integrations.nbgrader.plugins.SubmissionExporter"
c.Autograde.pre_convert_hook = "autograder.integrations.nbgrader.plugins.accept_renamed"
c.Autograde.autograde_preprocessors = [
    "autograder.integrations.nbgrader.plugins.JudgeSubmission",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "autograder.integrations.nbgrader.plugins.SaveJudgement",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.AssignLatePenalties.plugin_class = "autograder.integrations.nbgrader.plugins.LatePenalty"

try:
    from autograder.course import handout

    handout.sources(ROOT)
# without these settings nbgrader would grade by its own, so nothing may keep it from them
except Exception as error:
    print(f"nbgrader_config.py: {type(error).__name__}: {error}", file=sys.stderr)
