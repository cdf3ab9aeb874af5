"""The pinned versions in `requirements/`, for the environment, students and Gradescope."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import UsageError

FOLDER = "requirements"
TORCH, GRADE, DOCS, DEV = "torch.txt", "grade.txt", "docs.txt", "dev.txt"
BESIDE_TORCH = "-r requirements/beside-torch.in"  # the reason that the lock gives for torch's needs

_PIN = re.compile(
    r"^(?P<name>[\w.-]+)==(?P<version>[^\s;\\]+)(?P<marker> ;[^\\\n]*[^\\\s])?"
    r"(?P<hashes>(?: \\\n +--hash=\S+)*)\n?(?P<via>(?: +#.*\n?)*)",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Pin:
    """A package's version, where its marker holds: with hashes, and the ones that ask for it."""

    name: str
    version: str
    marker: str
    hashes: str
    via: frozenset[str]

    @property
    def line(self) -> str:
        """The pin without its hashes."""
        return f"{self.name}=={self.version}{self.marker}"


def pins(root: Path, *names: str) -> list[Pin]:
    """The pins in files of `requirements/`, in their order.

    Raises:
        UsageError: a file is missing.
    """
    return [pin for name in names for pin in _parsed(root / FOLDER / name)]


def needed(locked: Sequence[Pin], names: Iterable[str]) -> list[Pin]:
    """The pins of some packages and of all that these ask for.

    Args:
        locked: every pin.
        names: packages, or other reasons that the lock names (`BESIDE_TORCH`).
    """
    wanted, before = set(names), 0
    while len(wanted) > before:
        before = len(wanted)
        wanted |= {pin.name for pin in locked if pin.via & wanted}
    return [pin for pin in locked if pin.name in wanted]


def _parsed(path: Path) -> list[Pin]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(f"`{path}` does not exist: it says which versions are installed") from None
    return [
        Pin(
            found["name"],
            found["version"],
            found["marker"] or "",
            found["hashes"],
            _reasons(found["via"]),
        )
        for found in _PIN.finditer(text)
    ]


def _reasons(comment: str) -> frozenset[str]:
    lines = (line.strip().removeprefix("#").strip() for line in comment.splitlines())
    return frozenset(line.removeprefix("via").strip() for line in lines) - {""}
