"""The house's rules: who imports whom, who prints, who reads the environment, who unpickles."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "autograder"
# What each rule is there to stop: a module, an import to add to it, and the rule's name.
BROKEN = {
    "upwards": ("wire.py", "autograder.course.labs", "Rooms import only downwards"),
    "worker": ("judge/judge.py", "autograder.sandbox.worker", "Of the sandbox, the trusted side"),
    "lab": ("sandbox/shell.py", "autograder.course.labs", "The sandbox knows no lab"),
    "check": ("checks/lab03_custom_relu.py", "autograder.judge.pool", "Hidden checks import one"),
    "world": (
        "integrations/ci.py",
        "autograder.integrations.nbgrader.lateness",
        "Each outside world is apart",
    ),
    "dask": ("judge/grader.py", "distributed", "Only the cluster's room knows Dask"),
    "students": ("students/selfcheck.py", "autograder.model", "Rooms import only downwards"),
}
# Who may read the environment or exit besides the command line: the sandbox's side, what students
# get, Gradescope's container and the judge's own processes.
AT_THE_EDGE = ("cli/", "sandbox/", "students/", "integrations/gradescope/")
OWN_PROCESSES = ("judge/pool.py", "judge/server.py", "supervisor/zygote.py")

LIST_OF_CHECKS = "a lab's checks are one list, in the order in which students read them"
MOST_LINES = {"file": 400, "function": 50}
# Files that are longer, and why.
LONGER = {
    "checking/student.py": "the handle of a student's object and what it forwards, in one class",
    "checks/lab01_scalar_autograd.py": LIST_OF_CHECKS,
    "checks/lab02_backpropagation.py": LIST_OF_CHECKS,
    "checks/lab03_extensions.py": LIST_OF_CHECKS,
    "checks/lab04_custom_loss.py": LIST_OF_CHECKS,
    "checks/lab05_gradient_clipping.py": LIST_OF_CHECKS,
}


@pytest.mark.parametrize(("module", "imported", "rule"), BROKEN.values(), ids=BROKEN)
def test_a_forbidden_import_breaks_its_rule(
    tmp_path: Path, module: str, imported: str, rule: str
) -> None:
    """Each import rule is seen to fail when its subject is there."""
    shutil.copytree(PACKAGE, tmp_path / "autograder", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    broken = tmp_path / "autograder" / module
    broken.write_text(f"{broken.read_text()}\nimport {imported}\n")

    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode != 0, done.stdout
    kept = [line for line in done.stdout.splitlines() if line.endswith("BROKEN")]
    assert any(line.startswith(rule) for line in kept), done.stdout


def names(path: Path) -> Iterator[str]:
    """Dotted names and calls that a module uses, such as `os.environ` and `print`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id


@pytest.mark.parametrize("name", ["print", "sys.exit", "os.environ", "os.getenv", "os.chdir"])
def test_only_the_edge_prints_exits_and_reads_the_environment(name: str) -> None:
    """The rest takes what it needs as arguments, and says what it has to say by returning it."""
    users = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if name in names(path)
    }
    known = {user for user in users if user.startswith(AT_THE_EDGE) or user in OWN_PROCESSES}
    assert users - known - NBGRADERS == set()


# nbgrader changes into the course and calls `alembic` by name, and has to be put right around that.
NBGRADERS = {"course/starters.py", "integrations/nbgrader/course_config.py"}


def test_nothing_unpickles_what_others_wrote() -> None:
    """What comes from a student's process is never more than data."""
    for path in PACKAGE.rglob("*.py"):
        assert not {"pickle.load", "pickle.loads", "torch.load", "marshal.loads"} & set(names(path))


def test_imports_inside_functions_say_why() -> None:
    """An import that is not at the top of its module has its reason beside it."""
    for path in PACKAGE.rglob("*.py"):
        lines = path.read_text().splitlines()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                inner = [n for n in ast.walk(node) if isinstance(n, (ast.Import, ast.ImportFrom))]
                if inner:
                    first = min(n.lineno for n in inner)
                    last = max(n.end_lineno or 0 for n in inner)
                    beside = lines[max(0, first - 3) : last]
                    where = f"{path.relative_to(ROOT)}:{first}"
                    assert any("#" in line for line in beside), where


def too_long(path: Path) -> Iterator[str]:
    """What of a module is longer than is read at once: itself, or functions in it."""
    text = path.read_text()
    if len(text.splitlines()) > MOST_LINES["file"]:
        yield "file"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines = (node.end_lineno or 0) - node.lineno + 1
            if lines > MOST_LINES["function"]:
                yield f"{node.name}, {lines} lines"


def test_files_and_functions_are_short() -> None:
    """Each can be read at once; a file that cannot has its reason in `LONGER`."""
    roots = [PACKAGE, ROOT / "benchmarks", ROOT / "scripts"]
    found = {
        (path.relative_to(PACKAGE) if root is PACKAGE else path.relative_to(ROOT)).as_posix(): long
        for root in roots
        for path in root.rglob("*.py")
        if (long := list(too_long(path)))
    }
    assert {
        path: long for path, long in found.items() if not (path in LONGER and long == ["file"])
    } == {}
