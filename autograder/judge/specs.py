"""What a lab's checks say of themselves: what each is worth, and for which cell."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from autograder.course.labs import Lab
from autograder.model import CheckSpec


def spec_of(item: pytest.Item, lab: Lab) -> CheckSpec:
    """What a check says of itself, by its name, docstring and marks.

    Raises:
        pytest.UsageError: it lacks one of them, or belongs to no cell of the lab.
    """
    name = item.name.removeprefix("test_")
    mark, gate = item.get_closest_marker("points"), item.get_closest_marker("gate") is not None
    docstring = getattr(getattr(item, "function", None), "__doc__", None) or ""
    title = " ".join(docstring.strip().partition("\n\n")[0].split())
    if not title:
        raise pytest.UsageError(f"the check `{name}` has no docstring: it is what students read")
    families = [
        family for family in lab.families if name == family or name.startswith(f"{family}_")
    ]
    if gate and mark is None:
        return CheckSpec(name, name, title, 0.0, gate=True)
    if mark is None or not families:
        raise pytest.UsageError(
            f"the check `{name}` needs `@points(...)` and a name that starts with "
            f"a test cell's: {', '.join(lab.families)}"
        )
    family = max(families, key=len)
    return CheckSpec(
        name,
        family,
        title,
        float(mark.args[0]),
        bool(mark.kwargs.get("bonus", False)),
        gate,
    )


def require_sums(specs: Sequence[CheckSpec], lab: Lab) -> None:
    """The checks of each family are worth what its cell is: else a score would say what no
    gradebook can hold.

    Raises:
        pytest.UsageError: they are not.
    """
    for family, cell in lab.families.items():
        for worth, bonus in ((cell.points, False), (cell.bonus, True)):
            found = sum(
                spec.points for spec in specs if spec.family == family and spec.bonus == bonus
            )
            if abs(found - worth) > 1e-6:
                kind = "extra credit" if bonus else "points"
                raise pytest.UsageError(
                    f"the checks of `{family}` are worth {found:g} {kind}, its "
                    f"cell in the notebook {worth:g}"
                )
