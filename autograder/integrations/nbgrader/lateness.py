"""Late penalties: percent of the score for each day begun, with a grace period and a floor, set per
lab in `nbgrader_config.py`.

nbgrader asks the plugin when it autogrades, `autograder grade` when it writes the gradebook; both
give the same penalty. Due dates and extensions are nbgrader's own: `nbgrader db assignment add LAB
--duedate=...`, formgrader, `grant_extension`.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autograder.errors import UsageError
from autograder.integrations.nbgrader import course_config
from autograder.layout import TIMESTAMP, CourseLayout

Policy = Callable[[str, str, float, float], float | None]
DAY = 86_400.0
FILE = TIMESTAMP
PLUGIN = f"{course_config.PLUGINS}.LatePenalty"


@dataclass(frozen=True)
class Rule:
    """What lateness costs in one lab.

    Attributes:
        percent_per_day: of the score, for each day begun after the due date.
        grace_minutes: lateness up to this costs nothing; beyond it, days count from the due date.
        floor_percent: of the score, which is kept however late the submission is.
    """

    percent_per_day: float = 0.0
    grace_minutes: float = 0.0
    floor_percent: float = 0.0

    def penalty(self, score: float, seconds_late: float) -> float | None:
        """Points to take off a score; None where there is no penalty."""
        if seconds_late <= 60 * self.grace_minutes or not self.percent_per_day:
            return None
        percent = min(
            self.percent_per_day * math.ceil(seconds_late / DAY), 100 - self.floor_percent
        )
        return round(score * percent / 100, 6)


def rule(rules: Mapping[str, Any], lab: str) -> Rule:
    """The rule for a lab: its own, else that of `*`, else none.

    Raises:
        UsageError: the rule has an unknown part or a number out of range.
    """
    given = dict(rules.get(lab, rules.get("*", {})))
    known = Rule.__dataclass_fields__
    for name, value in given.items():
        if name not in known:
            raise UsageError(
                f"`LatePenalty.rules` for `{lab}` has an unknown part `{name}`; "
                f"known are {', '.join(known)}"
            )
        number = isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0
        if not number or (name != "grace_minutes" and value > 100):
            raise UsageError(
                f"`LatePenalty.rules` for `{lab}`: `{name}` is {value!r}; it must "
                f"be a number from 0, a percentage to 100"
            )
    return Rule(**given)


def arrival(folder: Path) -> datetime | None:
    """When a submission came: the time in its `timestamp.txt`, UTC without a zone as nbgrader keeps
    it.

    None where there is no such file, or one that cannot be read as a time.
    """
    text = _written(folder)
    if not text:
        return None
    from nbgrader.utils import parse_utc  # takes a second

    try:
        when = parse_utc(text)
    except ValueError:
        return None
    if not isinstance(when, datetime):
        return None
    return when.astimezone(UTC).replace(tzinfo=None) if when.tzinfo else when


def is_unreadable(folder: Path) -> bool:
    """Whether a submission says when it came, in a way that cannot be read."""
    return os.path.lexists(folder / FILE) and arrival(folder) is None


def _written(folder: Path) -> str:
    try:
        fd = os.open(folder / FILE, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(fd, "rb") as file:
            return file.read(200).decode().strip()
    except (OSError, ValueError):
        return ""


def fingerprint(root: Path, folders: Iterable[Path]) -> str:
    """A digest of what decides about lateness outside the gradebook: the course's settings, and
    when each submission came.
    """
    settings = CourseLayout(root).nbgrader_config
    digest = hashlib.sha256(settings.read_bytes() if settings.is_file() else b"")
    for folder in folders:
        digest.update(f"/{_written(folder)}".encode())
    return digest.hexdigest()


def policy(root: Path) -> Policy | None:
    """The course's policy, from `c.LatePenalty.rules` of its `nbgrader_config.py`.

    None where there is no such file, or it names another plugin.

    Raises:
        UsageError: the file cannot be run.
    """
    from traitlets.config.loader import PyFileConfigLoader  # takes a second

    path = CourseLayout(root).nbgrader_config
    if not path.is_file():
        return None
    try:
        with course_config.only_read():
            config = PyFileConfigLoader(path.name, str(root)).load_config()
    except Exception as error:
        raise UsageError(f"`{path}` cannot be run: {type(error).__name__}: {error}") from error
    if str(config.get("AssignLatePenalties", {}).get("plugin_class", "")) != PLUGIN:
        return None  # penalties are another plugin's, and stay as it left them
    rules = config.get("LatePenalty", {}).get("rules", {})
    return lambda lab, student, score, seconds: rule(rules, lab).penalty(score, seconds)
