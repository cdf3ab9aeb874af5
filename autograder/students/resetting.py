"""Puts an answer cell back as it was handed out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from . import notebooks
from .notebooks import Notebook

_CALL = re.compile(r"^[ \t]*reset\([^\n]*\)[ \t]*;?[ \t]*\n?", re.MULTILINE)


def reset(answer: str, notebook: str | None = None) -> None:
    """Put an answer's stub back into the cell in which this is called, and save the old text.

    Write it into the first line of the answer's own cell, and run that cell. The old text goes into
    a file beside the notebook.

    Args:
        answer: the cell's name, such as `relu`; the error for a wrong one lists them.
        notebook: its file; found where it is not given.

    Raises:
        ValueError: there is no such answer, or this is not its cell.
        RuntimeError: no notebook runs here.
        FileNotFoundError: which notebook it is cannot be found out.
    """
    shell = notebooks.shell()
    if shell is None:
        raise RuntimeError('reset("...") works inside a notebook only')
    book = notebooks.find(notebook, shell.user_ns)
    known = book.sheet.get("answers", {})
    if answer not in known:
        raise ValueError(f"no answer is called `{answer}`; there are {', '.join(known) or 'none'}")
    cell_id, stub = known[answer]["id"], known[answer]["stub"]
    here = _cell_id(shell)
    if here is not None and here != cell_id and _has(book, cell_id):
        raise ValueError(
            f'this is not the cell of `{answer}`: write reset("{answer}") into the first line of '
            "that cell, and run it there"
        )
    old = _CALL.sub("", _running(shell)).strip("\n") or book.saved(cell_id)
    place = _save(book, answer, old)
    shell.set_next_input(stub, replace=True)
    kept = f"The old text is in {place.name}. " if place else ""
    print(f"{answer} is as it was handed out. {kept}Run the cell again, to define the stub.")


def _cell_id(shell: Any) -> str | None:
    """The id of the cell that runs, where the program that shows the notebook says it."""
    told = getattr(shell, "parent_header", None) or {}
    found = told.get("metadata", {}).get("cellId") if isinstance(told, dict) else None
    return found if isinstance(found, str) else None


def _has(book: Notebook, cell_id: str) -> bool:
    return any(cell.get("id") == cell_id for cell in book.cells)


def _running(shell: Any) -> str:
    """The text of the cell that runs, as it was typed."""
    typed = shell.history_manager.input_hist_raw
    return str(typed[-1]) if typed else ""


def _save(book: Notebook, answer: str, text: str) -> Path | None:
    """Keep a text beside the notebook, under a name that is free; None where it is empty."""
    if not text.strip():
        return None
    number = 1
    while (place := book.folder / f"{book.name}-{answer}-before-reset-{number}.py").exists():
        number += 1
    place.write_text(text + "\n", encoding="utf-8")
    return place
