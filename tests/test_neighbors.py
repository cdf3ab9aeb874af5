"""What one submission holds, another does not lack: at every level, as root and as an ordinary
user.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import neighbors
import ordinary_user
import pytest
from hostile_class import LEVELS

from autograder.sandbox import privileges

pytestmark = pytest.mark.slow  # students beside each other at every level

SETS = {**LEVELS, "strong, counted": ("namespaces",)}
USERS = ("root", "ordinary") if os.getuid() == 0 else ("ordinary",)


def ask(user: str, options: dict[str, Any]) -> dict[str, Any]:
    """Run the two neighbors as this user."""
    if user == "ordinary" and os.getuid() == 0:
        try:
            said: dict[str, Any] = ordinary_user.run(Path(neighbors.__file__), options)
        except OSError as error:
            pytest.skip(f"no ordinary user can be tried here: {error}")
        return said
    return neighbors.control() if options.get("control") else neighbors.tried(options["masked"])


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("layers", SETS)
def test_a_neighbor_cannot_hold_an_honest_ones_threads(layers: str, user: str) -> None:
    """An honest answer works with its threads while its neighbors hold all that they can get.

    A neighbor gets its share: the kernel refuses it more, or the zygote ends it.
    """
    said = ask(user, {"masked": SETS[layers]})

    assert said["level"] == layers.partition(",")[0]
    assert said["modest"].split()[0] == str(neighbors.FEW)
    held = said["greedy"].split()[0]
    assert "more threads than are allowed" in said["greedy"] or (
        neighbors.FEW <= int(held) <= privileges.MAX_THREADS
    )
    assert said["neighbor"] == "done \n"


def test_without_the_sandbox_a_neighbor_does_hold_them() -> None:
    """The kernel counts an ordinary user's threads together, so that the test above proves
    something.
    """
    said = ask("ordinary", {"control": True})

    assert "can't start new thread" in said["greedy"]
    assert "can't start new thread" in said["neighbor"]


def test_zygotes_draw_different_users() -> None:
    """Two graders of one machine give their students' processes users of their own."""
    drawn = [next(privileges.private_uids()) for _ in range(20)]

    assert len(set(drawn)) == 20
    assert set(drawn) <= set(privileges.PRIVATE_UIDS)
