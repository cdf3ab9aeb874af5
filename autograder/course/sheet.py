"""What the students' side knows of a lab besides the notebook: `labs/help/<lab>.json`.

All of it is public: exercises, visible tests, stubs and hints.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from autograder.course import hints
from autograder.course.labs import Lab


def path(root: Path, lab: str) -> Path:
    """Where a course keeps a lab's sheet."""
    return root / "labs" / "help" / f"{lab}.json"


def of(lab: Lab) -> str:
    """The sheet of a lab, as JSON.

    Raises:
        UsageError: the lab's hints are not in their form; see `hints.read`.
    """
    worth = {name: cell.points + cell.bonus for name, cell in lab.families.items()}
    told: dict[str, Any] = {
        "lab": lab.name,
        "title": lab.title,
        "minutes": lab.minutes,
        "exercises": [
            {
                "number": one.number,
                "title": one.title,
                "minutes": one.minutes,
                "difficulty": one.difficulty,
                "extra": one.extra,
                "tests": {name: worth[name] for name in one.tests},
            }
            for one in lab.exercises
        ],
        "tests": [
            {"name": name, "points": cell.points, "source": cell.source}
            for name, cell in lab.families.items()
        ],
        "answers": {
            name: {"id": cell.cell_id, "stub": cell.source} for name, cell in lab.answers.items()
        },
        "hints": hints.read(lab.solutions, list(lab.families)),
    }
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"
