"""Help while a student works: hints, status, reset, and where all of it runs."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import os
import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from autograder.course import answers as solutions
from autograder.course import handout, hints, labs, published, sheet, template
from autograder.errors import UsageError
from autograder.integrations.nbgrader import settings
from autograder.model import Judgement, Status
from autograder.students import notebooks, overview, progress, resetting, selfcheck
from autograder.students.hints import hint

ROOT = Path(__file__).parent.parent
LAB = "lab03_custom_relu"
LABS = labs.names(ROOT)
ADDRESS = "https://github.com/someone/a-course/tree/main/labs"
SECONDS = 60  # a bound against hanging, not a budget


def sheet_of(name: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(sheet.of(labs.load(ROOT, name)))
    return made


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A lab's starter where a student has it, its sheet in a folder beside."""
    folder = tmp_path / LAB
    folder.mkdir()
    (tmp_path / "help").mkdir()
    (tmp_path / "help" / f"{LAB}.json").write_text(json.dumps(sheet_of(LAB)))
    path = folder / f"{LAB}.ipynb"
    path.write_bytes(labs.load(ROOT, LAB).notebook.read_bytes())
    return path


def names_with(answer: str | None) -> dict[str, Any]:
    """What a notebook defines with this answer, or with the stub."""
    lab = labs.load(ROOT, LAB)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for cell in lab.cells:
        if cell.role in ("given", "answer"):
            exec(answer if answer and cell.role == "answer" else cell.source, namespace)
    return namespace


def right() -> str:
    return solutions.reference(labs.load(ROOT, LAB)).cells["relu"]


# -- what is there ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LABS)
def test_every_test_has_three_levels_and_the_course_keeps_them(name: str) -> None:
    """The sheet that lies in the course is the one that its sources make; no level repeats."""
    lab = labs.load(ROOT, name)
    assert sheet.path(ROOT, name).read_text() == sheet.of(lab)
    found = sheet_of(name)["hints"]
    assert list(found) == list(lab.families)
    for levels in found.values():
        assert len(set(levels)) == hints.LEVELS


def test_hints_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    """By test, by level, and by their order."""
    whole = "## a\n### 1\none\n### 2\ntwo\n### 3\nthree\n"
    path = tmp_path / hints.FILE
    assert hints.read(tmp_path, ["a"]) == {}
    path.write_text(whole)
    assert hints.read(tmp_path, ["a"]) == {"a": ["one", "two", "three"]}
    for tests, text, told in (
        (["a", "b"], whole, "the part `## b` is missing"),
        ([], whole, "the part `## a` is for no test of the lab"),
        (["a"], whole.replace("### 2", "### 4"), "needs `### 1` to `### 3`.*has 1, 4, 3"),
        (["a"], whole.replace("two", ""), "each with a text"),
    ):
        path.write_text(text)
        with pytest.raises(UsageError, match=told):
            hints.read(tmp_path, tests)


# -- hint() ----------------------------------------------------------------------------------------


def test_hints_come_one_at_a_time(book: Path) -> None:
    """A level a call; the last one stays; any can be asked for; another test begins anew."""
    levels = sheet_of(LAB)["hints"]["zero_edge"]
    shown = [hint("zero_edge", notebook=str(book)) for _ in range(4)]
    assert [one.text for one in shown] == [*levels, levels[-1]]
    assert "Hint 1 of 3: zero_edge" in repr(shown[0])
    assert "again shows the next one" in shown[1]._repr_markdown_()
    assert "That was the last one" in repr(shown[3])
    assert hint("zero_edge", 1, str(book)).text == levels[0]
    assert hint("zero_edge", notebook=str(book)).level == 3
    assert hint("forward", notebook=str(book)).level == 1


def test_a_hint_without_a_name_is_for_the_first_test_that_does_not_pass(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notebooks, "names", lambda: names_with(right().replace("> 0", ">= 0")))
    assert hint(notebook=str(book)).test == "zero_edge"


def test_a_wrong_name_or_level_lists_the_right_ones(book: Path) -> None:
    with pytest.raises(ValueError, match="no test is called `relu`; there are forward, zero_edge"):
        hint("relu", notebook=str(book))
    with pytest.raises(ValueError, match="has hints 1 to 3, not 4"):
        hint("forward", 4, str(book))
    (book.parent.parent / "help" / f"{LAB}.json").unlink()
    with pytest.raises(ValueError, match=f"no hints for `{LAB}` are here; the course's zip has"):
        hint("forward", notebook=str(book))


# -- status() --------------------------------------------------------------------------------------


def test_status_adds_up_points_and_minutes(book: Path) -> None:
    """The stub has nothing, a right answer everything, and what passed stays where its cells have
    not been run again.
    """
    lab = labs.load(ROOT, LAB)
    start = overview.status(str(book), names_with(None))
    assert (start.points, start.max_points) == (0, lab.max_score)
    assert (start.minutes, start.minutes_left) == (lab.minutes, lab.minutes)
    hint("forward", notebook=str(book))
    done = overview.status(str(book), names_with(right()))
    assert (done.points, done.minutes_left, done.hints) == (lab.max_score, 0, 1)
    assert "work of about 0 of 60 minutes is left. Hints read: 1." in repr(done)
    assert "<table>" in done._repr_html_()
    reopened = overview.status(str(book), {})
    assert reopened.points == lab.max_score
    broken = overview.status(str(book), names_with(right().replace("> 0", ">= 0")))
    assert broken.points == lab.max_score - 3
    assert "open: zero_edge" in repr(broken)


def test_progress_is_one_file_that_no_hand_in_takes_along(book: Path) -> None:
    """It lies in Jupyter's own folder beside the notebook, which nbgrader leaves behind; one that
    is not ours, or cannot be written, is no error.
    """
    from nbgrader.coursedir import CourseDirectory

    hint("forward", notebook=str(book))
    made = [path for path in book.parent.rglob("*") if path.is_file() and path != book]
    found = notebooks.find(str(book), {})
    assert made == [progress.path(found)]
    assert made[0].parent.name in CourseDirectory().ignore
    for text in ("", "[]", '{"hints": 3, "passed": []}'):
        made[0].write_text(text)
        assert progress.read(found) == progress.Progress()
    made[0].unlink()
    made[0].mkdir()
    assert hint("forward", notebook=str(book)).level == 1


# -- reset() ---------------------------------------------------------------------------------------


class FakeShell:
    """As much of a running IPython as `reset` asks."""

    def __init__(self, typed: str, cell_id: str | None) -> None:
        self.user_ns: dict[str, Any] = {}
        self.parent_header = {"metadata": {"cellId": cell_id} if cell_id else {}}
        self.history_manager = type("History", (), {"input_hist_raw": ["", typed]})()
        self.next: list[tuple[str, bool]] = []

    def set_next_input(self, text: str, replace: bool) -> None:
        self.next.append((text, replace))


def call_reset(
    monkeypatch: pytest.MonkeyPatch, book: Path, typed: str, cell_id: str | None
) -> FakeShell:
    shell = FakeShell(typed, cell_id)
    monkeypatch.setattr(notebooks, "shell", lambda: shell)
    resetting.reset("relu", str(book))
    return shell


@pytest.mark.parametrize("cell_id", ["answer-relu", None])
def test_reset_brings_the_stub_and_saves_the_text(
    book: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    cell_id: str | None,
) -> None:
    """In the cell itself; the call is no part of what is saved; earlier files stay."""
    stub = sheet_of(LAB)["answers"]["relu"]["stub"]
    shell = call_reset(monkeypatch, book, 'reset("relu")\nmine = 1\n', cell_id)
    assert shell.next == [(stub, True)]
    first = book.parent / f"{LAB}-relu-before-reset-1.py"
    assert first.read_text() == "mine = 1\n"
    assert f"The old text is in {first.name}" in capsys.readouterr().out
    call_reset(monkeypatch, book, 'reset("relu")\nmine = 2\n', cell_id)
    assert first.read_text() == "mine = 1\n"
    assert first.with_name(f"{LAB}-relu-before-reset-2.py").read_text() == "mine = 2\n"


def test_reset_alone_in_its_cell_saves_what_the_file_holds(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call_reset(monkeypatch, book, 'reset("relu")', "answer-relu")
    saved = (book.parent / f"{LAB}-relu-before-reset-1.py").read_text()
    assert saved.startswith("class ReLUFunction")


def test_reset_elsewhere_changes_nothing(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stub in another cell would run after a right answer, and take its place."""
    with pytest.raises(ValueError, match="this is not the cell of `relu`"):
        call_reset(monkeypatch, book, 'reset("relu")', "mine")
    shell = FakeShell("", "answer-relu")
    monkeypatch.setattr(notebooks, "shell", lambda: shell)
    with pytest.raises(ValueError, match="no answer is called `forward`; there are relu"):
        resetting.reset("forward", str(book))
    monkeypatch.setattr(notebooks, "shell", lambda: None)
    with pytest.raises(RuntimeError, match="inside a notebook only"):
        resetting.reset("relu", str(book))
    assert not list(book.parent.glob("*before-reset*"))


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release of all labs."""
    folder = tmp_path_factory.mktemp("release") / "labs"
    handout.build(ROOT, [], folder)
    return folder


@pytest.fixture
def kernel(released: Path, tmp_path: Path) -> Iterator[Callable[[str, str], dict[str, Any]]]:
    """A real kernel beside a released notebook; call it with a cell and its id."""
    import shutil

    from jupyter_client.manager import start_new_kernel

    shutil.copytree(released / LAB, tmp_path / LAB)
    outside = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    manager, client = start_new_kernel(cwd=str(tmp_path / LAB), env=outside)

    def run(code: str, cell_id: str) -> dict[str, Any]:
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
        message = client.session.msg("execute_request", content, metadata={"cellId": cell_id})
        client.shell_channel.send(message)
        while True:
            reply = client.get_shell_msg(timeout=SECONDS)
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                told: dict[str, Any] = reply["content"]
                return told

    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_in_a_real_kernel(kernel: Callable[[str, str], dict[str, Any]], tmp_path: Path) -> None:
    """The notebook's own first cell brings the four functions; the kernel asks for the stub in the
    cell that called.
    """
    first = next(
        cell for cell in labs.load(ROOT, LAB).cells if cell.cell_id == f"demo-{template.HELP}"
    )
    assert kernel(first.source, first.cell_id)["status"] == "ok"
    assert kernel('assert hint("forward").level == 1', "mine")["status"] == "ok"
    assert kernel("assert status().max_points == 20", "mine")["status"] == "ok"
    told = kernel('reset("relu")\nmine = 1', "answer-relu")
    assert told["status"] == "ok"
    assert [(one["source"], one["replace"]) for one in told["payload"]] == [
        ("set_next_input", True)
    ]
    assert (tmp_path / LAB / f"{LAB}-relu-before-reset-1.py").read_text() == "mine = 1\n"
    assert kernel('reset("relu")', "mine")["ename"] == "ValueError"


# -- anywhere --------------------------------------------------------------------------------------


def test_the_wheel_runs_in_an_empty_environment(released: Path, tmp_path: Path) -> None:
    """Python alone, no package of ours: installed offline, it checks a notebook and gives hints."""
    venv.create(tmp_path / "env")
    python = tmp_path / "env" / "bin" / "python"
    clean = {"PATH": "/usr/bin:/bin", "PYTHONWARNINGS": "ignore"}
    install = [sys.executable, "-m", "pip", f"--python={python}", "install", "--quiet"]
    subprocess.run(
        [*install, "--no-deps", "--no-index", str(released / handout.WHEEL)],
        check=True,
        env=clean,
        cwd=tmp_path,
        timeout=300,
    )
    (tmp_path / f"{LAB}.ipynb").write_bytes((released / LAB / f"{LAB}.ipynb").read_bytes())
    program = """
import importlib.util, json
assert importlib.util.find_spec("autograder") is None
from autograd_labs_check import check, hint, status
print(json.dumps([check().results["forward"], hint("zero_edge").level, status().max_points]))
"""
    done = subprocess.run(
        [python, "-c", program],
        check=True,
        env=clean,
        cwd=tmp_path,
        timeout=SECONDS,
        capture_output=True,
        text=True,
    )
    assert json.loads(done.stdout) == ["not defined", 1, 20]


@pytest.mark.slow
def test_the_first_cell_installs_the_wheel_that_lies_beside(released: Path, tmp_path: Path) -> None:
    """As on Colab: no folder of ours, the wheel uploaded, pip there. Without it, the cell says what
    to do and stops nothing.
    """
    venv.create(tmp_path / "env", with_pip=True)
    (tmp_path / f"{LAB}.ipynb").write_bytes((released / LAB / f"{LAB}.ipynb").read_bytes())
    (cell,) = [
        "".join(cell["source"])
        for cell in json.loads((tmp_path / f"{LAB}.ipynb").read_text())["cells"]
        if cell["id"] == f"demo-{template.HELP}"
    ]

    def told(program: str) -> str:
        return subprocess.run(
            [tmp_path / "env" / "bin" / "python", "-c", program],
            check=True,
            env={"PATH": "/usr/bin:/bin", "PIP_NO_INDEX": "1"},
            cwd=tmp_path,
            timeout=300,
            capture_output=True,
            text=True,
        ).stdout

    assert "No help yet: lay autograd_labs_check-*.whl" in told(cell)
    (tmp_path / handout.WHEEL).write_bytes((released / handout.WHEEL).read_bytes())
    called = f'{cell}\nprint(hint("forward").level, check(only="forward").results)'
    assert told(called).strip() == "1 {'forward': 'not defined'}"


def test_the_wheel_holds_the_students_side_alone(released: Path) -> None:
    """Its modules, a sheet for each lab, and a record whose digests are right."""
    with zipfile.ZipFile(released / handout.WHEEL) as wheel:
        whole = {name: wheel.read(name) for name in wheel.namelist()}
    about = next(name for name in whole if name.endswith("/RECORD"))
    for name, digest, size in csv.reader(io.StringIO(whole[about].decode())):
        if name != about:
            raw = hashlib.sha256(whole[name]).digest()
            assert digest == f"sha256={base64.urlsafe_b64encode(raw).rstrip(b'=').decode()}"
            assert int(size) == len(whole[name])
    modules = {path.name for path in (ROOT / "autograder" / "students").glob("*.py")}
    inside = {name.removeprefix(f"{handout.CHECK}/") for name in whole if "dist-info" not in name}
    assert inside == modules | {f"labs/{name}.json" for name in LABS}
    assert not any(b"autograder" in text for name, text in whole.items() if name.endswith(".py"))


def test_on_colab_the_notebook_is_asked_for(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file lies there; Colab hands over the cells, and the sheet is found by their tests."""
    asked = []

    def blocking_request(what: str, **_: float) -> dict[str, Any]:
        asked.append(what)
        return {"ipynb": json.loads(book.read_text())}

    google, colab = ModuleType("google"), ModuleType("google.colab")
    message = ModuleType("google.colab._message")
    message.blocking_request = blocking_request  # type: ignore[attr-defined]
    colab._message = message  # type: ignore[attr-defined]
    for module in (google, colab, message):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.chdir(book.parent)
    found = notebooks.find(None, {})
    assert asked == ["get_ipynb"]
    assert (found.name, found.folder) == (LAB, book.parent)
    assert len(found.tests) == 8


def test_in_vs_code_the_notebook_is_the_one_that_it_names(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """VS Code puts its path among the notebook's names, and may run anywhere."""
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    found = notebooks.find(None, {"__vsc_ipynb_file__": str(book)})
    assert (found.name, found.folder) == (LAB, book.parent)
    assert found.sheet["lab"] == LAB


def test_a_notebook_without_marks_has_the_tests_that_were_handed_out(book: Path) -> None:
    """Some editors drop the metadata by which a test is known."""
    cells = json.loads(book.read_text())
    for cell in cells["cells"]:
        cell["metadata"] = {}
    book.write_text(json.dumps(cells))
    report = selfcheck.check(str(book), names_with(right()), only="forward")
    assert report.results == {"forward": "passed"}


def test_where_a_course_is_published_notebooks_open_on_colab(tmp_path: Path) -> None:
    """A badge on top, and a wheel's address in the cell for help; nothing else differs."""
    at = published.parse(ADDRESS)
    lab = labs.load(ROOT, LAB)
    handout.build(ROOT, [lab], tmp_path / "labs", at=at)
    made = json.loads((tmp_path / "labs" / LAB / f"{LAB}.ipynb").read_text())
    plain = json.loads(lab.notebook.read_text())
    badge = made["cells"].pop(0)
    there = f"https://colab.research.google.com/github/someone/a-course/blob/main/labs/{LAB}"
    assert f"({there}/{LAB}.ipynb)" in badge["source"][0]
    changed = [
        (one["id"], "".join(one["source"]))
        for one, other in zip(made["cells"], plain["cells"], strict=True)
        if one != other
    ]
    wheel = f"https://raw.githubusercontent.com/someone/a-course/main/labs/{handout.WHEEL}"
    assert [name for name, _ in changed] == [f"demo-{template.HELP}"]
    assert f'WHEEL = "{wheel}"' in changed[0][1]
    assert "begins with a badge" in (tmp_path / "labs" / "README.md").read_text()


def test_an_address_that_colab_cannot_open_is_refused() -> None:
    for address in ("https://example.org/labs", "https://github.com/someone/a-course", "labs"):
        with pytest.raises(UsageError, match="Colab opens notebooks from GitHub alone"):
            published.parse(address)
    assert (
        published.parse("https://github.com/a/b/tree/main")
        .colab(labs.load(ROOT, LAB))
        .endswith(f"a/b/blob/main/{LAB}/{LAB}.ipynb")
    )


def test_the_address_is_a_setting_of_the_course(tmp_path: Path) -> None:
    assert settings.public_address(ROOT) == ""
    assert settings.public_address(tmp_path) == ""
    (tmp_path / "nbgrader_config.py").write_text(
        f'c = get_config()\nc.CourseRelease.address = "{ADDRESS}"\n'
    )
    assert settings.public_address(tmp_path) == ADDRESS
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\nc.CourseRelease.address = 3\n")
    with pytest.raises(UsageError, match="must be a text"):
        settings.public_address(tmp_path)


# -- when grading ----------------------------------------------------------------------------------


def with_calls(answer: str) -> dict[str, Any]:
    """A submission in which calls for help were left, with an import and without, also in the
    answer.
    """
    lab = labs.load(ROOT, LAB)
    filled = f"{answer}\nstatus()\n"
    book: dict[str, Any] = json.loads(
        solutions.filled(lab, solutions.Answer("x", {"relu": filled}))
    )
    for text in ('hint("forward", 2)', "from autograd_labs_check import check; check()"):
        book["cells"].append(
            {"cell_type": "code", "id": f"mine-{len(text)}", "metadata": {}, "source": text}
        )
    return book


def test_calls_left_in_a_notebook_mean_nothing_when_grading(
    judge_answers: Callable[..., dict[str, Judgement]],
) -> None:
    """A right answer keeps its points, a wrong one its score: none needs an eye for them."""
    wrong = right().replace("ctx.saved_tensors", "ctx.saved_tensor")
    judged = judge_answers(right=with_calls(right()), wrong=with_calls(wrong))
    assert judged["right"].score == 20
    assert judged["right"].notes == ()
    assert judged["wrong"].status == Status.GRADED
    assert judged["wrong"].score < 20
