"""The tutorials' commands, each as it stands there, in one shell from top to bottom: as a reader
has it, with `.venv` activated by the page's own line and nothing of ours on the path.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from courses import EXECUTE, KEPT, LAB, ROOT, surroundings

from autograder.course import handout as handouts
from autograder.course import labs, lock

pytestmark = pytest.mark.slow  # a class is graded, and an environment made

INSTRUCTOR = (ROOT / "docs" / "tutorial-instructor.md").read_text()
STUDENT = (ROOT / "docs" / "tutorial-student.md").read_text()
CLASS = ("ada", "dora", "emil", "fatima", "priya", "rosa")
CLONE = "git clone https://github.com/OWNER/autograd-labs.git"
DONE = "::: done"


def commands(page: str, heading: str) -> list[str]:
    """The lines of a section's blocks for the terminal."""
    section = page.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    blocks: list[str] = re.findall(r"^```\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


class Shell:
    """A terminal in which one line after the other is typed."""

    def __init__(self, place: Path, **environment: str) -> None:
        self._process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=place,
            env=surroundings(place, **environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def type(self, line: str, status: int = 0) -> str:
        """Run a line; what it said."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{line}\nprintf '\\n{DONE} %s\\n' $?\n")
        self._process.stdin.flush()
        said = ""
        for heard in self._process.stdout:
            if heard.startswith(DONE):
                assert heard.split()[-1] == str(status), f"{line}\n{said}"
                return said
            said += heard
        raise AssertionError(f"{line}\n{said}")

    def close(self) -> None:
        self._process.terminate()
        self._process.communicate()


# -- instructors -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is cloned: the files that git knows, with a smaller class and fewer mistakes, so that
    grading takes seconds.
    """
    place = tmp_path_factory.mktemp("upstream")
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    found = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True)
    if found.returncode:
        pytest.skip(f"not a clone, so there is nothing to clone: {found.stderr.strip()}")
    for name in found.stdout.split("\0"):
        parts = Path(name).parts
        stranger = parts[:3] == ("examples", "class", "submitted") and parts[3] not in CLASS
        mistake = "mistakes" in parts and (LAB not in parts or Path(name).stem not in KEPT)
        if (ROOT / name).is_file() and not (stranger or mistake or parts[0] == "tests"):
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, place / name)
    git = ["git", "-c", "user.name=we", "-c", "user.email=we@example.org"]
    for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "all"]):
        subprocess.run([*git, *words], cwd=place, check=True)
    return place


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """The reader's terminal, before the first line. `PYTHONPATH` stands for the installation in
    place, which this environment has of another folder.
    """
    place = tmp_path_factory.mktemp("reader")
    clone = place / "autograd-labs"
    typed = Shell(place, HOME=str(place), PYTHONPATH=str(clone), PYTHONDONTWRITEBYTECODE="1")
    yield typed
    typed.close()


def lay_environment(clone: Path) -> None:
    """The `.venv` that `make` would make: this one's programs, and the stamps that say so."""
    (clone / ".venv").mkdir()
    (clone / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    for stamp in ("can-grade", "ready"):
        (clone / ".venv" / f".autograd-labs-{stamp}").touch()


@pytest.fixture(scope="module")
def clone(shell: Shell) -> Path:
    return Path(shell.type("pwd").strip()) / "autograd-labs"


def perform(shell: Shell, heading: str, **status: int) -> str:
    """Type a section's lines; what they said. Statuses are given by the line's last word."""
    return "\n".join(
        shell.type(line, status.get(line.split()[-1].strip("-"), 0))
        for line in commands(INSTRUCTOR, heading)
    )


def grades(clone: Path) -> dict[str, str]:
    with open(clone / "graded" / "canvas.csv", encoding="utf-8-sig") as table:
        return {row["SIS Login ID"]: row["Custom ReLU (9911)"] for row in csv.DictReader(table)}


def test_clone_and_look_at_a_class(shell: Shell, upstream: Path, clone: Path) -> None:
    first, *rest = commands(INSTRUCTOR, "Clone, and look at a class")
    assert first == CLONE
    shell.type(first.replace(CLONE.split()[-1], f"--quiet '{upstream}' autograd-labs"))
    lay_environment(clone)
    said = "\n".join(shell.type(line) for line in rest)
    assert "grading the example class" in said
    shown = re.findall(r"^  (\w+) +(-|[\d.]+)  +(.+)$", INSTRUCTOR, re.MULTILINE)
    assert len(shown) == 3
    for row in shown:
        assert re.search("^ +{} +{} +{}".format(*map(re.escape, row)), said, re.MULTILINE)
    for name in ("index.html", f"{LAB}/report.html", f"{LAB}/feedback/dora.html"):
        assert (clone / "graded-example" / name).is_file()


def test_the_commands(shell: Shell) -> None:
    said = perform(shell, "The commands")
    assert re.search(r"full|strong", said)
    assert shell.type("command -v autograder").strip().endswith("/bin/autograder")


def test_before_the_first_lab(shell: Shell, clone: Path) -> None:
    said = perform(shell, "Before the first lab")
    assert (clone / "dist" / "autograd-labs.zip").is_file()
    assert "7 on the roster, 7 of them new" in said


def test_collect_and_grade(shell: Shell, clone: Path) -> None:
    said = perform(shell, "Collect and grade", grade=4)
    assert "6 taken" in said
    assert (clone / "submitted" / "dora" / LAB / f"{LAB}.ipynb").is_file()
    results = json.loads((clone / "graded" / LAB / "results.json").read_text())
    found = {one["student"]: one["score"] for one in results["submissions"]}
    assert found == {
        "ada": 20, "dora": 17, "emil": 11.5, "fatima": 16.5, "priya": 17, "rosa": None
    }  # fmt: skip


def test_look_at_the_report(shell: Shell, clone: Path) -> None:
    report = json.loads((clone / "graded" / LAB / "report.json").read_text())
    assert report["absent"] == ["uche"]
    page = (clone / "graded" / LAB / "report.html").read_text()
    (mistake,) = re.findall(r"be 1 \(\*([^*]+)\*\)", INSTRUCTOR)
    assert " ".join(mistake.split()) in page
    assert "Uche Okoye" in page
    before = (clone / "graded" / LAB / "journal.jsonl").stat().st_mtime_ns
    shell.type("autograder grade", 4)
    assert (clone / "graded" / LAB / "journal.jsonl").stat().st_mtime_ns == before


def test_give_back(shell: Shell, clone: Path) -> None:
    perform(shell, "Give back")
    assert (clone / "graded" / LAB / f"{LAB}-canvas.zip").is_file()
    assert (grades(clone)["dora"], grades(clone)["rosa"]) == ("17", "")


def test_every_file_is_in_the_reference(clone: Path) -> None:
    """And in the README, by its name; and no file is promised that is not there."""
    listed = (ROOT / "docs" / "reference" / "files.md").read_text()
    section = listed.split("\n## ")[0]
    promised = set(re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE))
    found = set()
    for folder in ("graded", "graded-example"):
        for path in (clone / folder).rglob("*"):
            name = path.relative_to(clone / folder).as_posix().replace(LAB, "<lab>", 1)
            name = re.sub(r"feedback/\w+\.html", "feedback/<student>.html", name)
            if path.is_file() and not name.endswith(("canvas.csv", "-canvas.zip")):
                found.add(name)
    of_large_classes = {"<lab>/results.jsonl"}
    beside = {"autograded/<student>/<lab>/", ".autograder/secret"}
    assert found == promised - of_large_classes - beside
    assert (clone / "autograded" / "dora" / LAB / f"{LAB}.ipynb").is_file()
    assert (clone / ".autograder" / "secret").is_file()
    readme = (ROOT / "README.md").read_text()
    assert [name for name in promised if Path(name).name not in readme] == []


def test_when_a_check_changes(shell: Shell, clone: Path) -> None:
    said = perform(shell, "When a check changes", compare=1, grade=4)
    assert "dora  17 -> 18" in said
    assert "priya  17 -> 18" in said
    assert (grades(clone)["dora"], grades(clone)["emil"]) == ("18", "11.5")


def test_begin_your_own_course(shell: Shell, clone: Path) -> None:
    perform(shell, "Begin your own course")
    assert shell.type("git status --short").strip() == ""
    assert not (clone / "graded").exists()


# -- students --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def handout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip that a student has, and the folder beside it that it was made of."""
    folder = tmp_path_factory.mktemp("handout") / "autograd-labs"
    handouts.build(ROOT, [labs.load(ROOT, LAB)], folder)
    return folder


def test_a_student_from_the_zip_to_the_notebook(handout: Path, tmp_path: Path) -> None:
    """The page's lines, in an environment of the student's own. Its packages are those of this one,
    so that nothing is downloaded: pip finds each there already.
    """
    (pin,) = lock.pins(ROOT, lock.TORCH)
    shown = subprocess.run(
        [sys.executable, "-m", "pip", "list", "--format", "freeze"], capture_output=True, text=True
    )
    if f"torch=={pin.version}" not in shown.stdout:
        pytest.skip(f"another torch than {pin.version} is installed: pip would fetch it")
    shutil.copy(handout.with_suffix(".zip"), tmp_path)
    (tmp_path / "bin").mkdir()
    base = Path(sys._base_executable)  # type: ignore[attr-defined]
    (tmp_path / "bin" / "python3").symlink_to(base.resolve())
    jupyter = tmp_path / "settings"
    jupyter.mkdir()
    (jupyter / "jupyter_server_config.py").write_text(
        "c.ServerApp.open_browser = False\nc.ServerApp.allow_root = True\nc.ServerApp.port = 0\n"
    )
    shell = Shell(
        tmp_path,
        HOME=str(tmp_path),
        PATH=f"{tmp_path / 'bin'}:/usr/bin:/bin",
        JUPYTER_CONFIG_DIR=str(jupyter),
        PIP_NO_INDEX="1",
    )
    try:
        *lines, install, start = commands(STUDENT, "Set up")
        for line in lines:
            shell.type(line)
        lend(tmp_path / "autograd-labs" / ".venv")
        assert "already satisfied: torch==" in shell.type(install)
        assert start == "jupyter lab"
        assert "is running at" in shell.type(f"timeout --signal INT 20 {start}", 124)
    finally:
        shell.close()


def lend(environment: Path) -> None:
    """Let an environment have the packages of this one, and its program `jupyter`. An older
    setuptools, which comes with some Pythons, would hide ours.
    """
    (site,) = environment.glob("lib/python3*/site-packages")
    for old in site.glob("setuptools*"):
        shutil.rmtree(old)
    ours = [path for path in sys.path if path.endswith("-packages")]
    (site / "lent.pth").write_text("\n".join(ours) + "\n")
    program = Path(sys.executable).parent / "jupyter"
    (environment / "bin" / "jupyter").symlink_to(program)


def test_the_calls_for_students_run(handout: Path) -> None:
    """As cells of the student's own, at the end of the notebook as it is handed out."""
    calls: list[str] = re.findall(r"^```python\n(.*?)^```", STUDENT, re.MULTILINE | re.DOTALL)
    assert len(calls) == 4
    place = handout / LAB
    book: dict[str, Any] = json.loads((place / f"{LAB}.ipynb").read_text())
    own = {"cell_type": "code", "metadata": {"tags": ["raises-exception"]}, "outputs": []}
    for number, call in enumerate(calls):
        book["cells"].append(own | {"id": f"own{number}", "source": call, "execution_count": None})
    (answer,) = [cell for cell in book["cells"] if cell["id"] == "answer-relu"]
    answer["metadata"]["tags"] = ["raises-exception"]
    (place / f"{LAB}.ipynb").write_text(json.dumps(book))
    subprocess.run(
        [*EXECUTE, "--output", "run", f"{LAB}.ipynb"],
        cwd=place,
        env=surroundings(place),
        check=True,
        timeout=300,
        capture_output=True,
    )
    made = json.loads((place / "run.ipynb").read_text())["cells"][-len(calls) :]
    for cell in made:
        assert [one for one in cell["outputs"] if one["output_type"] == "error"] == []
        assert cell["outputs"], cell["source"]
