"""Makes this repository an nbgrader course. See docs/nbgrader.md.

nbgrader, and JupyterLab with formgrader, read it when they are started in this folder.
"""

import os
from pathlib import Path

try:
    from autograder.integrations.nbgrader.course_config import configure
except ImportError as error:  # nbgrader would go on without these settings, and run what it grades
    raise SystemExit(f"nbgrader_config.py: the autograder is not installed here: {error}") from None

c = get_config()  # type: ignore[name-defined]  # noqa: F821 - traitlets defines it

# The gradebook is the one that `make grade` writes. In PostgreSQL, for both:
# AUTOGRADER_DB=postgresql://user:password@host/name
configure(c, Path(__file__).resolve().parent, os.environ.get("AUTOGRADER_DB", ""))

# What is yours to change: whether a submission that cannot be read, or needs what the grader does
# not have, has 0 points rather than none until you have looked at it.
c.JudgeSubmission.needs_eye_counts_zero = False

# And late penalties, by lab; "*" holds for labs without a line of their own. `points_per_day` takes
# points off rather than percent. Due dates are nbgrader's: `nbgrader db assignment add LAB
# --duedate="2027-02-01 18:00 UTC"`, or formgrader; `autograder extend` gives a student more time.
# The level of the sandbox below which nothing is graded: full, strong, strong-ns, or none, which
# means any that confines.
c.JudgeSubmission.least_level = "none"

# Where on GitHub the folder that `make release` writes is published, if it is: notebooks then have
# a badge that opens them on Colab. Such as "https://github.com/OWNER/REPOSITORY/tree/main".
c.CourseRelease.address = ""

# And late penalties, by lab; "*" holds for labs without a line of their own.
# Due dates are nbgrader's: `nbgrader db assignment add LAB --duedate="2027-02-01 18:00"`, or
# formgrader. Any other setting of nbgrader's goes below, too.
c.LatePenalty.rules = {
    "*": {"percent_per_day": 0, "grace_minutes": 15, "floor_percent": 0},
}

# Days of lateness that each student may use up in the course at no cost, and whose clock counts.
c.LatePenalty.free_days = 0
c.LatePenalty.timezone = "UTC"  # as Europe/Berlin

# Any other setting of nbgrader's goes below, too.
