"""Finds the labs of a course.

The folder is the registry: a lab is a folder of `labs/` with a notebook of its own name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from autograder.errors import UsageError
from autograder.layout import CourseLayout
from autograder.model import Feedback, Limits, Role

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
ROLES = (Role.GIVEN, Role.ANSWER, Role.TEST, Role.DEMO)


@dataclass(frozen=True)
class LabCell:
    """A code cell of the released notebook.

    Attributes:
        cell_id: the cell's own id, `<role>-<key>`.
        key: the name that its author gave it.
        role: `given` and `answer` cells run when grading, `test` and `demo` cells do not.
        points, bonus: of a `test` cell, which is the grade cell of the family `key`.
    """

    cell_id: str
    key: str
    role: Role
    source: str
    points: float = 0.0
    bonus: float = 0.0

    @property
    def grade_id(self) -> str:
        """The cell's name in nbgrader, which knows test cells by their family."""
        return self.key if self.role == Role.TEST else self.cell_id


@dataclass(frozen=True)
class Exercise:
    """A part of a lab that students do in one go.

    Attributes:
        number: from 1, as in its heading.
        title: its heading's.
        goal: what a student can do afterwards, the end of "you will be able to ...".
        tests: the families whose points it brings.
        minutes: that it takes; of extra credit, on top of the lab's.
        difficulty: `easy`, `medium` or `hard`.
        extra: whether it is extra credit.
    """

    number: int
    title: str
    goal: str
    tests: tuple[str, ...]
    minutes: int
    difficulty: str
    extra: bool


@dataclass(frozen=True)
class Lab:
    """A lab as the grader sees it.

    Attributes:
        root: the course that it belongs to.
        name: its folder's.
        title, summary, needs, difficulty, minutes, order: as the course page shows it.
        feedback: how much of a judgement students see.
        limits: what a submission may use.
        cells: the released notebook's code cells.
        notebook: the starter.
        checks: the hidden checks.
        solutions: the folder of its source, alternatives and mistakes.
        prose: the released notebook's text cells.
        exercises: its parts, in their order; none where its source names none.
    """

    root: Path
    name: str
    title: str
    order: float
    difficulty: str
    minutes: int
    summary: str
    needs: str
    feedback: Feedback
    limits: Limits
    cells: tuple[LabCell, ...]
    notebook: Path
    checks: Path
    solutions: Path
    prose: tuple[str, ...] = ()
    exercises: tuple[Exercise, ...] = ()

    @property
    def answers(self) -> dict[str, LabCell]:
        """The answer cells by id."""
        return {cell.key: cell for cell in self.cells if cell.role == Role.ANSWER}

    @property
    def families(self) -> dict[str, LabCell]:
        """The grade cells by family."""
        return {cell.key: cell for cell in self.cells if cell.role == Role.TEST}

    def require_checks(self) -> None:
        """Nothing, where there are hidden checks.

        Raises:
            UsageError: there are none, so that only nbgrader can grade the lab.
        """
        if not self.checks.is_file():
            raise UsageError(
                f"`{self.name}` has no hidden checks: no `{self.checks}`. "
                f"`nbgrader autograde` grades such a lab"
            )

    @property
    def max_score(self) -> float:
        """Points of the lab, without extra credit."""
        return sum(cell.points for cell in self.families.values())

    def mistakes(self) -> list[Path]:
        """The catalogue of wrong answers."""
        return sorted((self.solutions / "mistakes").glob("*.py"))

    def alternatives(self) -> list[Path]:
        """Other right answers."""
        return sorted((self.solutions / "alternatives").glob("*.py"))


def root_from(start: Path) -> Path:
    """The course that `start` lies in: the nearest folder upwards with `labs/`.

    Raises:
        UsageError: there is none.
    """
    for folder in (start, *start.parents):
        if (folder / "labs").is_dir():
            return folder
    raise UsageError(
        f"`{start}` is not inside a course: no folder `labs/` here or above. "
        f"Change into the course's folder."
    )


def names(root: Path) -> list[str]:
    """The labs of the course, in the course's order."""
    return [lab.name for lab in find(root, ())]


def is_lab(root: Path, name: str) -> bool:
    """Whether `labs/` holds a notebook of ours by this name.

    One that cannot be read counts: `load` says what is wrong with it. An ordinary nbgrader
    course's own assignments do not.
    """
    path = CourseLayout(root).starter(name)
    return bool(NAME.fullmatch(name)) and is_ours(path)


def is_ours(path: Path) -> bool:
    """Whether a notebook is a lab's of ours, or cannot be read; False where there is none."""
    try:
        return "autograder" in json.loads(path.read_bytes())["metadata"]
    except OSError:
        return False
    except (ValueError, KeyError, TypeError):
        return True


def find(root: Path, wanted: Iterable[str]) -> list[Lab]:
    """The labs by name, in their order; all of the course's where none is named.

    Raises:
        UsageError: there is no such lab.
    """
    asked = list(wanted)
    folder = CourseLayout(root).labs
    known = sorted(path.stem for path in folder.glob("*/*.ipynb") if path.stem == path.parent.name)
    known = [name for name in known if is_lab(root, name)] if not asked else known
    for name in asked:
        if name not in known:
            every = ", ".join(names(root)) or "none yet, run `make labs`"
            raise UsageError(f"no lab `{name}`: the labs are {every}")
    labs = [load(root, name) for name in asked or known]
    return labs if asked else sorted(labs, key=lambda lab: (lab.order, lab.name))


def load(root: Path, name: str) -> Lab:
    """Read a released notebook and what it says of its lab.

    Raises:
        UsageError: the file is missing or is not what `make labs` writes.
    """
    layout = CourseLayout(root)
    path = layout.starter(name)
    if not NAME.fullmatch(name):
        raise UsageError(f"`{name}` is not a name for a lab: small letters, digits and _ only")
    try:
        notebook = json.loads(path.read_bytes())
        about = notebook["metadata"]["autograder"]
        cells = tuple(_cell(cell) for cell in notebook["cells"] if cell["cell_type"] == "code")
        prose = tuple(_text(cell) for cell in notebook["cells"] if cell["cell_type"] != "code")
        return Lab(
            root=root,
            name=name,
            title=str(about["title"]),
            order=float(about["order"]),
            difficulty=str(about["difficulty"]),
            minutes=int(about["minutes"]),
            summary=str(about["summary"]),
            needs=str(about["needs"]),
            feedback=_one_of(Feedback, about.get("feedback", Feedback.HINT)),
            limits=Limits.from_dict(about.get("limits", {})),
            cells=cells,
            notebook=path,
            checks=layout.checks(name),
            solutions=layout.solutions / name,
            prose=prose,
            exercises=tuple(_exercise(one) for one in about.get("exercises", ())),
        )
    except FileNotFoundError:
        raise UsageError(
            f"no lab `{name}`: `{path}` does not exist; `make labs` builds it"
        ) from None
    except (KeyError, TypeError, ValueError) as error:
        what = f"{type(error).__name__}: {error}"
        raise UsageError(
            f"`{path}` is not a lab's notebook ({what}); `make labs` rebuilds it"
        ) from None


Word = TypeVar("Word", bound=StrEnum)


def _one_of(words: type[Word], value: Any) -> Word:
    try:
        return words(value)
    except ValueError:
        raise ValueError(f"{value!r} is none of {', '.join(words)}") from None


def _text(cell: dict[str, Any]) -> str:
    source = cell["source"]
    return "".join(source) if isinstance(source, list) else str(source)


def _exercise(about: dict[str, Any]) -> Exercise:
    return Exercise(
        number=int(about["number"]),
        title=str(about["title"]),
        goal=str(about["goal"]),
        tests=tuple(map(str, about["tests"])),
        minutes=int(about["minutes"]),
        difficulty=str(about["difficulty"]),
        extra=bool(about["extra"]),
    )


def _cell(cell: dict[str, Any]) -> LabCell:
    metadata = cell["metadata"]
    about = metadata["autograder"]
    return LabCell(
        cell_id=str(cell["id"]),
        key=str(about["key"]),
        role=_one_of(Role, about["role"]),
        source=_text(cell),
        points=float(about.get("points", 0.0)),
        bonus=float(about.get("bonus", 0.0)),
    )
