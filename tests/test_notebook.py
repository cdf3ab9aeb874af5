"""Submissions are read as files by strangers."""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import Any

import pytest

from autograder.course import labs, reading, submissions
from autograder.course.labs import Lab
from autograder.course.program import Program, merge
from autograder.errors import BadSubmission

LAB = "lab03_custom_relu"
LAB_03 = labs.load(Path(__file__).parent.parent, LAB)


@pytest.fixture
def book(relu_lab: Lab) -> dict[str, Any]:
    """The starter, as a student may change it."""
    loaded: dict[str, Any] = json.loads(relu_lab.notebook.read_bytes())
    return loaded


def cell_of(book: dict[str, Any], cell_id: str) -> dict[str, Any]:
    return next(cell for cell in book["cells"] if cell["id"] == cell_id)


def run(lab: Lab, book: dict[str, Any]) -> Program:
    return merge(lab, reading.parse(json.dumps(book).encode()))


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "empty"),
        (b"not json", "not JSON"),
        (b"[]", "not an object"),
        (b"{}", "no cells"),
        (b'{"cells": 3}', "no cells"),
        (b'{"cells": [3]}', "cell 1 is not an object"),
        (b'{"cells": [{"cell_type": "code", "metadata": [], "source": ""}]}', "cell 1"),
        (b'{"cells": [{"cell_type": "code", "source": 5}]}', "cell 1"),
        (b'{"cells": [], "cells": []}', "not JSON"),
        (b'{"cells": ' + b"[" * 100_000, "nested too deeply"),
        (b'{"cells": [' + b"1" * 100_000 + b"]}", "not JSON"),
        (json.dumps({"cells": [{}] * 50_001}).encode(), "50001 cells"),
        (
            json.dumps({"cells": [{"cell_type": "code", "source": "x" * 1_100_000}]}).encode(),
            "characters",
        ),
        ('{"cells": []} \xe9'.encode("latin-1"), "not JSON"),
        (b"\xff\xfe{\x00\xff", "not text in UTF-8"),
    ],
)
def test_what_is_no_notebook_has_a_reason(raw: bytes, said: str) -> None:
    """Each kind of broken file is refused with a sentence for its student."""
    with pytest.raises(BadSubmission, match=said):
        reading.parse(raw)


def test_encodings_and_old_versions_are_read(book: dict[str, Any]) -> None:
    """A BOM, UTF-16, NaN in outputs, lone surrogates and format 3 are read."""
    text = json.dumps(book)
    count = len(book["cells"])
    assert (
        count
        == len(reading.parse(text.encode("utf-8-sig")))
        == len(reading.parse(text.encode("utf-16")))
    )
    (cell,) = reading.parse(
        b'{"cells": [{"cell_type": "code", "source": ["a", "\\ud800"], "outputs": [NaN]}]}'
    )
    assert cell.source == "a?"
    (old,) = reading.parse(
        b'{"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": ["x = 1"]}]}]}'
    )
    assert old.source == "x = 1"


def test_only_answers_and_own_cells_are_taken(book: dict[str, Any], relu_lab: Lab) -> None:
    """Given and test cells come from the release; answers and added cells from the submission, in
    place.
    """
    cell_of(book, "given-imports")["source"] = "import os; os._exit(0)"
    cell_of(book, "test-forward")["source"] = "assert True"
    cell_of(book, "answer-relu")["source"] = "mine = 1"
    place = book["cells"].index(cell_of(book, "answer-relu"))
    book["cells"].insert(
        place, {"cell_type": "code", "source": "before = 1", "metadata": {}, "id": "x1"}
    )
    book["cells"].append({"cell_type": "code", "source": "after = 1", "metadata": {}, "id": "x2"})

    program = run(relu_lab, book)

    texts = [cell.source for cell in program.cells]
    own = [t for t in texts if t in ("before = 1", "mine = 1", "after = 1")]
    assert own == ["before = 1", "mine = 1", "after = 1"]
    assert not any("os._exit" in text for text in texts)
    assert {
        "the given cell `imports` was edited; the lab's own was used",
        "the test cell `forward` was edited; the lab's own was used",
    } <= set(program.notes)


def test_damaged_notebooks_keep_their_answer(book: dict[str, Any], relu_lab: Lab) -> None:
    """Reordered, duplicated, retyped and stripped cells are graded by id, with notes."""
    cell_of(book, "answer-relu")["source"] = "mine = 1"
    reordered = copy.deepcopy(book)
    reordered["cells"].reverse()
    assert [c.key for c in run(relu_lab, reordered).cells][:2] == ["imports", "relu"]
    doubled = copy.deepcopy(book)
    doubled["cells"].append(copy.deepcopy(cell_of(book, "answer-relu")) | {"source": "mine = 2"})
    assert [c.source for c in run(relu_lab, doubled).cells if c.role == "answer"] == [
        "mine = 1",
        "mine = 2",
    ]
    retyped = copy.deepcopy(book)
    cell_of(retyped, "answer-relu")["cell_type"] = "markdown"
    program = run(relu_lab, retyped)
    assert [c.source for c in program.cells if c.role == "answer"] == ["mine = 1"]
    assert "the answer cell `relu` was turned into text; it was run as code" in program.notes
    stripped = copy.deepcopy(book)
    for cell in stripped["cells"]:
        cell["metadata"] = {}
    assert [c.source for c in run(relu_lab, stripped).cells if c.role == "answer"] == ["mine = 1"]


def test_a_notebook_without_the_answer_cell_is_refused(book: dict[str, Any], relu_lab: Lab) -> None:
    """The message says what to do."""
    book["cells"].remove(cell_of(book, "answer-relu"))
    with pytest.raises(BadSubmission, match="copy your answer into its cell"):
        run(relu_lab, book)


def hand_in(root: Path, student: str, name: str = f"{LAB}.ipynb", content: bytes = b"{}") -> Path:
    path = root / student / LAB / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_links_and_special_files_are_never_opened(tmp_path: Path) -> None:
    """A link in place of the notebook, its folder or the student's folder, a pipe and a folder are
    refused.
    """
    secret = tmp_path / "secret"
    secret.write_text("secret")
    submitted = tmp_path / "submitted"
    hand_in(submitted, "linked").unlink()
    (submitted / "linked" / LAB / f"{LAB}.ipynb").symlink_to(secret)
    hand_in(submitted, "piped").unlink()
    os.mkfifo(submitted / "piped" / LAB / f"{LAB}.ipynb")
    hand_in(submitted, "nested").unlink()
    (submitted / "nested" / LAB / f"{LAB}.ipynb").mkdir()
    outside = tmp_path / "outside"
    hand_in(outside, "x")
    (submitted / "folder").mkdir()
    (submitted / "folder" / LAB).symlink_to(outside / "x" / LAB)
    (submitted / "whole").symlink_to(outside / "x")

    for student in ("linked", "piped", "nested", "folder", "whole"):
        found = submissions.fetch(submitted, student, LAB_03)
        assert found.reason, student
        assert found.raw == b""
    assert "whole" not in submissions.students(submitted, LAB)


@pytest.mark.parametrize(
    "name",
    ["a", "Anna Maria", "Müller, Jörg", "o'neill@uni.edu", "Ada Lovelace_501", "王小明", "a" * 64],
)
def test_names_of_people_are_ids(name: str) -> None:
    assert submissions.STUDENT.fullmatch(name)


@pytest.mark.parametrize(
    "name",
    ["..", "-rf", " a", "a ", "x\N{RIGHT-TO-LEFT OVERRIDE}y", "a\nb", "_a", "a" * 65, "=cmd"],
)
def test_odd_student_ids_are_refused_by_name(name: str, tmp_path: Path) -> None:
    """A folder that is no student's id is reported, and nothing in it is opened."""
    found = submissions.fetch(tmp_path, name, LAB_03)

    assert "is not a student's id" in (found.reason or "")
    assert (found.reason or "").isascii()


def test_renamed_and_missing_notebooks(tmp_path: Path) -> None:
    """One notebook of another name is taken with a note; several, or none, are not guessed at."""
    hand_in(tmp_path, "one", "Untitled.ipynb")
    hand_in(tmp_path, "two", "a.ipynb")
    hand_in(tmp_path, "two", "b.ipynb")
    hand_in(tmp_path, "none", "notes.txt")

    assert "Untitled.ipynb" in submissions.fetch(tmp_path, "one", LAB_03).notes[0]
    assert "a.ipynb, b.ipynb" in (submissions.fetch(tmp_path, "two", LAB_03).reason or "")
    assert "is missing" in (submissions.fetch(tmp_path, "none", LAB_03).reason or "")


def test_endless_files_are_not_read(tmp_path: Path) -> None:
    """A file past the cap is refused by its size, one below it at its first wrong byte."""
    path = hand_in(tmp_path, "big")
    with path.open("wb") as file:
        file.truncate(3 << 30)

    assert "3 GB" in (submissions.fetch(tmp_path, "big", LAB_03).reason or "")
    with path.open("wb") as file:
        file.truncate(1 << 30)
    assert "not an object" in (submissions.fetch(tmp_path, "big", LAB_03).reason or "")
