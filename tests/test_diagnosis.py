"""The diagnosis is right or silent, and pages keep the hidden inputs hidden."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from answers import RIGHT

from autograder.course import answers as solutions
from autograder.course import labs
from autograder.course.submissions import Submission
from autograder.judge.diagnosis import Catalogue, Entry, diagnose
from autograder.judge.grader import Grader
from autograder.model import Judgement

pytestmark = pytest.mark.slow  # catalogues of mistakes

ROOT = Path(__file__).parent.parent
SEED = 4242


def entry(name: str, **outcomes: str) -> Entry:
    return Entry(name, f"hint of {name}", outcomes)


CATALOGUE = Catalogue(
    (
        entry("a", one="wrong|1"),
        entry("b", two="wrong|2"),
        entry("c", one="wrong|9"),
        entry("twin", one="wrong|9"),
    )
)


def test_two_mistakes_are_composed_where_only_they_explain_all() -> None:
    """What fails as one and as another, and in nothing else, is both."""
    found = diagnose({"one": "wrong|1", "two": "wrong|2"}, CATALOGUE)

    assert [mistake.name for mistake in found.mistakes] == ["a", "b"]


def test_what_no_check_can_tell_apart_is_said() -> None:
    """Of two mistakes with the same outcomes, one is named and the other mentioned."""
    found = diagnose({"one": "wrong|9"}, CATALOGUE)

    assert ([mistake.name for mistake in found.mistakes], found.alternatives) == (["c"], ("twin",))


@pytest.mark.parametrize(
    "outcomes",
    [
        {},
        {"one": "wrong|7"},
        {"one": "wrong|1", "three": "wrong|3"},
        {"one": "wall_limit|"},
        {"one": "wrong|1", "two": "crashed|"},
    ],
)
def test_everything_else_is_silent(outcomes: dict[str, str]) -> None:
    """Unknown values, unexplained checks, timeouts and crashes get no name."""
    assert diagnose(outcomes, CATALOGUE).mistakes == ()


def test_an_unknown_mistake_gets_evidence(
    grader: Grader,
) -> None:
    """A mistake that is in no catalogue is described by what it does at -2, 0 and 2."""
    lab = labs.load(ROOT, "lab03_custom_relu")
    odd = RIGHT.replace("grad_output * (input > 0)", "grad_output * (input > 0) * 1.75")
    found = [Submission("odd", solutions.filled(lab, solutions.Answer("odd", {"relu": odd})))]

    (judged,) = grader.judge(lab, found, SEED)

    assert judged.mistakes == ()
    assert (
        "At x = 2, with grad_output = 7, your gradient is 12.25; it should be grad_output."
        in judged.advice
    )


RECORD = """
import json, sys
from dataclasses import replace
from pathlib import Path
from autograder import wire
from autograder.course import answers, labs
from autograder.course.submissions import Submission
from autograder.judge import session
from autograder.judge.grader import Grader
from autograder.judge.judge import Judge, Task
from autograder.pages import render

root, out, seed = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
lab = labs.load(root, "lab03_custom_relu")
sent, original = [], wire.Encoder._tensor
def recorded(self, value):
    sent.extend(value.detach().double().flatten().tolist()[:200])
    return original(self, value)
wire.Encoder._tensor = recorded
def work(checks):
    one = Judge(checks, grader.zygote, 0, grader.level)
    for path in lab.mistakes()[::4]:
        text = answers.filled(lab, answers.read_answer(path, ["relu"]))
        yield one.judge(Task(Submission(path.stem, text), seed))
with Grader(root, jobs=1) as grader:
    grader.sandbox()
    judged = session.run(lab, lambda checks: list(work(checks)))
render.write_lab(out, lab, judged)
print(json.dumps({"sent": sent, "details": [c.detail for j in judged for c in j.checks]}))
"""


def test_pages_at_hint_hold_no_hidden_input(tmp_path: Path) -> None:
    """No number that the grader sent or expected, no line of a check, and no seed is on a student's
    page at `hint`.
    """
    command = [sys.executable, "-W", "ignore", "-c", RECORD, str(ROOT), str(tmp_path), str(SEED)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    said = json.loads(run.stdout.splitlines()[-1])
    pages = {path.name: path.read_text() for path in (tmp_path / "feedback").glob("*.html")}
    grid = {
        f"{n / 10:.6g}" for n in range(-30, 31)
    }  # the curves' own inputs, which everyone may see
    numbers = {
        form
        for value in said["sent"]
        for form in (f"{value:.6g}", f"{value:.4f}")
        if len(form.strip("-0.")) >= 6  # fewer digits are in a drawing by chance
    } - grid
    checks = (ROOT / "autograder" / "checks" / "lab03_custom_relu.py").read_text()
    lines = [
        line.strip() for line in checks.splitlines() if len(line.strip()) > 30 and '"""' not in line
    ]

    assert len(numbers) > 500
    assert any(said["details"])
    assert len(pages) > 10
    for name, page in pages.items():
        assert not [n for n in numbers if n in page], name
        assert not [d for d in said["details"] if d and d in page], name
        assert not [line for line in lines if line in page], name
        assert str(SEED) not in page, name


def test_a_syntax_error_is_told_by_its_line(
    judge_answers: Callable[..., dict[str, Judgement]],
) -> None:
    """Once, and without the name that IPython has for a cell's file."""
    judged = judge_answers(open="def custom_relu(x):\n    return max(x, 0\n")["open"]

    told = judged.cells[0].told
    assert told.startswith("SyntaxError")
    assert told.count("line 2") == 1
    assert "ipython" not in told
    assert told in judged.checks[0].message


def test_unwritten_parts_hide_no_mistake() -> None:
    """Checks of what is not written are left out on both sides; what only they could tell apart is
    named by nobody.
    """
    known = Catalogue((entry("a", one="wrong|1", far="wrong|5"), entry("b", two="wrong|2")))

    found = diagnose({"one": "wrong|1"}, known, {"far"})
    assert [mistake.name for mistake in found.mistakes] == ["a"]
    assert diagnose({"one": "wrong|1"}, known).mistakes == ()
    apart = Catalogue((*known.entries, entry("c", one="wrong|1", far="wrong|6")))
    assert diagnose({"one": "wrong|1"}, apart, {"far"}).mistakes == ()
