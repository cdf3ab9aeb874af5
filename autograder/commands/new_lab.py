"""Scaffolding a lab: folders with one name, filled with the least that `verify` can refuse.

What it writes runs. `autograder verify` then says what is missing to a proven lab, one finding for
each thing that its author has yet to write.
"""

from __future__ import annotations

from pathlib import Path

from autograder import files
from autograder.course.labs import NAME
from autograder.errors import UsageError
from autograder.layout import CourseLayout

TEMPLATES = Path(__file__).parent / "new_lab_templates"
PUBLIC = 0o644


def scaffold(root: Path, name: str) -> list[Path]:
    """Write a lab's source, hints, checks, a right answer and a mistake to start from.

    Args:
        root: the course.
        name: of the lab, and of its folders everywhere.

    Returns:
        The files.

    Raises:
        UsageError: the name cannot be one, or is taken.
    """
    layout = CourseLayout(root)
    if not NAME.fullmatch(name):
        raise UsageError(f"`{name}` is not a name for a lab: small letters, digits and _ only")
    folder, checks = layout.solutions / name, layout.checks(name)
    targets = {
        "source.py.txt": folder / f"{name}.py",
        "hints.md.txt": folder / "hints.md",
        "alternative.py.txt": folder / "alternatives" / "by_multiplication.py",
        "mistake.py.txt": folder / "mistakes" / "upstream_ignored.py",
        "checks.py.txt": checks,
    }
    for path in (folder, layout.labs / name, checks):
        if path.exists():
            raise UsageError(f"`{path}` is there already; choose another name, or remove it")
    for template, path in targets.items():
        text = (TEMPLATES / template).read_text(encoding="utf-8").replace("NEW_LAB", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write(path, text, mode=PUBLIC)
    return list(targets.values())
