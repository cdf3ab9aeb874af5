"""Modules import only downwards, and the sandbox never sees a check."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "autograder"
# What each part may import of ours. A part is a top-level module or a subpackage.
ALLOWED: dict[str, set[str]] = {
    "model": set(),
    "wire": set(),
    "errors": {"model"},
    "sandbox": {"sandbox", "wire", "model"},
    "students": {"students"},
    "course": {"course", "errors", "model"},
    "supervisor": {"supervisor", "errors", "model", "wire", "sandbox"},
    "checking": {"checking", "supervisor", "model", "wire"},
    "checks": {"checking"},
    "judge": {"judge", "checking", "supervisor", "course", "errors", "model", "sandbox"},
    "record": {"record", "course", "errors", "model"},
    "pages": {"pages", "course", "model"},
}
TOP = {"commands", "integrations"}


def imports(path: Path) -> Iterator[str]:
    """Dotted names below `autograder` that a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "autograder":
            yield from (alias.name for alias in node.names)
        elif (
            isinstance(node, ast.ImportFrom)
            and node.module
            and node.module.startswith("autograder.")
        ):
            yield node.module.removeprefix("autograder.")


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE))
)
def test_imports_go_downwards(path: Path) -> None:
    """A module imports only from parts below its own."""
    part = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    allowed = ALLOWED.get(part)

    found = {name.split(".")[0] for name in imports(path)}

    if allowed is not None:
        assert found - {"__version__"} <= allowed, part
    elif part in TOP:
        assert "cli" not in found


def test_checks_know_only_what_checks_may_use() -> None:
    """A lab's checks import one module of ours: checking."""
    for path in (PACKAGE / "checks").glob("*.py"):
        assert set(imports(path)) <= {"checking"}, path.name


def test_the_trusted_side_takes_only_privileges_from_the_sandbox() -> None:
    """Of the sandbox's modules, the grader's own process loads none that runs student code."""
    for path in (PACKAGE / "judge").glob("*.py"):
        used = {name for name in imports(path) if name.startswith("sandbox")}
        assert used <= {"sandbox"}, path.name


def test_nothing_unpickles() -> None:
    """No module loads pickles: what comes from a student's process is never more than data."""
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text()
        assert "pickle.load" not in text, path.name
        assert "torch.load" not in text, path.name
