"""What lateness costs: percent, points, free days, and days where clocks change."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from autograder.errors import UsageError
from autograder.integrations.nbgrader import lateness
from autograder.integrations.nbgrader.lateness import DAY, Policy, Rule

DUE = datetime(2027, 2, 1, 18)
BERLIN = lateness.zone_of("Europe/Berlin")
RULES = {
    "*": {"percent_per_day": 10},
    "hard": {"percent_per_day": 30, "grace_minutes": 60, "floor_percent": 25},
    "points": {"points_per_day": 3, "floor_percent": 50},
}


def lost(lab: str, score: float, late: timedelta) -> float | None:
    return Policy(RULES).penalty(lab, score, DUE, DUE + late)


@pytest.mark.parametrize(
    ("lab", "score", "late", "expected"),
    [
        ("other", 20, timedelta(seconds=1), 2),
        ("other", 20, DAY, 2),
        ("other", 20, DAY + timedelta(seconds=1), 4),
        ("other", 20, 30 * DAY, 20),
        ("hard", 10, timedelta(hours=1), None),
        ("hard", 10, timedelta(hours=1, seconds=1), 3),
        ("hard", 10, 10 * DAY, 7.5),
        ("points", 20, timedelta(hours=1), 3),
        ("points", 20, 3 * DAY, 9),
        ("points", 20, 9 * DAY, 10),
        ("other", 20, timedelta(0), None),
        ("other", 20, -DAY, None),
    ],
)
def test_rules(lab: str, score: float, late: timedelta, expected: float | None) -> None:
    assert lost(lab, score, late) == expected


def test_no_rule_and_no_time_cost_nothing() -> None:
    assert Policy().penalty("any", 10, DUE, DUE + 10 * DAY) is None
    assert Policy(RULES).penalty("other", 10, DUE, None) is None
    assert Policy(RULES).penalty("other", 10, None, DUE) is None


def test_free_days_are_used_up_once() -> None:
    """Of three days late, two are free; where one was spent before, one is."""
    policy = Policy(RULES, free_days=2)
    assert policy.penalty("other", 20, DUE, DUE + 3 * DAY) == 2
    assert policy.penalty("other", 20, DUE, DUE + 3 * DAY, spent=1) == 4
    assert policy.penalty("other", 20, DUE, DUE + 2 * DAY) is None


@pytest.mark.parametrize(
    ("due", "arrived"),
    [
        # Clocks go back on 31 October 2027: 25 hours pass until they show the time again.
        (datetime(2027, 10, 30, 16), datetime(2027, 10, 31, 17)),
        # They go forward on 28 March 2027: 23 hours pass, and 24 are a day too.
        (datetime(2027, 3, 27, 17), datetime(2027, 3, 28, 16)),
        (datetime(2027, 3, 27, 17), datetime(2027, 3, 28, 17)),
    ],
)
def test_a_day_across_a_change_of_clocks_is_one(due: datetime, arrived: datetime) -> None:
    policy = Policy(RULES, zone=BERLIN)
    assert policy.days("other", due, arrived) == 1
    assert policy.days("other", due, arrived + timedelta(hours=1, seconds=1)) == 2


def test_without_a_zone_25_hours_are_two_days() -> None:
    assert Policy(RULES).days("other", datetime(2027, 10, 30, 16), datetime(2027, 10, 31, 17)) == 2


@pytest.mark.parametrize(
    "rule",
    [{"percent": 3}, {"percent_per_day": -1}, {"percent_per_day": 101}, {"grace_minutes": True}],
)
def test_rules_that_make_no_sense_are_named(rule: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="LatePenalty"):
        lateness.rule({"lab": rule}, "lab")


def test_points_may_be_more_than_a_hundred() -> None:
    assert lateness.rule({"lab": {"points_per_day": 250}}, "lab") == Rule(points_per_day=250)


@pytest.mark.parametrize(
    ("days", "zone", "said"),
    [(True, "UTC", "free_days"), (-1, "UTC", "free_days"), (0, "Mars/Olympus", "timezone")],
)
def test_settings_that_make_no_sense_are_named(days: int, zone: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        lateness.made({}, days, zone)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2027-02-03 18:00", datetime(2027, 2, 3, 17)),
        ("2027-07-03 18:00", datetime(2027, 7, 3, 16)),
        ("2027-02-03 18:00 UTC", datetime(2027, 2, 3, 18)),
        ("2027-02-03 18:00 America/New_York", datetime(2027, 2, 3, 23)),
        ("1801674000", datetime(2027, 2, 3, 17, 0)),
    ],
)
def test_a_typed_time_is_the_courses(text: str, expected: datetime) -> None:
    assert lateness.local_time(text, BERLIN) == expected


def test_a_typed_time_that_is_none_is_named() -> None:
    with pytest.raises(UsageError, match="`soon` is no time"):
        lateness.local_time("soon", BERLIN)
