"""Finds the labs of a course.

The folder is the registry: a lab is a folder of `labs/` with a notebook of its own name.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import autograder
from autograder.errors import UsageError
from autograder.model import Limits

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
ROLES = ("given", "answer", "test", "demo")
FEEDBACK = ("full", "hint", "verdict")


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
    role: str
    source: str
    points: float = 0.0
    bonus: float = 0.0

    @property
    def grade_id(self) -> str:
        """The cell's name in nbgrader, which knows test cells by their family."""
        return self.key if self.role == "test" else self.cell_id


@dataclass(frozen=True)
class Lab:
    """A lab as the grader sees it."""

    name: str
    title: str
    order: float
    difficulty: str
    minutes: int
    summary: str
    needs: str
    feedback: str
    limits: Limits
    cells: tuple[LabCell, ...]
    notebook: Path
    checks: Path
    solutions: Path

    @property
    def answers(self) -> dict[str, LabCell]:
        """The answer cells by id."""
        return {cell.key: cell for cell in self.cells if cell.role == "answer"}

    @property
    def families(self) -> dict[str, LabCell]:
        """The grade cells by family."""
        return {cell.key: cell for cell in self.cells if cell.role == "test"}

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

    def fingerprint(self) -> str:
        """A digest of everything that decides a verdict besides the submission and the seed."""
        digest = hashlib.sha256(autograder.__version__.encode())
        shared = Path(autograder.__file__).parent
        for path in [
            self.notebook,
            self.checks,
            *sorted((shared / "judge").glob("*.py")),
            *sorted(self.mistakes()),
        ]:
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
        return digest.hexdigest()

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
    found = [
        path.parent.name
        for path in (root / "labs").glob("*/*.ipynb")
        if path.stem == path.parent.name and _ours(path)
    ]
    return [
        lab.name
        for lab in sorted(
            (load(root, name) for name in found), key=lambda lab: (lab.order, lab.name)
        )
    ]


def _ours(path: Path) -> bool:
    """Whether a notebook is one of ours; an ordinary nbgrader course's may lie beside them."""
    try:
        return "autograder" in json.loads(path.read_bytes())["metadata"]
    except (ValueError, KeyError, TypeError):
        return True  # `load` says what is wrong with it


def find(root: Path, wanted: Iterable[str]) -> list[Lab]:
    """The labs by name, all of the course's where none is named.

    Raises:
        UsageError: there is no such lab.
    """
    known = names(root)
    for name in wanted:
        if name not in known:
            raise UsageError(
                f"no lab `{name}`: the labs are {', '.join(known) or 'none yet, run `make labs`'}"
            )
    return [load(root, name) for name in (list(wanted) or known)]


def load(root: Path, name: str) -> Lab:
    """Read a released notebook and what it says of its lab.

    Raises:
        UsageError: the file is missing or is not what `make labs` writes.
    """
    path = root / "labs" / name / f"{name}.ipynb"
    package = Path(autograder.__file__).parent
    here = root / "autograder" / "checks"
    checks = (here if here.is_dir() else package / "checks") / f"{name}.py"
    if not NAME.fullmatch(name):
        raise UsageError(f"`{name}` is not a name for a lab: small letters, digits and _ only")
    try:
        notebook = json.loads(path.read_bytes())
        about = notebook["metadata"]["autograder"]
        cells = tuple(_cell(cell) for cell in notebook["cells"] if cell["cell_type"] == "code")
        return Lab(
            name=name,
            title=str(about["title"]),
            order=float(about["order"]),
            difficulty=str(about["difficulty"]),
            minutes=int(about["minutes"]),
            summary=str(about["summary"]),
            needs=str(about["needs"]),
            feedback=_one_of(about.get("feedback", "hint"), FEEDBACK),
            limits=Limits.from_dict(about.get("limits", {})),
            cells=cells,
            notebook=path,
            checks=checks,
            solutions=root / "solutions" / name,
        )
    except FileNotFoundError:
        raise UsageError(
            f"no lab `{name}`: `{path}` does not exist; `make labs` builds it"
        ) from None
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(
            f"`{path}` is not a lab's notebook ({type(error).__name__}: {error}); "
            f"`make labs` rebuilds it"
        ) from None


def _one_of(value: Any, allowed: Iterable[str]) -> str:
    if value not in allowed:
        raise ValueError(f"{value!r} is none of {', '.join(allowed)}")
    return str(value)


def _cell(cell: dict[str, Any]) -> LabCell:
    metadata = cell["metadata"]
    about = metadata["autograder"]
    source = cell["source"]
    return LabCell(
        cell_id=str(cell["id"]),
        key=str(about["key"]),
        role=_one_of(about["role"], ROLES),
        source="".join(source) if isinstance(source, list) else source,
        points=float(about.get("points", 0.0)),
        bonus=float(about.get("bonus", 0.0)),
    )
