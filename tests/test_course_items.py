"""Every item that the course was asked for stands where docs/course-items.md says."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TABLE = ROOT / "docs" / "course-items.md"
LEAST = {  # rows of each part, so that none is dropped without a word
    "The operations of a scalar engine": 12,
    "The walk of a gradient through Linear, ReLU, Linear": 18,
    "Custom ReLU: frame and objectives": 20,
    "Custom ReLU: requirements, hints, walk": 19,
    "Custom ReLU: edge cases and tests": 10,
    "Custom ReLU: extensions": 7,
    "Custom ReLU: what it is good for, takeaways, pitfalls": 18,
    "The guide to backpropagation": 15,
}


def plain(text: str) -> str:
    """Text without marks of emphasis and code, its rows joined."""
    return " ".join(re.sub(r"[*`]", "", text).split())


def rows() -> list[tuple[str, str, str, str, str]]:
    """Part, item, lab, cell and words of each row."""
    found = []
    part = ""
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            part = line[3:]
        elif line.startswith("| ") and not line.startswith("| item |"):
            item, lab, cell, words = (
                text.strip().replace("\\|", "|") for text in re.split(r"(?<!\\)\|", line)[1:-1]
            )
            found.append((part, item, lab, cell, words))
    return found


@cache
def cells(lab: str) -> dict[str, str]:
    """The texts of a lab's code cells by id, and all of its prose."""
    book = json.loads((ROOT / "labs" / lab / f"{lab}.ipynb").read_text(encoding="utf-8"))["cells"]
    prose = [cell for cell in book if cell["cell_type"] == "markdown"]
    code = {cell["id"]: plain("".join(cell["source"])) for cell in book if cell not in prose}
    return code | {"prose": plain("\n".join("".join(cell["source"]) for cell in prose))}


@pytest.mark.parametrize(("part", "item", "lab", "cell", "words"), rows())
def test_an_item_is_where_the_table_says(
    part: str, item: str, lab: str, cell: str, words: str
) -> None:
    assert cell in cells(lab), (part, item)
    assert plain(words) in cells(lab)[cell], (part, item)


def test_no_item_is_dropped() -> None:
    assert Counter(part for part, *_ in rows()) == Counter(LEAST)
    items = [(part, item) for part, item, *_ in rows()]
    assert len(set(items)) == len(items)
