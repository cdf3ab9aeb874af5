"""Graded notebooks in nbgrader's folder: damaged submissions put right, and a class that `make
grade` graded at home in formgrader.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from answers import RIGHT
from courses import LAB, ROOT, make_course, python, run, scores

from autograder.course import answers as solutions
from autograder.course import labs
from autograder.course.answers import Answer
from autograder.course.submissions import Submission
from autograder.integrations.nbgrader import graded_notebooks

pytestmark = pytest.mark.slow  # a class is graded in formgrader's ways

RELU = labs.load(ROOT, LAB)
Book = dict[str, Any]


def handed_in() -> Book:
    book: Book = json.loads(solutions.filled(RELU, Answer("ada", {"relu": RIGHT})))
    return book


def cell(book: Book, name: str) -> Book:
    return next(one for one in book["cells"] if one["id"] == name)


def deleted(book: Book) -> None:
    book["cells"] = [
        one for one in book["cells"] if one["id"] not in ("test-zero_edge", "given-imports")
    ]


def duplicated(book: Book) -> None:
    book["cells"] += [
        copy.deepcopy(cell(book, "test-zero_edge")),
        copy.deepcopy(cell(book, "test-zero_edge")),
    ]


def split(book: Book) -> None:
    place = book["cells"].index(cell(book, "answer-relu"))
    second = copy.deepcopy(cell(book, "answer-relu")) | {
        "source": RIGHT[RIGHT.index("def custom_relu") :]
    }
    cell(book, "answer-relu")["source"] = RIGHT[: RIGHT.index("def custom_relu")]
    book["cells"].insert(place + 1, second)


def reordered(book: Book) -> None:
    book["cells"].reverse()


def retyped(book: Book) -> None:
    for name in ("answer-relu", "test-forward"):
        cell(book, name)["cell_type"] = "markdown"


def tampered(book: Book) -> None:
    cell(book, "test-forward")["source"] = "pass"
    cell(book, "test-forward")["metadata"]["nbgrader"] |= {
        "points": 1000,
        "solution": True,
        "schema_version": 99,
    }
    cell(book, "answer-relu")["metadata"]["nbgrader"] = {
        "grade": True,
        "points": 5,
        "grade_id": "answer-relu",
    }
    cell(book, "test-parity")["metadata"] = {"nbgrader": "nonsense"}


def extended(book: Book) -> None:
    """Cells of the student's own, with a picture pasted, printed output and an error left in."""
    picture = {"image.png": {"image/png": "aGVsbG8=", "nonsense": 3}, "more": "nonsense"}
    book["cells"].insert(
        3,
        {
            "cell_type": "markdown",
            "id": "mine",
            "metadata": {},
            "source": "# mine",
            "attachments": picture,
        },
    )
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": "SHOUTED"},
        {"output_type": "none of these"},
    ]
    mine = {
        "cell_type": "code",
        "id": "mine",
        "metadata": {"deletable": 3},
        "source": "print('mine')",
        "outputs": outputs,
    }
    book["cells"].append(mine | {"execution_count": "many"})


def of_format_3(book: Book) -> None:
    cells = [
        {**one, "input": one.pop("source")} if one["cell_type"] == "code" else one
        for one in book["cells"]
    ]
    book.pop("cells")
    book |= {"worksheets": [{"cells": cells}], "nbformat": 3}


def without_metadata(book: Book) -> None:
    for one in book["cells"]:
        one["metadata"] = {}
    book.pop("metadata")


def older(book: Book) -> None:
    """From before the lab was mended: a family that is gone, one that was not there yet, other
    points and texts.
    """
    book["cells"].remove(cell(book, "test-inplace"))
    cell(book, "test-network")["metadata"]["nbgrader"]["grade_id"] = "gone"
    cell(book, "test-network")["id"] = "test-gone"
    cell(book, "test-forward")["metadata"]["nbgrader"]["points"] = 9
    cell(book, "test-forward")["source"] = (
        "assert custom_relu(torch.ones(1)) == 2  # which was wrong"
    )


DAMAGES = [
    deleted,
    duplicated,
    split,
    reordered,
    retyped,
    tampered,
    extended,
    of_format_3,
    without_metadata,
    older,
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda one: one.__name__)
def test_a_damaged_notebook_is_put_right(damage: Callable[[Book], None]) -> None:
    """A valid notebook with every grade cell once, as it was handed out, the answer whole, and
    nothing that was printed.
    """
    book = handed_in()
    damage(book)
    made = graded_notebooks.sanitized(RELU, Submission("ada", json.dumps(book).encode()))
    nbformat.validate(nbformat.reads(json.dumps(made), as_version=4))
    released = {one["id"]: one for one in json.loads(RELU.notebook.read_bytes())["cells"]}
    for family in RELU.families.values():
        assert [
            one
            for one in made["cells"]
            if one["metadata"].get("nbgrader", {}).get("grade_id") == family.grade_id
        ] == [released[family.cell_id]]
    answers = [one for one in made["cells"] if one["metadata"].get("nbgrader", {}).get("solution")]
    assert [one["metadata"] for one in answers] == [released["answer-relu"]["metadata"]]
    code = "\n".join(one["source"] for one in made["cells"] if isinstance(one["source"], str))
    assert code.count("class ReLUFunction") == code.count("return ReLUFunction.apply") == 1
    assert "SHOUTED" not in json.dumps(made)
    assert ("print('mine')" in code) == ("aGVsbG8=" in json.dumps(made)) == (damage is extended)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b'{"cells": []}',
        b"\xff\xfe",
        b'{"cells": [{"cell_type": "code", "source": 3}]}',
    ],
)
def test_a_file_that_is_no_notebook_leaves_the_labs_own(raw: bytes) -> None:
    made = graded_notebooks.sanitized(RELU, Submission("ada", raw))
    nbformat.validate(nbformat.reads(json.dumps(made), as_version=4))
    assert made["cells"][0]["source"].startswith("**Note:** ")
    assert made["cells"][1:] == json.loads(RELU.notebook.read_bytes())["cells"]


def shown(path: Path) -> list[tuple[str, str, str, str]]:
    """What a reader of a notebook sees, and nbgrader's name of each cell."""
    return [
        (
            one.cell_type,
            one.metadata.get("nbgrader", {}).get("grade_id", ""),
            one.source,
            json.dumps(one.get("outputs"), sort_keys=True),
        )
        for one in nbformat.read(path, as_version=4).cells
    ]


def test_a_class_that_make_grade_graded_is_graded_in_formgrader(tmp_path: Path) -> None:
    """The same notebooks as from nbgrader's autograde, so formgrader shows them and feedback can be
    made of them; and only there.
    """
    place = make_course(tmp_path / "course", ["dora", "hana", "quinn", "rosa"])
    (place / "submitted" / "dora" / LAB / "timestamp.txt").write_text("2027-01-10 12:20 UTC")
    for damage in DAMAGES:
        book = handed_in()
        damage(book)
        (place / "submitted" / damage.__name__ / LAB).mkdir(parents=True)
        (place / "submitted" / damage.__name__ / LAB / f"{LAB}.ipynb").write_text(json.dumps(book))
    run(place, "autograder", "grade", "--out", "elsewhere")
    assert not (place / "autograded").exists()
    run(place, "autograder", "grade")
    ours = {path.parent.parent.name: path for path in (place / "autograded").rglob("*.ipynb")}
    earned = {damage.__name__: 20.0 for damage in DAMAGES} | {
        "dora": 17.0,
        "hana": 0.0,
        "quinn": 20.0,
        "rosa": 0.0,
    }
    assert set(ours) == set(earned)
    by_us = scores(place / "graded" / "gradebook.db")
    assert {name for (name, *_), (*_, manual) in by_us.items() if manual} == {"rosa"}
    assert {row[0] for (name, *_), row in by_us.items() if name == "rosa"} == {None}
    program = (
        "import os; from nbgrader.apps import NbGraderAPI; from traitlets.config "
        "import PyFileConfigLoader\n"
        "api = NbGraderAPI(config=PyFileConfigLoader('nbgrader_config.py', "
        "os.getcwd()).load_config())\n"
        f"print(sorted((s['student'], s['autograded'], s['score']) for s in "
        f"api.get_submissions('{LAB}')))"
    )
    assert python(place, program).splitlines()[-1] == str(
        [(student, True, earned[student]) for student in sorted(earned)]
    )
    run(place, "nbgrader", "generate_feedback", LAB)
    assert "At exactly x = 0" in (place / "feedback" / "dora" / LAB / f"{LAB}.html").read_text()
    before = {student: (shown(path), path.stat().st_mtime_ns) for student, path in ours.items()}
    run(place, "autograder", "grade")
    assert {student: path.stat().st_mtime_ns for student, path in ours.items()} == {
        name: when for name, (_, when) in before.items()
    }
    ours["quinn"].unlink()
    run(place, "autograder", "grade")
    assert shown(ours["quinn"]) == before["quinn"][0]
    run(place, "nbgrader", "autograde", LAB, "--force")
    assert scores(place / "graded" / "gradebook.db") == by_us
    assert {student: shown(path) for student, path in ours.items()} == {
        student: cells for student, (cells, _) in before.items()
    }
