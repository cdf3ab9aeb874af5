"""Labs as text: percent scripts become notebooks. Imports jupytext, which takes a second."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from autograder.course import template
from autograder.course.labs import ROLES
from autograder.errors import UsageError
from autograder.model import Role

KEPT = ("tags", "jupyter")  # metadata of a cell's looks, handed on as it is
# Roles that need an answer: where it is wrong or missing, "Run all" must still reach the given
# cells below.
GO_ON = (Role.TEST, Role.DEMO)
ID = re.compile(r"[a-z][a-z0-9_-]{0,63}")


def notebook(folder: Path) -> Any:
    """The source notebook of a lab with nbgrader's metadata, from `<folder>/<lab>.py`; an nbformat
    NotebookNode.

    Raises:
        UsageError: the script is not in the form that CONTRIBUTING.md describes.
    """
    book = read(folder)
    if "autograder" not in book["metadata"]:
        raise UsageError(f"`{folder.name}.py` has no `autograder:` part in its header")
    book["metadata"].pop("jupytext", None)
    template.number_exercises(book, folder.name)
    template.offer_help(book)
    seen: set[str] = set()
    for cell in book["cells"]:
        _describe(cell, folder.name)
        if cell["id"] in seen:
            raise UsageError(f"`{folder.name}.py` has two cells `{cell['id']}`")
        seen.add(cell["id"])
    return book


def read(folder: Path) -> Any:
    """A lab's script as cells; an nbformat NotebookNode."""
    import jupytext  # takes a second

    path = folder / f"{folder.name}.py"
    if not path.is_file():
        raise UsageError(f"`{path}` does not exist: a lab's source has its folder's name")
    return jupytext.read(path, fmt="py:percent")


def _describe(cell: Any, lab: str) -> None:
    """Turn the short form of a cell's header into its id and nbgrader's metadata."""
    given = dict(cell["metadata"])
    given.pop("lines_to_next_cell", None)
    if cell["cell_type"] != "code":
        cell["metadata"] = {}
        cell["id"] = "text-" + hashlib.sha256(cell["source"].encode()).hexdigest()[:12]
        return
    roles = [role for role in ROLES if role in given]
    if len(roles) != 1:
        raise UsageError(
            f"a code cell of `{lab}.py` has {len(roles)} roles, needs one of "
            f"{', '.join(ROLES)}: {cell['source']:.60}"
        )
    (role,) = roles
    key = given.pop(role)
    if not isinstance(key, str) or not ID.fullmatch(key):
        raise UsageError(f"`{key}` is not an id for a cell: small letters, digits, _ and - only")
    about: dict[str, Any] = {"role": str(role), "key": key}
    if role == Role.TEST:
        about |= {"points": given.pop("points"), "bonus": given.pop("bonus", 0)}
    if unknown := set(given) - set(KEPT):
        raise UsageError(f"cell `{key}` of `{lab}.py` has an unknown field `{sorted(unknown)[0]}`")
    cell["id"] = f"{role}-{key}"
    kept = {name: given[name] for name in KEPT if name in given}
    if role in GO_ON:
        kept["tags"] = sorted({*kept.get("tags", []), "raises-exception"})
    cell["metadata"] = {"autograder": about, **kept} | (
        {} if role == Role.DEMO else {"nbgrader": _nbgrader(key, role, about)}
    )


def _nbgrader(key: str, role: str, about: dict[str, Any]) -> dict[str, Any]:
    """nbgrader's metadata, schema version 3."""
    metadata = {
        "grade_id": key if role == Role.TEST else f"{role}-{key}",
        "grade": role == Role.TEST,
        "solution": role == Role.ANSWER,
        "locked": role != Role.ANSWER,
        "task": False,
        "schema_version": 3,
    }
    return metadata | ({"points": about["points"]} if role == Role.TEST else {})
