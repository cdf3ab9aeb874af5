"""Finds the notebook of a hand-in and reads it: files by strangers, opened without following links.

What was plainly meant is taken, with a note: another name, another ending, a folder deeper, the
finished copy beside the untouched starter. Where it is not plain which file counts, nothing is
guessed, and a reason says so.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from autograder.course import hand_ins, matching, reading
from autograder.course.hand_ins import ID_RULE, STUDENT, misplaced, students, text_of
from autograder.course.labs import Lab
from autograder.errors import BadSubmission
from autograder.model import Role

__all__ = [
    "STUDENT",
    "Submission",
    "fetch",
    "fetch_file",
    "fetch_folder",
    "misplaced",
    "students",
]

MAX_CANDIDATES = 8
NOTEBOOK = re.compile(r"(?P<stem>.+?)\.ipynb(?:\.txt|\.json)?", re.IGNORECASE | re.DOTALL)
_UNWANTED = frozenset({"__MACOSX", "__pycache__"})  # what archives and Python leave behind


@dataclass(frozen=True)
class Submission:
    """A submission: whose, its bytes or why it cannot be read, and what was put right."""

    student: str
    raw: bytes = b""
    reason: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Candidate:
    """A file that may be the notebook: its path below the hand-in's folder, and its bytes or why
    they cannot be read.
    """

    path: tuple[str, ...]
    raw: reading.Raw = field(default_factory=lambda: reading.Raw(b""))
    reason: str = ""

    @property
    def shown(self) -> str:
        return text_of("/".join(self.path))


def fetch(submitted: Path, student: str, lab: Lab) -> Submission:
    """Read the bytes of a hand-in, `submitted/<student>/<lab>/<lab>.ipynb`, or say why not."""
    if not STUDENT.fullmatch(hand_ins.composed(student)):
        shown = student.encode("ascii", "backslashreplace").decode()
        return Submission(
            student,
            reason=f"the folder `{shown:.100}` is not a student's id: {ID_RULE}. Your "
            f"instructor must rename it",
        )
    try:
        name, inner, notes = _place(submitted, student, lab.name)
        with _folder(submitted, name, inner) as folder:
            return _fetched(student, folder, lab, notes)
    except BadSubmission as error:
        return Submission(student, reason=text_of(str(error)))


def fetch_folder(student: str, folder: Path, lab: Lab) -> Submission:
    """Read the bytes of a hand-in whose folder is named directly, or say why not."""
    try:
        with _folder(folder.parent, folder.name) as opened:
            return _fetched(student, opened, lab, ())
    except BadSubmission as error:
        return Submission(student, reason=text_of(str(error)))


def fetch_file(path: Path, student: str) -> Submission:
    """Read one notebook that is named directly, or say why not."""
    try:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        return Submission(student, reason=f"`{path}` cannot be opened: {error.strerror}")
    try:
        raw = reading.read(folder, path.name)
        return Submission(student, raw.content, None, raw.notes)
    except BadSubmission as error:
        return Submission(student, reason=text_of(str(error)))
    finally:
        os.close(folder)


def _place(submitted: Path, student: str, lab: str) -> tuple[str, str, tuple[str, ...]]:
    """The names of a student's folder and of the lab's in it, and what is unusual about them.

    Raises:
        BadSubmission: two folders are meant by one name.
    """
    names = hand_ins.student_folders(submitted, student)
    holding = [name for name in names if hand_ins.lab_folders(submitted / name, lab)]
    if len(holding) > 1:
        raise BadSubmission(
            f"{len(holding)} folders are called `{student}`, in different forms of Unicode, and "
            f"hold `{lab}`: whose is which? Your instructor must put them into one"
        )
    name = holding[0] if holding else names[0]
    inner = hand_ins.lab_folders(submitted / name, lab) or [lab]
    if len(inner) > 1:
        raise BadSubmission(
            f"several folders are called `{lab}`, in large and small letters: {', '.join(inner)}. "
            "Your instructor must keep one"
        )
    if inner[0] == lab:
        return name, lab, ()
    return name, inner[0], (f"the folder is called `{inner[0]:.80}` instead of `{lab}`",)


@contextmanager
def _folder(submitted: Path, *names: str) -> Iterator[int]:
    """A descriptor of a folder below `submitted`, no part of whose path is a link."""
    fd = os.open(submitted, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for name in names:
            try:
                inner = os.open(
                    name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=fd
                )
            except OSError:
                raise BadSubmission(f"`{name}` is not a folder (links are not followed)") from None
            os.close(fd)
            fd = inner
        yield fd
    finally:
        os.close(fd)


# -- which file it is ------------------------------------------------------------------------------


def _fetched(student: str, folder: int, lab: Lab, notes: tuple[str, ...]) -> Submission:
    found = _candidates(folder)
    chosen, more = _chosen(lab, found)
    if chosen.reason:
        raise BadSubmission(chosen.reason)
    every = (*notes, *more, *chosen.raw.notes)
    return Submission(student, chosen.raw.content, None, tuple(map(text_of, every)))


def _candidates(folder: int) -> list[_Candidate]:
    """The notebooks in a hand-in's folder, or where there is none, one folder deeper."""
    found = [_read(folder, (name,)) for name in _notebooks(folder)]
    if found:
        return found
    for name in _names(folder):
        try:
            inner = os.open(
                name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder
            )
        except OSError:
            continue
        try:
            found += [_read(inner, (name, one)) for one in _notebooks(inner)]
        finally:
            os.close(inner)
    return found[:MAX_CANDIDATES]


def _names(folder: int) -> list[str]:
    names = sorted(os.listdir(folder))
    return [name for name in names if not name.startswith(".") and name not in _UNWANTED]


def _notebooks(folder: int) -> list[str]:
    return [name for name in _names(folder) if NOTEBOOK.fullmatch(name)][:MAX_CANDIDATES]


def _read(folder: int, path: tuple[str, ...]) -> _Candidate:
    try:
        return _Candidate(path, reading.read(folder, path[-1]))
    except BadSubmission as error:
        return _Candidate(path, reason=str(error))


def _chosen(lab: Lab, found: Sequence[_Candidate]) -> tuple[_Candidate, tuple[str, ...]]:
    """The notebook that counts, and what is to be said of the choice.

    Raises:
        BadSubmission: there is none, or it is not plain which one counts.
    """
    expected = lab.notebook.name
    if not found:
        raise BadSubmission(f"no notebook was handed in: `{expected}` is missing")
    named = next((one for one in found if one.path == (expected,)), None)
    others = [one for one in found if one is not named]
    if named is not None and (not others or not _is_untouched(lab, named)):
        shown = ", ".join(one.shown for one in others)
        left = f"other notebooks lie beside `{expected}` and were not graded: {shown:.200}"
        return named, (left,) if others else ()
    written = _different(lab, others)
    if len(written) == 1:
        return written[0], _renamed(lab, written[0], found)
    if named is not None and not written:
        return named, ()
    shown = ", ".join(one.shown for one in written or others)[:200]
    if not written and others:
        return others[0], _renamed(lab, others[0], found)
    which = f"`{expected}` is the untouched starter" if named else f"no `{expected}` was handed in"
    raise BadSubmission(
        f"{which}, and several other notebooks lie there, whose answers differ: {shown}. Hand in "
        "the one that counts alone"
    )


def _renamed(lab: Lab, chosen: _Candidate, found: Sequence[_Candidate]) -> tuple[str, ...]:
    """Notes on a notebook that is not where and what it should be."""
    expected = lab.notebook.name
    stem = NOTEBOOK.fullmatch(chosen.path[-1])
    notes = [f"the notebook is called `{chosen.shown:.80}` instead of `{expected}`"]
    if len(found) > 1:
        notes.append(
            f"`{stem['stem'] if stem else chosen.shown:.80}` was graded, since the other notebooks "
            "beside it hold the untouched starter or the same answers"
        )
    return tuple(notes)


def _answers(lab: Lab, one: _Candidate) -> Mapping[str, str] | None:
    """The text of a notebook's answer cells, where they are by id; None where it cannot be read."""
    try:
        cells = reading.parse(one.raw.content)
        places = matching.places(lab, cells).of
    except BadSubmission:
        return None
    texts: dict[str, str] = {}
    for cell, place in zip(cells, places, strict=True):
        # Own cells count: an answer may stand in one.
        if cell.is_code and (place is None or place.role == Role.ANSWER):
            key = place.cell_id if place is not None else ""
            texts[key] = f"{texts.get(key, '')}\n{cell.source.strip()}"
    return texts


def _is_untouched(lab: Lab, one: _Candidate) -> bool:
    """Whether it is the lab's notebook as students receive it, by its answers and own cells."""
    found = _answers(lab, one)
    if found is None:
        return False
    stubs = {cell.cell_id: cell.source for cell in lab.answers.values()}
    return all(key in stubs and matching.same_text(text, stubs[key]) for key, text in found.items())


def _different(lab: Lab, found: Sequence[_Candidate]) -> list[_Candidate]:
    """Those that were worked on, one of each kind of answers."""
    kept: list[_Candidate] = []
    seen: list[Mapping[str, str] | None] = []
    for one in found:
        answers = _answers(lab, one)
        if answers is not None and (answers in seen or _is_untouched(lab, one)):
            continue
        seen.append(answers)
        kept.append(one)
    return kept
