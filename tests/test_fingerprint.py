"""Whatever decides a verdict is in the digest that judgements are kept under."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pytest

from autograder.course.labs import Lab
from autograder.errors import UsageError
from autograder.judge import fingerprint
from autograder.layout import PACKAGE
from autograder.messages import Call
from autograder.supervisor.process import StudentProcess

# Modules of the deciding processes that decide nothing, and why.
OF_NO_ACCOUNT = {
    "__init__.py": "its version is in the digest",
    "checks/__init__.py": "a docstring",
    "course/__init__.py": "a docstring",
    "files.py": "writes",
    "layout.py": "finds files, whose bytes are in the digest where they count",
}
DECIDE = [
    "checking/compare.py",
    "checking/battery/values.py",
    "judge/lacks.py",
    "judge/session.py",
    "sandbox/worker.py",
    "supervisor/process.py",
    "course/answers.py",
    "course/hand_ins.py",
    "course/labs.py",
    "course/matching.py",
    "course/program.py",
    "course/reading.py",
    "course/script.py",
    "course/stream.py",
    "course/submissions.py",
    "errors.py",
    "messages.py",
    "model.py",
    "terms.py",
    "wire.py",
]
DECIDE_NOTHING = ["pages/render.py", "record/results.py", "cli/main.py", "text.py"]


def undecided(paths: Iterable[str]) -> set[str]:
    """Those of our modules that are not in the digest, the labs' checks left out."""
    known = {path.relative_to(PACKAGE).as_posix() for path in fingerprint.modules()}
    ours = {Path(path).relative_to(PACKAGE).as_posix() for path in paths}
    assert len(ours & known) > 10
    return ours - known


@pytest.mark.slow
def test_every_module_of_the_judges_process_is_in_it(relu_lab: Lab, root: Path) -> None:
    """Asked of a process that has judged one of a lab's mistakes by its checks."""
    program = """
import json, sys
from pathlib import Path
from autograder.course import labs
from autograder.judge import catalogue, client, grader, pool, server, session
from autograder.judge.judge import Judge
from autograder.model import Status
from autograder.supervisor.zygote import ZygoteHandle

lab = labs.load(Path(sys.argv[1]), sys.argv[2])
task = next(catalogue.tasks(lab))
with ZygoteHandle() as zygote:
    level = zygote.wait().level
    judged = session.run(lab, lambda checks: Judge(checks, zygote, 0, level).judge(task))
assert judged.status == Status.GRADED and judged.lost_points, judged
modules = [module for name, module in sys.modules.items() if name.startswith("autograder")]
print(json.dumps([module.__file__ for module in modules]))
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(root), relu_lab.name],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    found = undecided(json.loads(done.stdout.splitlines()[-1]))

    assert found - {f"checks/{relu_lab.name}.py"} <= set(OF_NO_ACCOUNT)


def test_every_module_of_a_students_process_is_in_it(process: StudentProcess) -> None:
    """Asked of such a process itself."""
    source = (
        "import json, sys\nprint(json.dumps([module.__file__ for name, module in "
        "sys.modules.items() if name.startswith('autograder')]))"
    )
    said = process.request(Call.CELL, source)

    assert said["error"] is None
    assert undecided(json.loads(said["text"])) <= set(OF_NO_ACCOUNT)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the grader that may be changed; the digest is of it."""
    copy = tmp_path / "autograder"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__", "checks"))
    monkeypatch.setattr(fingerprint, "PACKAGE", copy)
    return copy


@pytest.mark.parametrize("name", DECIDE)
def test_a_change_of_what_decides_is_another_digest(
    package: Path, relu_lab: Lab, name: str
) -> None:
    """One more line in any module of the judge's or the student's process."""
    before = fingerprint.of(relu_lab)
    assert before == fingerprint.of(relu_lab)
    path = package / name
    path.write_text(path.read_text() + "\n")
    assert fingerprint.of(relu_lab) != before


@pytest.mark.parametrize("name", DECIDE_NOTHING)
def test_a_change_of_what_only_shows_is_none(package: Path, relu_lab: Lab, name: str) -> None:
    """Nobody's work is judged again for a page's sake."""
    before = fingerprint.of(relu_lab)
    path = package / name
    path.write_text(path.read_text() + "\n")
    assert fingerprint.of(relu_lab) == before


def test_a_new_module_is_in_it(package: Path, relu_lab: Lab) -> None:
    """A room's modules count without being listed."""
    before = fingerprint.of(relu_lab)
    (package / "checking" / "battery" / "new.py").write_text("")
    assert fingerprint.of(relu_lab) != before


def test_a_lab_has_a_digest_of_its_own(relu_lab: Lab, tmp_path: Path) -> None:
    """Its notebook, checks and mistakes; not its limits, which are in the notebook already, nor
    where it lies.
    """
    for path in (relu_lab.notebook, relu_lab.checks):
        shutil.copy(path, tmp_path)
    shutil.copytree(relu_lab.solutions / "mistakes", tmp_path / "mistakes")
    copy = replace(
        relu_lab,
        notebook=tmp_path / relu_lab.notebook.name,
        checks=tmp_path / relu_lab.checks.name,
        solutions=tmp_path,
    )
    assert fingerprint.of(copy) == fingerprint.of(relu_lab)
    digests = {fingerprint.of(copy)}
    for path in (copy.notebook, copy.checks, copy.mistakes()[0]):
        path.write_text(path.read_text() + "\n")
        digests.add(fingerprint.of(copy))
    copy.mistakes()[0].unlink()
    digests.add(fingerprint.of(copy))
    assert len(digests) == 5


@pytest.mark.parametrize("library", fingerprint.LIBRARIES)
def test_another_version_of_a_library_is_another_digest(
    relu_lab: Lab, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    """PyTorch's gradients may differ between two of its versions."""
    before = fingerprint.of(relu_lab)
    version = metadata.version
    monkeypatch.setattr(
        metadata,
        "version",
        lambda name: version(name) + "+other" if name == library else version(name),
    )
    assert fingerprint.of(relu_lab) != before


def test_a_lab_without_checks_has_none(relu_lab: Lab, tmp_path: Path) -> None:
    """Nothing of ours decides what nbgrader grades."""
    with pytest.raises(UsageError, match="no hidden checks"):
        fingerprint.of(replace(relu_lab, checks=tmp_path / "none.py"))
