"""A lab's report for programs, `report.json`, which the course's index is made from as well."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec

from autograder import files
from autograder.pages.statistics import Report
from autograder.record.results import MOST_WHOLE

NAME = "report.json"


def write(folder: Path, report: Report) -> None:
    """Write it into the lab's folder of results.

    Raises:
        OSError: it cannot be written.
    """
    files.write_changed(folder / NAME, _as_json(report) + b"\n")


def read(folder: Path) -> Report | None:
    """What was written; None where there is nothing, or another version's."""
    try:
        return msgspec.json.decode((folder / NAME).read_bytes(), type=Report)
    except (OSError, ValueError):
        return None


def _as_json(report: Report) -> bytes:
    try:
        raw = msgspec.json.encode(report)
    except UnicodeEncodeError:  # half a character in a stranger's text, which ASCII can escape
        return json.dumps(msgspec.to_builtins(report), indent=1).encode()
    # a large one is for programs alone
    return raw if report.submissions > MOST_WHOLE else msgspec.json.format(raw, indent=1)
