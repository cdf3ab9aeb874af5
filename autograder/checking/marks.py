"""What a check is worth."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest

Check = TypeVar("Check", bound=Callable[..., None])


def points(worth: float) -> Callable[[Check], Check]:
    """Mark a check with the points that it earns."""
    return pytest.mark.points(worth)


def bonus(worth: float) -> Callable[[Check], Check]:
    """Mark a check with extra credit, outside the lab's total."""
    return pytest.mark.points(worth, bonus=True)


def allows(*functions: str) -> Callable[[Check], Check]:
    """Let a check's answer call these of the functions that the lab's `FORBIDDEN` names."""
    return pytest.mark.allows(*functions)


def gate(check: Check) -> Check:
    """Mark a check whose failure takes every point of the submission."""
    marked: Check = pytest.mark.gate(check)
    return marked
