"""What students receive: all that they need, and nothing that is the instructor's.

And the self-check that lies beside it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from autograder.course import answers as solutions
from autograder.course import handout, labs, lock
from autograder.errors import UsageError
from autograder.model import Judgement
from autograder.students import selfcheck

ROOT = Path(__file__).parent.parent
LAB = "lab03_custom_relu"
SHORT = 15  # characters: a shorter line says nothing by itself


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release of all labs, unzipped."""
    place = tmp_path_factory.mktemp("release")
    archive = handout.build(ROOT, [], place / "made" / "labs")
    assert archive == place / "made" / "labs.zip"
    with zipfile.ZipFile(archive) as file:
        file.extractall(place)
    return place / "labs"


def lines(text: str) -> set[str]:
    """Lines that would give something away, each by itself."""
    return {line.strip() for line in text.splitlines() if len(line.strip()) >= SHORT}


INSIDE = re.compile(
    r"^[ \t]*### BEGIN SOLUTION\n(.*?)^[ \t]*### END SOLUTION\n", re.DOTALL | re.MULTILINE
)


def public(lab: str) -> set[str]:
    """What a lab hands out on purpose: prose, stubs, visible tests, the students' side."""
    text = INSIDE.sub("", (ROOT / "solutions" / lab / f"{lab}.py").read_text())
    side = "\n".join(path.read_text() for path in (ROOT / "autograder" / "students").glob("*.py"))
    return {line.removeprefix("# ") for line in lines(text)} | lines(side)


def secrets(lab: str) -> Iterator[tuple[str, set[str]]]:
    """The instructor's lines, by file."""
    yield (
        "the solution",
        lines("\n".join(INSIDE.findall((ROOT / "solutions" / lab / f"{lab}.py").read_text()))),
    )
    for path in [
        ROOT / "autograder" / "checks" / f"{lab}.py",
        *(ROOT / "solutions" / lab).glob("*/*.py"),
    ]:
        yield path.name, lines(path.read_text())


def handed_out(path: Path) -> str:
    """The text of a file; of a notebook, that of its cells; of a sheet, its texts; of a wheel, that
    of all that it holds.
    """
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            return "\n".join(
                "\n".join(texts(json.loads(wheel.read(name))))
                if name.endswith(".json")
                else wheel.read(name).decode()
                for name in wheel.namelist()
            )
    if path.suffix == ".json":
        return "\n".join(texts(json.loads(path.read_text())))
    if path.suffix != ".ipynb":
        return path.read_text()
    cells = json.loads(path.read_text())["cells"]
    assert not any(cell.get("outputs") for cell in cells)
    return "\n".join(
        ["".join(cell["source"]) + "\n" + json.dumps(cell["metadata"]) for cell in cells]
    )


def texts(value: Any) -> Iterator[str]:
    """Every text in a sheet."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts(one)


def leaked(secret: set[str], text: str) -> list[str]:
    """Lines of the text that are secret; those that are long enough to be told apart, also inside
    of others.
    """
    whole = lines(text)
    return [line for line in secret if line in whole or (len(line) > 30 and line in text)]


def test_the_release_is_what_it_should_be(released: Path) -> None:
    """A notebook and the students' side for each lab, its wheel, the environment, a page; no other
    file.
    """
    names = {lab.name for lab in labs.find(ROOT, ())}
    modules = {path.name for path in (ROOT / "autograder" / "students").glob("*.py")}
    expected = {f"{name}/{name}.ipynb" for name in names}
    for name in names:
        side = f"{name}/{handout.CHECK}"
        expected |= {f"{side}/{module}" for module in modules} | {f"{side}/labs/{name}.json"}
    found = {
        path.relative_to(released).as_posix() for path in released.rglob("*") if path.is_file()
    }
    whole = {"README.md", "environment.yml", "requirements.txt", handout.WHEEL}
    assert found == expected | whole
    for name in names:
        assert (released / name / f"{name}.ipynb").read_bytes() == (
            ROOT / "labs" / name / f"{name}.ipynb"
        ).read_bytes()
    page = (released / "README.md").read_text()
    assert all(f"{name}/{name}.ipynb" in page for name in names)
    assert handout.WHEEL in page
    assert "colab.research" not in "".join(handed_out(path) for path in released.rglob("*.ipynb"))


def test_no_line_of_the_instructors_is_in_it(released: Path) -> None:
    """No line of a solution, of an alternative, of a mistake or of a hidden check is in any file,
    in any form.
    """
    everything = "\n".join(handed_out(path) for path in released.rglob("*") if path.is_file())
    known = {lab.name: public(lab.name) for lab in labs.find(ROOT, ())}
    of_all = set[str]().union(
        *known.values()
    )  # a later lab may give an earlier one's results as code
    checked = 0
    for lab, own in known.items():
        text = handed_out(released / lab / f"{lab}.ipynb")
        for name, secret in secrets(lab):
            checked += len(secret - of_all)
            assert not leaked(secret - own, text), (lab, name)
            assert not leaked(secret - of_all, everything), (lab, name)
    assert checked > 1000
    assert not [
        mark
        for mark in ("BEGIN SOLUTION", "HIDDEN TESTS", "autograder.checks")
        if mark in everything
    ]


def test_the_environment_has_the_graders_versions(released: Path) -> None:
    locked = {pin.line for pin in lock.pins(ROOT, lock.TORCH, lock.GRADE)}
    pinned = (released / "requirements.txt").read_text().splitlines()
    assert set(pinned) <= locked
    assert all(f"      - {line}\n" in (released / "environment.yml").read_text() for line in pinned)
    assert len(pinned) == len(handout.FOR_STUDENTS)


def test_the_same_labs_make_the_same_zip(tmp_path: Path) -> None:
    """Byte by byte, also in the place of an earlier one; but a folder that is no release is left
    alone.
    """
    lab = labs.find(ROOT, [LAB])
    first = handout.build(ROOT, lab, tmp_path / "one").read_bytes()
    (tmp_path / "one" / LAB / "old.txt").write_text("left behind")
    assert handout.build(ROOT, lab, tmp_path / "one").read_bytes() == first
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.tex").write_text("")
    for name in ("README.md", "environment.yml", "requirements.txt", handout.WHEEL):
        (tmp_path / "other" / name).write_text("")
    with pytest.raises(UsageError, match=r"holds `thesis.tex`, which is no part of a release"):
        handout.build(ROOT, lab, tmp_path / "other")
    assert (tmp_path / "other" / "thesis.tex").exists()


def test_sources_are_built_when_they_are_old(tmp_path: Path) -> None:
    """Beside a source notebook lies nothing that nbgrader could copy to students."""
    shutil.copytree(ROOT / "solutions" / LAB, tmp_path / "solutions" / LAB)
    made = handout.sources(tmp_path)
    assert made == [tmp_path / "source" / LAB / f"{LAB}.ipynb"]
    assert "BEGIN SOLUTION" in made[0].read_text()
    assert handout.sources(tmp_path) == []
    os.utime(tmp_path / "solutions" / LAB / f"{LAB}.py", (2e9, 2e9))
    assert handout.sources(tmp_path) == made
    assert [path.name for path in (tmp_path / "source" / LAB).iterdir()] == [f"{LAB}.ipynb"]


# -- the self-check --------------------------------------------------------------------------------


def write(folder: Path, *cells: dict[str, Any]) -> Path:
    path = folder / "lab.ipynb"
    path.write_text(
        json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    )
    return path


def visible(name: str, text: str, points: float = 1) -> dict[str, Any]:
    nbgrader = {
        "grade": True,
        "solution": False,
        "locked": True,
        "grade_id": name,
        "points": points,
    }
    return {
        "cell_type": "code",
        "id": f"test-{name}",
        "metadata": {"nbgrader": nbgrader},
        "source": [text],
    }


def test_outcomes(tmp_path: Path) -> None:
    """How a test ended, in words; what a test defines or prints stays in it."""

    def unwritten() -> None:
        raise NotImplementedError("forward: return max(0, x)")

    def mistyped() -> None:
        undefined_inside  # type: ignore[name-defined]  # noqa: B018, F821

    book = write(
        tmp_path,
        visible("good", "mark = 1\nprint('noise')\nassert mark == 1", 2),
        visible("later", "assert mark == 1"),
        visible("bad", "x = 1\nassert x == 2, 'x should be 2'"),
        visible("bare", "x = 1\nassert x == 2"),
        visible("unwritten", "unwritten()"),
        visible("absent", "not_there"),
        visible("mistyped", "mistyped()"),
        visible("broken", "1 / 0"),
        visible("exits", "raise SystemExit(0)", 0),
        visible("syntax", "assert ("),
        visible("cuda", "print('cuda: skipped, no device here')", 0),
    )
    namespace: dict[str, Any] = {"unwritten": unwritten, "mistyped": mistyped}
    report = selfcheck.check(str(book), namespace)
    assert report.results == {
        "good": "passed",
        "later": "passed",
        "bad": "failed",
        "bare": "failed",
        "unwritten": "not written",
        "absent": "not defined",
        "mistyped": "error",
        "broken": "error",
        "exits": "error",
        "syntax": "error",
        "cuda": "skipped",
    }
    assert set(namespace) - {"__builtins__"} == {"unwritten", "mistyped"}
    text = repr(report)
    assert "x should be 2" in text
    assert "in the line: assert x == 2" in text
    assert "forward: return max(0, x)" in text
    assert "noise" not in text
    assert "skipped\n    no device here" in text
    assert "2 of 10 visible tests pass" in text
    assert "<td" in report._repr_html_()


def test_a_slip_of_the_pen_is_called_one(tmp_path: Path) -> None:
    """Where an answer cell is no Python, the tests of what it should define say so, and where."""
    answer = {
        "cell_type": "code",
        "id": "answer-relu",
        "metadata": {
            "nbgrader": {
                "grade": False,
                "solution": True,
                "locked": False,
                "grade_id": "answer-relu",
            }
        },
        "source": ["def relu(x)\n", "    return x\n"],
    }
    book = write(tmp_path, answer, visible("a", "relu(1)"), visible("b", "assert 1"))

    report = selfcheck.check(str(book), {})

    assert report.results == {"a": "error", "b": "passed"}
    assert (
        "The answer cell `answer-relu` is not Python, as it is saved: expected ':' in line 1, "
        "`def relu(x)`" in repr(report)
    )


def test_html_is_escaped(tmp_path: Path) -> None:
    report = selfcheck.check(
        str(write(tmp_path, visible("a", "assert False, '<script>alert(1)</script>'"))), {}
    )
    assert "<script>" not in report._repr_html_()


def test_edited_tests_are_told(released: Path, tmp_path: Path) -> None:
    """The checksum that nbgrader left in a test says whether it is the one that was handed out."""
    path = tmp_path / "lab.ipynb"
    shutil.copy(released / LAB / f"{LAB}.ipynb", path)
    assert selfcheck.check(str(path), {}).notes == []
    book = json.loads(path.read_text())
    cell = next(cell for cell in book["cells"] if cell["id"] == "test-parity")
    cell["source"] = "assert True"
    path.write_text(json.dumps(book))
    report = selfcheck.check(str(path), {})
    assert report.results["parity"] == "passed"
    assert report.notes == [
        "The test `parity` is not as it was handed out. Grading does not use your version of it."
    ]


def test_which_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Jupyter's word first, else the folder's only notebook; otherwise it asks."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    with pytest.raises(FileNotFoundError, match="say which"):
        selfcheck.check(None, {})
    write(tmp_path, visible("a", "pass"))
    assert selfcheck.check(None, {}).results == {"a": "passed"}
    shutil.copy(tmp_path / "lab.ipynb", tmp_path / "second.ipynb")
    with pytest.raises(FileNotFoundError, match="2 notebooks"):
        selfcheck.check(None, {})
    monkeypatch.setenv("JPY_SESSION_NAME", "somewhere/second.ipynb")
    assert selfcheck.check(None, {}).results == {"a": "passed"}


def run(folder: Path, *command: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {
        "PYTHONWARNINGS": "ignore"
    }
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_in_a_real_kernel(released: Path, tmp_path: Path) -> None:
    """The line of the README, at the end of a finished notebook that Jupyter runs."""
    lab = labs.load(ROOT, LAB)
    book = json.loads(solutions.filled(lab, solutions.reference(lab)))
    book["cells"] = [
        cell
        for cell in book["cells"]
        if cell["id"].partition("-")[0] in ("given", "answer", "test")
    ]
    line = "from autograd_labs_check import check; check()"
    assert line in (released / "README.md").read_text()
    book["cells"].append(
        {
            "cell_type": "code",
            "id": "mine",
            "metadata": {},
            "source": line,
            "outputs": [],
            "execution_count": None,
        }
    )
    (tmp_path / f"{LAB}.ipynb").write_text(json.dumps(book))
    shutil.copytree(released / LAB / handout.CHECK, tmp_path / handout.CHECK)
    out = run(
        tmp_path,
        "-m",
        "jupyter",
        "nbconvert",
        "--to",
        "notebook",
        "--execute",
        "--stdout",
        f"{LAB}.ipynb",
    )
    (shown,) = json.loads(out)["cells"][-1]["outputs"]
    count = 8 if torch.cuda.is_available() else 7
    assert f"{count} of {count} visible tests pass" in "".join(shown["data"]["text/plain"])
    assert "<table>" in "".join(shown["data"]["text/html"])


AGREE = """
import json, sys
sys.path.insert(0, {folder!r})
import autograd_labs_check
told = {{}}
for path in sys.argv[1:]:
    namespace = {{"__name__": "__main__"}}
    for cell in json.load(open(path))["cells"]:
        if cell["id"].partition("-")[0] in ("given", "answer"):
            try:
                exec("".join(cell["source"]), namespace)
            except Exception:
                pass
    told[path.rpartition("/")[2][:-6]] = autograd_labs_check.check(path, namespace).results
print(json.dumps(told))
"""
WRONG = (
    "kink_one",
    "upstream_ignored",
    "forward_is_abs",
    "sign_flipped",
    "edits_grad_output",
    "wrong_grad_shape",
    "no_return",
    "forward_no_return",
    "output_cast_to_float",
    "assumes_matrix",
    "nothing_saved",
)


@pytest.mark.slow
def test_it_agrees_with_the_grader(
    released: Path, tmp_path: Path, judge_answers: Callable[..., dict[str, Judgement]]
) -> None:
    """Right answers pass every visible test; for a wrong one, a family in which the grader takes
    points fails here too.
    """
    lab = labs.load(ROOT, LAB)
    right = [
        solutions.reference(lab),
        *(solutions.read_answer(path, ["relu"]) for path in lab.alternatives()),
    ]
    wrong = [solutions.read_answer(path, ["relu"]) for path in lab.mistakes() if path.stem in WRONG]
    assert len(wrong) == len(WRONG)
    for answer in (*right, *wrong):
        (tmp_path / f"{answer.name}.ipynb").write_bytes(solutions.filled(lab, answer))
    paths = [str(path) for path in sorted(tmp_path.glob("*.ipynb"))]
    told = json.loads(
        run(tmp_path, "-c", AGREE.format(folder=str(released / LAB)), *paths).splitlines()[-1]
    )
    judged = judge_answers(**{answer.name: answer.cells["relu"] for answer in (*right, *wrong)})
    for answer in right:
        assert told[answer.name].pop("cuda") == (
            "passed" if torch.cuda.is_available() else "skipped"
        )
        assert set(told[answer.name].values()) == {"passed"}, answer.name
        assert judged[answer.name].score == lab.max_score
    for answer in wrong:
        accused = {
            family
            for family, outcome in told[answer.name].items()
            if outcome not in ("passed", "skipped")
        }
        points = judged[answer.name].family_points()
        assert accused & {
            name for name, cell in lab.families.items() if points[name] < cell.points
        }, answer.name
