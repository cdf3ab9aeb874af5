"""Answers to a lab as text: its reference solution, and drop-in answers, right and wrong."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.course import script
from autograder.course.labs import Lab
from autograder.errors import UsageError

_FAILS = re.compile(r"#\s*fails:\s*(?P<names>[\w\s]*)$")
MAX_TITLE = 60  # characters
_MARKS = re.compile(r"^[ \t]*### (BEGIN|END) SOLUTION[ \t]*\n?", re.MULTILINE)


@dataclass(frozen=True)
class Answer:
    """A file of `alternatives/` or `mistakes/`.

    Attributes:
        name: the file's name without `.py`.
        cells: text by answer cell.
        fails: the checks that it must fail, for a mistake.
        hint: a mistake's docstring, behind its title.
        title: a mistake's name for people, the first line of its docstring; it has no period at its
            end, and an empty line follows it.
    """

    name: str
    cells: dict[str, str]
    fails: frozenset[str] = frozenset()
    hint: str = ""
    title: str = ""


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
    hint = title = ""
    if match := re.match(r'\s*(?P<quotes>"""|\'\'\')(?P<hint>.*?)(?P=quotes)\n', body, re.DOTALL):
        hint = _flow(match["hint"])
        first_line, _, rest = hint.partition("\n\n")
        if len(first_line) <= MAX_TITLE and rest and not first_line.endswith("."):
            title, hint = first_line, rest
        body = body[match.end() :] if first else body
    parts = re.split(r'^# %% answer="([^"]+)".*\n', body, flags=re.MULTILINE)
    cells = {
        name: part.strip("\n") + "\n" for name, part in zip(parts[1::2], parts[2::2], strict=True)
    }
    if not cells:
        if len(answers) != 1:
            raise UsageError(
                f"`{path}` must say which answer cell it replaces: a line `# %% "
                f'answer="..."` with {", ".join(answers)}'
            )
        cells = {answers[0]: body.strip("\n") + "\n"}
    if unknown := set(cells) - set(answers):
        raise UsageError(
            f"`{path}` replaces the cell `{sorted(unknown)[0]}`; the lab's answer "
            f"cells are {', '.join(answers)}"
        )
    return Answer(
        path.stem, cells, frozenset(first["names"].split()) if first else frozenset(), hint, title
    )


def _flow(text: str) -> str:
    """Paragraphs as single lines."""
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join(" ".join(line.strip() for line in p.splitlines()) for p in paragraphs)


def reference(lab: Lab) -> Answer:
    """The lab's own solution, from its source."""
    cells = {
        cell["metadata"]["answer"]: cell["source"]
        for cell in script.read(lab.solutions)["cells"]
        if "answer" in cell["metadata"]
    }
    return Answer("reference", {name: _MARKS.sub("", text) for name, text in cells.items()})


def filled(lab: Lab, answer: Answer | None) -> bytes:
    """The lab's notebook as a student hands it in with this answer; the starter without one."""
    book = json.loads(lab.notebook.read_bytes())
    by_id = {
        cell.cell_id: text
        for key, text in (answer.cells if answer else {}).items()
        for cell in [lab.answers[key]]
    }
    for cell in book["cells"]:
        if cell.get("id") in by_id:
            cell["source"] = by_id[cell["id"]]
    return json.dumps(book).encode()


def complete(answer: Answer, reference: Answer) -> Answer:
    """The answer with the reference's text in the cells that it leaves alone."""
    return replace(answer, cells=reference.cells | answer.cells)
