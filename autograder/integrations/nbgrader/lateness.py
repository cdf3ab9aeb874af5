"""What lateness costs: percent of the score or fixed points for each day begun, with a grace
period, a floor, and days that are free, set in `nbgrader_config.py`.

nbgrader asks the plugin when it autogrades, `autograder grade` when it writes the gradebook; both
give the same penalty. Due dates and extensions are nbgrader's own: `nbgrader db assignment add LAB
--duedate=...`, formgrader, `autograder extend`.
"""

from __future__ import annotations

import hashlib
import math
import zoneinfo
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from autograder.errors import UsageError
from autograder.integrations.nbgrader import arrival, course_config, settings
from autograder.layout import CourseLayout

DAY = timedelta(days=1)
PLUGIN = f"{course_config.PLUGINS}.LatePenalty"
_PERCENTAGES = ("percent_per_day", "floor_percent")


@dataclass(frozen=True)
class Rule:
    """What lateness costs in one lab.

    Attributes:
        percent_per_day: of the score, for each day begun after the due date.
        points_per_day: the same in points, whatever the score is; both may be given.
        grace_minutes: lateness up to this costs nothing; beyond it, days count from the due date.
        floor_percent: of the score, which is kept however late the submission is.
    """

    percent_per_day: float = 0.0
    points_per_day: float = 0.0
    grace_minutes: float = 0.0
    floor_percent: float = 0.0

    def penalty(self, score: float, days: int) -> float | None:
        """Points to take off a score for days that count; None where there is no penalty."""
        lost = days * (score * self.percent_per_day / 100 + self.points_per_day)
        most = score * (100 - self.floor_percent) / 100
        return round(min(lost, most), 6) if lost > 0 else None


@dataclass(frozen=True)
class Policy:
    """A course's rules.

    Attributes:
        rules: by lab; `*` for those without their own.
        free_days: days of lateness that each student may use up in the course, in the order of the
            labs' due dates.
        zone: where the course is: a day ends there when the clock shows the time again.
    """

    rules: Mapping[str, Any] = field(default_factory=dict)
    free_days: int = 0
    zone: tzinfo = UTC

    def days(self, lab: str, due: datetime | None, arrived: datetime | None) -> int:
        """The days begun between two times, UTC without a zone; 0 for what is not late.

        A day is one by the clock as well as by 24 hours, whichever is kinder where clocks change.
        """
        if due is None or arrived is None:
            return 0
        late = arrived - due
        if late <= timedelta(minutes=rule(self.rules, lab).grace_minutes):
            return 0
        by_clock = self._local(arrived) - self._local(due)
        return max(1, math.ceil(min(late, by_clock) / DAY))

    def penalty(
        self,
        lab: str,
        score: float,
        due: datetime | None,
        arrived: datetime | None,
        spent: int = 0,
    ) -> float | None:
        """Points to take off a score; None where there is no penalty.

        Args:
            lab: whose rule counts.
            score: before the penalty.
            due: when it was due, extension included; UTC without a zone.
            arrived: when it came; UTC without a zone.
            spent: free days that the student has used up already.
        """
        free = max(0, self.free_days - spent)
        days = max(0, self.days(lab, due, arrived) - free)
        return rule(self.rules, lab).penalty(score, days)

    def _local(self, when: datetime) -> datetime:
        """What the clock shows at a time that is UTC without a zone."""
        return when.replace(tzinfo=UTC).astimezone(self.zone).replace(tzinfo=None)


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
        if not number or (name in _PERCENTAGES and value > 100):
            raise UsageError(
                f"`LatePenalty.rules` for `{lab}`: `{name}` is {value!r}; it must "
                f"be a number from 0, a percentage to 100"
            )
    return Rule(**given)


def zone_of(name: str) -> tzinfo:
    """The time zone of a place, such as Europe/Berlin.

    Raises:
        UsageError: there is none of that name.
    """
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(
            f"`c.LatePenalty.timezone` is `{name}`, which is no time zone such as Europe/Berlin"
        ) from None


def of_course(root: Path) -> tzinfo:
    """The course's time zone, `c.LatePenalty.timezone`; UTC where it says none.

    Raises:
        UsageError: the settings cannot be run, or name no zone.
    """
    return zone_of(str(settings.read(root).get("LatePenalty", {}).get("timezone", "UTC")))


def local_time(text: str, zone: tzinfo) -> datetime:
    """A time that somebody typed, by the clock of a place unless it names a zone; UTC without a
    zone.

    Raises:
        UsageError: it is no time, or several.
    """
    found = arrival.parsed(text)
    if found is None:
        raise UsageError(f"`{text}` is no time, or several: write it as 2027-02-03 18:00")
    if arrival.names_place(text) or arrival.parsed(f"{text} UTC") is None:
        return found  # it names a zone already, or is a number of seconds
    return found.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)


def shown(when: datetime, zone: tzinfo) -> str:
    """A time that is UTC without a zone, by the clock of a place."""
    return f"{when.replace(tzinfo=UTC).astimezone(zone):%A, %Y-%m-%d %H:%M %Z}"


def made(rules: Mapping[str, Any], free_days: Any, timezone: str) -> Policy:
    """A policy from what a course's settings say.

    Raises:
        UsageError: the days are no number of days, or there is no such zone.
    """
    if isinstance(free_days, bool) or not isinstance(free_days, int) or free_days < 0:
        raise UsageError(
            f"`c.LatePenalty.free_days` is {free_days!r}; it must be a whole number from 0"
        )
    return Policy(rules, free_days, zone_of(timezone))


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
    """The course's policy, from `c.LatePenalty` in its `nbgrader_config.py`.

    None where there is no such file, or it names another plugin.

    Raises:
        UsageError: the file cannot be run, or says what makes no sense.
    """
    config = settings.read(root)
    if str(config.get("AssignLatePenalties", {}).get("plugin_class", "")) != PLUGIN:
        return None  # penalties are another plugin's, and stay as it left them
    given = config.get("LatePenalty", {})
    return made(
        given.get("rules", {}), given.get("free_days", 0), str(given.get("timezone", "UTC"))
    )


def spent(policy: Policy, submission: Any) -> int:
    """The free days that a student used up in labs due before this one.

    Args:
        policy: the course's.
        submission: nbgrader's `SubmittedAssignment`, in an open session.
    """
    if not policy.free_days or submission.assignment.duedate is None:
        return 0
    place = (submission.assignment.duedate, submission.assignment.name)
    earlier = (
        other
        for other in submission.student.submissions
        if other.assignment.duedate is not None
        and (other.assignment.duedate, other.assignment.name) < place
    )
    used = sum(
        policy.days(other.assignment.name, other.duedate, other.timestamp) for other in earlier
    )
    return min(used, policy.free_days)


def lost(policy: Policy, submission: Any, score: float) -> float | None:
    """Points to take off a score of a submission; None where there is no penalty.

    Args:
        policy: the course's.
        submission: nbgrader's `SubmittedAssignment`, in an open session.
        score: before the penalty.
    """
    return policy.penalty(
        submission.assignment.name,
        score,
        submission.duedate,
        submission.timestamp,
        spent(policy, submission),
    )
