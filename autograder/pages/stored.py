"""A lab's report for programs, `report.json`, which the course's index is made from as well."""

from __future__ import annotations

from pathlib import Path

import msgspec

from autograder import files
from autograder.pages.statistics import Report
from autograder.record.results import MOST_WHOLE
from autograder.text import as_json

NAME = "report.json"


def write(folder: Path, report: Report) -> None:
    """Write it into the lab's folder of results.

    Raises:
        OSError: it cannot be written.
    """
    files.write_changed(folder / NAME, _text(report) + b"\n")


def read(folder: Path) -> Report | None:
    """What was written; None where there is nothing, or another version's."""
    try:
        return msgspec.json.decode((folder / NAME).read_bytes(), type=Report)
    except (OSError, ValueError):
        return None


def _text(report: Report) -> bytes:
    # a large one is for programs alone
    return as_json(report, indent=0 if report.submissions > MOST_WHOLE else 1)
