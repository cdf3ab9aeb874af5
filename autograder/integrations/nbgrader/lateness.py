"""Late penalties: percent of the score for each day begun, with a grace period and a floor, set per
lab in `nbgrader_config.py`.

nbgrader asks the plugin when it autogrades, `autograder grade` when it writes the gradebook; both
give the same penalty. Due dates and extensions are nbgrader's own: `nbgrader db assignment add LAB
--duedate=...`, formgrader, `grant_extension`.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.errors import UsageError
from autograder.integrations.nbgrader import arrival, course_config, settings
from autograder.layout import CourseLayout

Policy = Callable[[str, str, float, float], float | None]
DAY = 86_400.0
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


def fingerprint(root: Path, folders: Iterable[Path]) -> str:
    """A digest of what decides about lateness outside the gradebook: the course's settings, and
    when each submission came.
    """
    path = CourseLayout(root).nbgrader_config
    digest = hashlib.sha256(path.read_bytes() if path.is_file() else b"")
    for folder in folders:
        digest.update(f"/{arrival.written(folder)}".encode())
    return digest.hexdigest()


def policy(root: Path) -> Policy | None:
    """The course's policy, from `c.LatePenalty.rules` of its `nbgrader_config.py`.

    None where there is no such file, or it names another plugin.

    Raises:
        UsageError: the file cannot be run.
    """
    config = settings.read(root)
    if str(config.get("AssignLatePenalties", {}).get("plugin_class", "")) != PLUGIN:
        return None  # penalties are another plugin's, and stay as it left them
    rules = config.get("LatePenalty", {}).get("rules", {})
    return lambda lab, _student, score, seconds: rule(rules, lab).penalty(score, seconds)
