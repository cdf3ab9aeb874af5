"""A complaint answered: a verdict repeated with its seed, its inputs shown, a debugger stopped in
the failing check, and a notebook that shows the failure by itself.
"""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest
import torch
from answers import RIGHT
from courses import BIN, LAB, ROOT, make_course, run, surroundings

from autograder.commands.explaining import finding
from autograder.commands.explaining.exhibits import Exhibit
from autograder.commands.explaining.explain import _differences as differences
from autograder.commands.explaining.failure_notebook import notebook
from autograder.commands.explaining.literals import literal, same
from autograder.commands.explaining.needs import needed
from autograder.commands.planning import Options
from autograder.course import labs
from autograder.course.program import RunCell
from autograder.course.roster import Person, Roster
from autograder.errors import UsageError
from autograder.model import CheckResult, Role, Verdict

pytestmark = pytest.mark.slow  # a class

PROMPT = b"(Pdb) "
BUILTIN = "def custom_relu(input):\n    return torch.relu(input)\n\n\nReLUFunction = None\n"
IDLE = 6  # seconds, past the limits of the course below
WHO = ("--lab", LAB, "--student")


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A graded class: full marks, a wrong gradient at zero, twice, and PyTorch's own ReLU."""
    place = make_course(tmp_path_factory.mktemp("explain") / "course", ["ada", "dora"])
    shutil.copytree(place / "submitted" / "dora", place / "submitted" / "dora2")
    shutil.copytree(place / "submitted" / "ada", place / "submitted" / "sam")
    rewrite(place / "submitted" / "sam" / LAB / f"{LAB}.ipynb", BUILTIN)
    (place / "roster.csv").write_text(
        "id,first name,last name\nada,Ada,Ames\ndora,Dora,Díaz\ndora2,Dora,Dean\nemma,Emma,Eck\n"
        "sam,Sam,Ames\nzoe,Zoe,Zimmer\n"
    )
    run(place, "autograder", "roster", "import", "roster.csv")
    run(place, "autograder", "grade", "--no-feedback")
    return place


def rewrite(path: Path, answer: str) -> None:
    book = json.loads(path.read_bytes())
    next(one for one in book["cells"] if one.get("id") == "answer-relu")["source"] = answer
    path.write_text(json.dumps(book))


def check(course: Path, *more: str, answer: str = "") -> str:
    """What `autograder check --student` says of a submission that has less than full marks."""
    done = subprocess.run(
        [BIN / "autograder", "check", *WHO, *more],
        cwd=course,
        env=surroundings(course),
        input=answer,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout + done.stderr


def found(course: Path, who: str) -> finding.Found:
    options = Options(course, course / "submitted", course / "graded")
    return finding.find(options, labs.load(course, LAB), who)


def test_a_verdict_is_repeated_and_inputs_are_shown(course: Path) -> None:
    """With the recorded seed, at the instructor's level although the lab gives hints alone."""
    said = check(course, "Dora Díaz", "--check", "test_zero_edge", "--full")
    (seed,) = re.findall(r"seed (\d+)", said)
    recorded = json.loads((course / "graded" / LAB / "results.json").read_bytes())
    assert int(seed) == {one["student"]: one["seed"] for one in recorded["submissions"]}["dora"]
    assert "the gradient where an input is exactly 0 is wrong in 4 of 12 elements: at [" in said
    assert re.search(r"x1 = torch\.tensor\(\[.+\], dtype=torch.float32\)\.requires_grad_\(\)", said)
    assert "gradients1 = torch.autograd.grad([y1], [x1], [upstream1]" in said
    got, expected = (re.search(rf"{word} +(\[.+\])", said) for word in ("got", "expected"))
    assert got is not None
    assert expected is not None
    assert got[1] != expected[1]
    assert "note:" not in said
    assert "zero_edge_after_relu" not in said
    assert "17 of 20" in said


def test_what_is_not_there_is_named_with_what_is_alike(course: Path) -> None:
    for who, said in (
        ("dorra", "no submission of lab03_custom_relu by `dorra`. Did you mean `dora`"),
        ("Emma Ek", "Did you mean `emma` (Emma Eck)"),
        ("zoe", "`zoe` (Zoe Zimmer) handed in nothing of lab03_custom_relu"),
    ):
        with pytest.raises(UsageError, match=re.escape(said)):
            found(course, who)
    assert found(course, "Ames, Sam").student == "sam"
    with pytest.raises(UsageError, match=r"no lab `lab03`. Did you mean lab03_custom_relu\?"):
        finding.lab_named(course, "lab03")
    checks = ["zero_edge", "zero_edge_after_relu", "gradcheck"]
    with pytest.raises(UsageError, match=r"no check `zero`\. Did you mean zero_edge or"):
        finding.check_named("zero", checks)
    with pytest.raises(UsageError, match=r"no check `gradchek`. Did you mean gradcheck\?"):
        finding.check_named("gradchek", checks)
    assert finding.check_named("test_gradcheck", checks) == "gradcheck"
    assert "name a notebook, or --lab LAB" in run(course, "autograder", "check", fails=True)


def test_names_that_several_have_are_listed() -> None:
    people = {
        one: Person(one, first_name=first, last_name=last)
        for one, first, last in (("a1", "Ann", "Li"), ("a2", "Ann", "Li"), ("b", "Bo", "Ng"))
    }
    roster = Roster(people)
    assert finding.named("Ng, Bo", {"a1", "b"}, roster, LAB) == "b"
    assert finding.named("A1", {"a1"}, Roster(), LAB) == "a1"
    with pytest.raises(UsageError, match=r"`ann li` may be any of 2: `a1` \(Ann Li\), `a2`"):
        finding.named("ann li", {"a1", "a2"}, roster, LAB)
    with pytest.raises(UsageError, match="There are a1, b"):
        finding.named("xyz", {"a1", "b"}, Roster(), LAB)


def test_a_changed_file_is_no_repetition(course: Path) -> None:
    """Whose bytes are others is told so; a file that came back is the one that was judged."""
    path = course / "submitted" / "dora2" / LAB / f"{LAB}.ipynb"
    before, was = path.read_bytes(), found(course, "dora2")
    assert was.same
    assert not was.remarks
    assert was.recorded is not None
    rewrite(path, RIGHT)
    now = found(course, "dora2")
    assert not now.same
    assert now.seed != was.seed
    assert "the file changed since it was judged, so this is no repetition" in now.remarks[0]
    assert f"`--seed {was.seed}`" in now.remarks[0]
    path.write_bytes(before)
    assert found(course, "dora2") == was


def test_checks_that_changed_are_told(course: Path) -> None:
    """The file is the same; what judges it is not."""
    checks = course / "autograder" / "checks" / f"{LAB}.py"
    checks.parent.mkdir(parents=True)
    try:
        text = (ROOT / "autograder" / "checks" / f"{LAB}.py").read_text()
        checks.write_text(f"{text}\n# another one\n")
        one = found(course, "dora")
    finally:
        shutil.rmtree(course / "autograder")
    assert one.same
    assert one.remarks == ("the lab, its checks or the grader changed since it was judged",)
    assert one.recorded is not None
    passed = tuple(replace(check, verdict=Verdict.PASSED) for check in one.recorded.checks)
    assert "`zero_edge` was wrong when it was graded, and is passed now" in differences(
        one, replace(one.recorded, checks=passed)
    )


class Terminal:
    """A program at a terminal of its own."""

    def __init__(self, place: Path, *command: str) -> None:
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [BIN / command[0], *command[1:]],
            cwd=place,
            env=surroundings(place, TERM="dumb"),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self.said = b""

    def until(self, mark: bytes, seconds: float = 60) -> str:
        """What it says until it says this."""
        end, start = time.monotonic() + seconds, len(self.said)
        while mark not in self.said[start:]:
            assert time.monotonic() < end, self.said.decode(errors="replace")
            if select.select([self._ours], [], [], 0.2)[0]:
                try:
                    self.said += os.read(self._ours, 1 << 16)
                except OSError:
                    break
        return self.said[start:].decode(errors="replace")

    def types(self, line: str) -> str:
        os.write(self._ours, f"{line}\n".encode())
        return self.until(PROMPT)

    def ends(self, line: str) -> int:
        os.write(self._ours, f"{line}\n".encode())
        self.until(b"\0")
        return self.process.wait(60)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._ours)
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def shown(course: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The notebook about dora's gradient at zero, from a debugger that stood in the check itself,
    where the student's functions answered, also after a pause longer than the submission's limits.
    """
    folder = tmp_path_factory.mktemp("shown")
    path = folder / f"dora-{LAB}-zero_edge.ipynb"
    command = ("autograder", "check", *WHO, "dora", "--check", "zero_edge", "--debug")
    with Terminal(course, *command, "--out", str(folder)) as terminal:
        opened = terminal.until(PROMPT)
        assert "test_zero_edge()" in opened.rsplit("PDB post_mortem")[-1]
        assert path.is_file()
        time.sleep(IDLE)
        asked = "p student.custom_relu(torch.tensor([-1.0, 0.0, 2.0]))"
        assert "tensor([0., 0., 2.])" in terminal.types(asked)
        assert "has no attribute 'clamp'" in terminal.types("p student.custom_relu('x')")
        for _ in range(10):
            terminal.types("down")
        assert "tensor([" in terminal.types("p actual, expected")
        assert terminal.ends("q") == 1
    assert b"zero_edge_after_relu wrong" not in terminal.said
    assert b"(zero_edge)" in terminal.said
    assert b"17 of 20" in terminal.said
    return path


def test_whoever_goes_on_stops_in_the_next_failure(course: Path, tmp_path: Path) -> None:
    """`c` leads to it; the end of the input ends the session and not the verdict."""
    said = check(course, "dora", "--debug", "--out", str(tmp_path), answer="c\np 6 * 7\n")
    assert said.count("entering PDB") == 2
    assert "\n(Pdb) 42" in said
    assert "17 of 20" in said
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [f"dora-{LAB}-zero_edge.ipynb", f"dora-{LAB}-zero_edge_after_relu.ipynb"]


def executed(path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[Any]]:
    """The outputs of each of a notebook's cells of code, run by itself."""
    monkeypatch.setenv("PYTHONPATH", "")
    monkeypatch.chdir(path.parent)
    book = nbformat.read(path, as_version=4)
    nbformat.validate(book)
    nbclient.NotebookClient(book, timeout=120, kernel_name="python3").execute()
    return [cell.outputs for cell in book.cells if cell.cell_type == "code"]


def text_of(path: Path) -> str:
    cells = json.loads(path.read_bytes())["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells)


def check_s_source() -> set[str]:
    """Lines of the hidden checks, without those that any program may have."""
    text = (ROOT / "autograder" / "checks" / f"{LAB}.py").read_text()
    body = text.split("@points", 1)[1]
    lines = {line.strip() for line in body.splitlines()}
    return {line for line in lines if len(line) > 25 and not line.startswith(('"""', "#"))}


def test_the_notebook_shows_the_failure(
    shown: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run from top to bottom, with torch alone, it ends with the difference; nothing of the hidden
    check's source is in it, and with a right answer it ends without.
    """
    text = text_of(shown)
    assert "matplotlib" not in text
    assert "autograder" not in text
    assert not [line for line in check_s_source() if line in text]
    assert "At exactly x = 0 the gradient is 0" in text
    assert "0 of 2 points" in text
    *before, last = executed(shown, monkeypatch)
    assert not [one for outputs in before for one in outputs if one.output_type == "error"]
    assert "yours:" in last[0].text
    assert "expected:" in last[0].text
    assert last[-1].ename == "AssertionError"
    assert "Mismatched elements: 4 / 12" in last[-1].evalue
    book = json.loads(shown.read_bytes())
    next(one for one in book["cells"] if "class ReLUFunction" in "".join(one["source"]))[
        "source"
    ] = RIGHT
    (tmp_path / "mended.ipynb").write_text(json.dumps(book))
    mended = executed(tmp_path / "mended.ipynb", monkeypatch)
    assert not [one for outputs in mended for one in outputs if one.output_type == "error"]


def written(course: Path, student: str, name: str, to: Path) -> Path:
    check(course, student, "--check", name, "--debug", "--out", str(to))
    return to / f"{student}-{LAB}-{name}.ipynb"


def test_an_endless_loop_ends_in_the_notebook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever runs all cells is not left waiting, and the cells below run."""
    said = CheckResult("forward", "It ends.", Verdict.WALL_LIMIT, 0.0, 1.0, "no answer within 10 s")
    lines = ("x1 = torch.ones(2)", "y1 = spin(x1)")
    one = Exhibit(said, (), lines, (("x1", torch.ones(2)),), None, "", False)
    cells = [RunCell("spin", Role.ANSWER, "def spin(x):\n    while True:\n        pass")]
    path = tmp_path / "endless.ipynb"
    text = notebook(labs.load(ROOT, LAB), "Ann <b>", cells, one).decode()
    path.write_text(text.replace("threading.Timer(10,", "threading.Timer(1,"))
    assert "For Ann &lt;b>" in text
    *_, called, last = executed(path, monkeypatch)
    assert [one.ename for one in called] == ["KeyboardInterrupt"]
    assert "x1 = tensor([1., 1.])" in last[0].text


def test_what_is_forbidden_is_seen_in_the_notebook(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PyTorch's own function is right in a plain notebook; that it ran is what is wrong."""
    path = written(course, "sam", "from_scratch", tmp_path)
    assert "PyTorch's own `relu`" in text_of(path)
    last = executed(path, monkeypatch)[-1]
    assert last[-1].ename == "AssertionError"
    assert "relu" in last[-1].evalue


@pytest.mark.parametrize(
    "value",
    [
        torch.tensor([0.1, -0.0, float("inf"), float("nan")]),
        torch.tensor(1 / 3, dtype=torch.float64),
        torch.randn(3, 4, dtype=torch.bfloat16, generator=torch.Generator().manual_seed(1)),
        torch.randn(3, 4, dtype=torch.float16, generator=torch.Generator().manual_seed(1)),
        torch.arange(12).reshape(3, 4).t(),
        torch.ones(2, 1).expand(2, 5),
        torch.empty(0, 3),
        torch.tensor([True, False]),
        torch.randn(50, 60, generator=torch.Generator().manual_seed(1)),
        torch.tensor([1 + 2j]),
    ],
    ids=str,
)
def test_a_tensor_s_source_gives_it_back(value: torch.Tensor) -> None:
    """To the last bit, with its dtype, shape and strides."""
    import base64

    made = eval(literal(value), {"torch": torch, "base64": base64})
    assert same(made, value)
    assert (made.dtype, made.stride()) == (value.dtype, value.stride())
    assert torch.equal(made.signbit(), value.signbit()) if value.is_floating_point() else True


def test_what_draws_is_left_out_and_what_is_needed_stays() -> None:
    """Of the lab's own cells: helpers that the answer uses, and what fills its classes."""
    given = RunCell(
        "imports",
        Role.GIVEN,
        "import matplotlib.pyplot as plt\nimport torch, math\n\nplt.rcParams.update({})\n\n"
        "def helper(x):\n    return scale * x\n\nscale = 2\n\ndef drawn():\n    plt.show()\n"
        "torch.manual_seed(0)\n",
    )
    answer = RunCell("a", Role.ANSWER, "class Value:\n    f = helper\nx = torch.ones(1)\n")
    bind = RunCell(
        "bind", Role.GIVEN, "for name in ('f',):\n    setattr(Value, name, 1)\nValue.g = math.pi"
    )
    kept = needed([given, answer, bind], ["Value().f(1)"])
    text = "\n".join(one.source for one in kept)
    assert "matplotlib" not in text
    assert "plt" not in text
    assert "drawn" not in text
    for part in (
        "import torch",
        "import math",
        "def helper",
        "scale = 2",
        "manual_seed",
        "setattr",
    ):
        assert part in text
