"""Whose hand-ins lie in a folder of submissions, and what lies there that nobody grades.

The layout is nbgrader's, `<student>/<lab>/<lab>.ipynb`; a folder that differs from a lab's name in
case alone is taken for it, and a name in macOS's form of Unicode is the name it reads as.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

STUDENT = re.compile(r"[^\W_](?:[\w .,@+'()-]{0,62}[\w.,@+'()-])?")
ID_RULE = "a letter or digit first, then these, spaces and _.,@+'()- only, 64 at most"
MAX_NAMED = 5


def composed(name: str) -> str:
    """A name as Unicode composes it: what macOS writes as `o` and an accent is one letter."""
    return unicodedata.normalize("NFC", name)


def text_of(name: str) -> str:
    """What was made of file names, as text that can be written: bytes that are not UTF-8 are
    written as numbers.
    """
    return name.encode("utf-8", "backslashreplace").decode()


def students(submitted: Path, lab: str) -> list[str]:
    """Names of the students whose folders in `submitted` hold a folder of the lab, links left out;
    whatever they are called.
    """
    return sorted(
        {
            text_of(composed(entry.name))
            for entry in _folders(submitted)
            if lab_folders(entry.path, lab)
        }
    )


def lab_folders(student: str | os.PathLike[str], lab: str) -> list[str]:
    """Names in a student's folder that stand for a lab: its own where that is there, else those
    that differ in case alone.
    """
    if os.path.lexists(Path(student, lab)):
        return [lab]
    try:
        names = os.listdir(student)
    except OSError:
        return []
    return sorted(name for name in names if name.casefold() == lab.casefold())


def student_folders(submitted: Path, student: str) -> list[str]:
    """Names of the folders in `submitted` that are a student's: one, unless the same name stands
    there in two forms of Unicode.
    """
    found = sorted(
        entry.name
        for entry in _folders(submitted)
        if text_of(composed(entry.name)) == composed(student)
    )
    return found or [student]


def folder_of(submitted: Path, student: str, lab: str) -> Path:
    """Where a student's hand-in lies, or would lie."""
    usual = submitted / student / lab
    if usual.is_dir():
        return usual
    for name in student_folders(submitted, student):
        for inner in lab_folders(submitted / name, lab):
            return submitted / name / inner
    return usual


def _folders(submitted: Path) -> list[os.DirEntry[str]]:
    with os.scandir(submitted) as entries:
        return [
            entry
            for entry in entries
            if entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")
        ]


def misplaced(submitted: Path, known: Collection[str]) -> Iterator[str]:
    """What lies in the folder of submissions where nobody grades it, one line each.

    Args:
        submitted: the folder.
        known: names of the course's assignments, whoever grades them.
    """
    names = {name.casefold() for name in known}
    unknown: dict[str, list[str]] = {}
    for student in sorted(submitted.iterdir()):
        if _is_notebook(student.name):
            yield f"`{text_of(student.name)}` lies in no student's folder"
        elif student.is_dir() and not student.is_symlink() and not student.name.startswith("."):
            for path in sorted(student.iterdir()):
                shown = text_of(f"{student.name}/{path.name}")
                if _is_notebook(path.name):
                    yield f"`{shown}` lies in no assignment's folder"
                elif _is_unknown(path, names):
                    unknown.setdefault(path.name, []).append(student.name)
    for name, whose in unknown.items():
        yield _of_unknown(name, whose)


def _is_unknown(path: Path, names: Collection[str]) -> bool:
    """Whether it is a folder of no assignment, rather than one that archives leave behind."""
    return (
        path.is_dir()
        and not path.name.startswith((".", "__"))
        and path.name.casefold() not in names
    )


def _of_unknown(name: str, whose: list[str]) -> str:
    if len(whose) == 1:
        return f"`{text_of(f'{whose[0]}/{name}')}`: the course has no such assignment"
    return (
        f"`{text_of(name)}`, handed in by {len(whose)} ({text_of(listed(whose))}): the course has "
        "no such assignment. If a lab was renamed, rename these folders too"
    )


def listed(names: Iterable[str]) -> str:
    """A few of the names, and how many more there are."""
    every = list(names)
    more = f" and {len(every) - MAX_NAMED} more" if len(every) > MAX_NAMED else ""
    return ", ".join(every[:MAX_NAMED]) + more


def _is_notebook(name: str) -> bool:
    return name.lower().endswith(".ipynb")
