"""Where files lie: those of a course, and those of a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import platformdirs

import autograder

PACKAGE = Path(autograder.__file__).parent
TIMESTAMP = "timestamp.txt"  # beside a submission's notebook: when it was handed in
NBGRADER_CONFIG = "nbgrader_config.py"


@dataclass(frozen=True)
class CourseLayout:
    """A course's folders: `labs/`, `solutions/`, and what is handed in."""

    root: Path

    @property
    def labs(self) -> Path:
        """Starters, `<lab>/<lab>.ipynb`."""
        return self.root / "labs"

    @property
    def solutions(self) -> Path:
        """Sources of labs with their answers, `<lab>/<lab>.py`."""
        return self.root / "solutions"

    @property
    def sources(self) -> Path:
        """Source notebooks for nbgrader, `<lab>/<lab>.ipynb`, built from `solutions`."""
        return self.root / "source"

    @property
    def submitted(self) -> Path:
        """Submissions, `<student>/<lab>/<lab>.ipynb`."""
        return self.root / "submitted"

    @property
    def graded(self) -> Path:
        """Where a run's results go."""
        return self.root / "graded"

    @property
    def autograded(self) -> Path:
        """Graded notebooks, as nbgrader keeps them."""
        return self.root / "autograded"

    @property
    def example(self) -> Path:
        """The example class's submissions."""
        return self.root / "examples" / "class" / "submitted"

    @property
    def nbgrader_config(self) -> Path:
        """nbgrader's settings."""
        return self.root / NBGRADER_CONFIG

    @property
    def secret(self) -> Path:
        """What hidden inputs are derived from."""
        return self.state / "secret"

    @property
    def state(self) -> Path:
        """What the course must keep and students must never see."""
        return self.root / ".autograder"

    @property
    def roster(self) -> Path:
        """Who is in the course."""
        return self.state / "roster.json"

    @property
    def collected(self) -> Path:
        """Where each hand-in came from."""
        return self.state / "collected.json"

    @property
    def replaced(self) -> Path:
        """Earlier hand-ins whose place a later one took."""
        return self.state / "replaced"

    def starter(self, lab: str) -> Path:
        """A lab's notebook as students receive it."""
        return self.labs / lab / f"{lab}.ipynb"

    def checks(self, lab: str) -> Path:
        """A lab's hidden checks: the course's own, else those that come with the grader."""
        own = self.root / "autograder" / "checks"
        return (own if own.is_dir() else PACKAGE / "checks") / f"{lab}.py"


@dataclass(frozen=True)
class ResultsLayout:
    """The files of a run."""

    out: Path

    @property
    def gradebook(self) -> Path:
        """nbgrader's database, where no other is named."""
        return self.out / "gradebook.db"

    @property
    def grades(self) -> Path:
        """The course's grades, one row a student."""
        return self.out / "grades.csv"

    @property
    def index(self) -> Path:
        """The course's page."""
        return self.out / "index.html"

    @property
    def lock(self) -> Path:
        """Held by the grader that writes here."""
        return self.out / ".lock"

    def lab(self, lab: str) -> Path:
        """The folder of a lab's results."""
        return self.out / lab

    def journal(self, lab: str) -> Path:
        """A lab's judgements as they come."""
        return self.lab(lab) / "journal.jsonl"


def cache() -> Path:
    """Where what can be computed again is kept between runs."""
    return platformdirs.user_cache_path("autograder", appauthor=False)
