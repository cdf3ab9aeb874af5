"""A lab's hints, `solutions/<lab>/hints.md`: three levels for each visible test.

## zero_edge
### 1
What happens at which smallest input.
### 2
The principle behind it.
### 3
Nearly everything.
"""

from __future__ import annotations

import re
from pathlib import Path

from autograder.errors import UsageError

FILE = "hints.md"
LEVELS = 3
_TEST = re.compile(r"^## (\S+)[ ]*$", re.MULTILINE)
_LEVEL = re.compile(r"^### (\d)[ ]*$", re.MULTILINE)


def read(folder: Path, tests: list[str]) -> dict[str, list[str]]:
    """The hints of the lab in `folder`, by test; {} where it has no such file.

    Args:
        folder: `solutions/<lab>`.
        tests: the names of the lab's tests.

    Raises:
        UsageError: a test has none, or not three, or a hint is for no test.
    """
    path = folder / FILE
    if not path.is_file():
        return {}
    _, *parts = _TEST.split(path.read_text(encoding="utf-8"))
    found = {
        name: _levels(path, name, text) for name, text in zip(parts[::2], parts[1::2], strict=True)
    }
    if wrong := set(found) ^ set(tests):
        name = sorted(wrong)[0]
        told = "is for no test of the lab" if name in found else "is missing"
        raise UsageError(f"`{path}`: the part `## {name}` {told}")
    return {name: found[name] for name in tests}


def _levels(path: Path, name: str, text: str) -> list[str]:
    _, *parts = _LEVEL.split(text)
    levels = [level.strip() for level in parts[1::2]]
    wanted = [str(number + 1) for number in range(LEVELS)]
    if parts[::2] != wanted or not all(levels):
        raise UsageError(
            f"`{path}`: the part `## {name}` needs `### 1` to `### {LEVELS}`, each with a text; it "
            f"has {', '.join(parts[::2]) or 'none'}"
        )
    return levels
