"""Labs as text: percent scripts to notebooks, answers as drop-in replacements. Imports jupytext, which takes a second."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.course.labs import ROLES, Lab
from autograder.errors import UsageError

KEPT = ("tags", "jupyter")  # metadata of a cell's looks, handed on as it is
GO_ON = ("test", "demo")  # roles that need an answer: where it is wrong or missing, "Run all" must still reach the given cells below
ID = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_FAILS = re.compile(r"#\s*fails:\s*(?P<names>[\w\s]*)$")
_MARKS = re.compile(r"^[ \t]*### (BEGIN|END) SOLUTION[ \t]*\n?", re.MULTILINE)


@dataclass(frozen=True)
class Answer:
    """A file of `alternatives/` or `mistakes/`.

    Attributes:
        name: the file's name without `.py`.
        cells: text by answer cell.
        fails: the checks that it must fail, for a mistake.
        hint: a mistake's docstring.
    """

    name: str
    cells: dict[str, str]
    fails: frozenset[str] = frozenset()
    hint: str = ""


def read_answer(path: Path, answers: list[str]) -> Answer:
    """Read a drop-in answer.

    Args:
        path: the file.
        answers: ids of the lab's answer cells.

    Raises:
        UsageError: it names an unknown cell, or no cell where the lab has several.
    """
    text = path.read_text(encoding="utf-8")
    first = _FAILS.match(text.partition("\n")[0])
    body = text.partition("\n")[2] if first else text
    hint = ""
    if match := re.match(r'\s*(?P<quotes>"""|\'\'\')(?P<hint>.*?)(?P=quotes)\n', body, re.DOTALL):
        hint = _flow(match["hint"])
        body = body[match.end() :] if first else body
    parts = re.split(r'^# %% answer="([^"]+)".*\n', body, flags=re.MULTILINE)
    cells = {name: part.strip("\n") + "\n" for name, part in zip(parts[1::2], parts[2::2], strict=True)}
    if not cells:
        if len(answers) != 1:
            raise UsageError(f'`{path}` must say which answer cell it replaces: a line `# %% answer="..."` with {", ".join(answers)}')
        cells = {answers[0]: body.strip("\n") + "\n"}
    if unknown := set(cells) - set(answers):
        raise UsageError(f"`{path}` replaces the cell `{sorted(unknown)[0]}`; the lab's answer cells are {', '.join(answers)}")
    return Answer(path.stem, cells, frozenset(first["names"].split()) if first else frozenset(), hint)


def _flow(text: str) -> str:
    """Paragraphs as single lines."""
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join(" ".join(line.strip() for line in p.splitlines()) for p in paragraphs)


def reference(lab: Lab) -> Answer:
    """The lab's own solution, from its source."""
    cells = {cell["metadata"]["answer"]: cell["source"] for cell in _script(lab.solutions)["cells"] if "answer" in cell["metadata"]}
    return Answer("reference", {name: _MARKS.sub("", text) for name, text in cells.items()})


def filled(lab: Lab, answer: Answer | None) -> bytes:
    """The lab's notebook as a student would hand it in with this answer; the starter without one."""
    book = json.loads(lab.notebook.read_bytes())
    by_id = {cell.cell_id: text for key, text in (answer.cells if answer else {}).items() for cell in [lab.answers[key]]}
    for cell in book["cells"]:
        if cell.get("id") in by_id:
            cell["source"] = by_id[cell["id"]]
    return json.dumps(book).encode()


def complete(answer: Answer, reference: Answer) -> Answer:
    """The answer with the reference's text in the cells that it leaves alone."""
    return Answer(answer.name, reference.cells | answer.cells, answer.fails, answer.hint)


def notebook(folder: Path) -> Any:
    """The source notebook of a lab with nbgrader's metadata, from `<folder>/<lab>.py`; an nbformat NotebookNode.

    Raises:
        UsageError: the script is not in the form that CONTRIBUTING.md describes.
    """
    book = _script(folder)
    if "autograder" not in book["metadata"]:
        raise UsageError(f"`{folder.name}.py` has no `autograder:` part in its header")
    book["metadata"].pop("jupytext", None)
    seen: set[str] = set()
    for cell in book["cells"]:
        _describe(cell, folder.name)
        if cell["id"] in seen:
            raise UsageError(f"`{folder.name}.py` has two cells `{cell['id']}`")
        seen.add(cell["id"])
    return book


def _script(folder: Path) -> Any:
    import jupytext

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
        raise UsageError(f"a code cell of `{lab}.py` has {len(roles)} roles, needs one of {', '.join(ROLES)}: {cell['source']:.60}")
    (role,) = roles
    key = given.pop(role)
    if not isinstance(key, str) or not ID.fullmatch(key):
        raise UsageError(f"`{key}` is not an id for a cell: small letters, digits, _ and - only")
    about = {"role": role, "key": key}
    if role == "test":
        about |= {"points": given.pop("points"), "bonus": given.pop("bonus", 0)}
    if unknown := set(given) - set(KEPT):
        raise UsageError(f"cell `{key}` of `{lab}.py` has an unknown field `{sorted(unknown)[0]}`")
    cell["id"] = f"{role}-{key}"
    kept = {name: given[name] for name in KEPT if name in given}
    if role in GO_ON:
        kept["tags"] = sorted({*kept.get("tags", []), "raises-exception"})
    cell["metadata"] = {"autograder": about, **kept} | ({} if role == "demo" else {"nbgrader": _nbgrader(key, role, about)})


def _nbgrader(key: str, role: str, about: dict[str, Any]) -> dict[str, Any]:
    """nbgrader's metadata, schema version 3."""
    metadata = {
        "grade_id": key if role == "test" else f"{role}-{key}",
        "grade": role == "test",
        "solution": role == "answer",
        "locked": role != "answer",
        "task": False,
        "schema_version": 3,
    }
    return metadata | ({"points": about["points"]} if role == "test" else {})
