"""Numbers in the labs' prose are computed.

`solutions/<lab>/claims.py` does it, and says where they must stand.
"""

from __future__ import annotations

import importlib.util
import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from autograder.course import answers, labs, starters
from autograder.course.answers import Answer

pytestmark = pytest.mark.slow  # every claim of the labs

ROOT = Path(__file__).parent.parent
LABS = labs.names(ROOT)
ASKED = {
    "right",
    "wrong",
}  # what a claim may want: the reference's names, and the catalogued wrong answers


@dataclass(frozen=True)
class Wrong:
    """A catalogued wrong answer: the cells that it replaces, and what the lab's cells define with
    it.
    """

    name: str
    cells: frozenset[str]
    names: dict[str, Any]


def module(lab: str) -> ModuleType:
    """A lab's claims."""
    spec = importlib.util.spec_from_file_location(
        f"claims_{lab}", ROOT / "solutions" / lab / "claims.py"
    )
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def claims() -> Iterator[Any]:
    """Every claim: a public function that asks for nothing, or for right or wrong answers."""
    for lab in LABS:
        for name, function in inspect.getmembers(module(lab), inspect.isfunction):
            asked = set(inspect.signature(function).parameters)
            if (
                asked <= ASKED
                and not name.startswith("_")
                and function.__module__.startswith("claims_")
            ):
                yield pytest.param(lab, function, id=f"{lab}-{name}")


def names_with(lab: labs.Lab, answer: Answer) -> dict[str, Any]:
    """What the lab's given and answer cells define."""
    namespace: dict[str, Any] = {"__name__": lab.name}
    for cell in lab.cells:
        if cell.role in ("given", "answer"):
            exec(
                compile(
                    answer.cells[cell.key] if cell.role == "answer" else cell.source,
                    cell.cell_id,
                    "exec",
                ),
                namespace,
            )
    return namespace


@cache
def right_names(name: str) -> dict[str, Any]:
    """What the lab's cells define with the reference."""
    lab = labs.load(ROOT, name)
    return names_with(lab, answers.reference(lab))


@cache
def wrong_answers(name: str) -> list[Wrong]:
    """The catalogue of a lab, each answer with what it defines."""
    lab = labs.load(ROOT, name)
    reference = answers.reference(lab)
    made = []
    for path in lab.mistakes():
        answer = answers.read_answer(path, list(lab.answers))
        whole = answers.complete(answer, reference)
        changed = frozenset(
            key
            for key, text in answer.cells.items()
            if text.strip() != reference.cells[key].strip()
        )
        made.append(Wrong(answer.name, changed, names_with(lab, whole)))
    return made


def prose(lab: str) -> str:
    """The text of a lab's source, its rows joined."""
    text = (ROOT / "solutions" / lab / f"{lab}.py").read_text(encoding="utf-8")
    lines = [line.removeprefix("#").strip() for line in text.splitlines() if line.startswith("#")]
    return re.sub(r"\s+", " ", " ".join(lines))


@pytest.mark.parametrize(("lab", "claim"), list(claims()))
@pytest.mark.filterwarnings("ignore")
def test_what_the_prose_says_is_what_code_finds(
    lab: str, claim: Callable[..., str | list[str]]
) -> None:
    """Each text that a claim makes of its numbers stands in the lab."""
    has: dict[str, Callable[[str], Any]] = {"right": right_names, "wrong": wrong_answers}
    found = claim(**{name: has[name](lab) for name in inspect.signature(claim).parameters})
    for text in [found] if isinstance(found, str) else found:
        assert text in prose(lab)


@pytest.mark.parametrize("lab", LABS)
def test_claims_are_no_lab_and_no_answer(lab: str) -> None:
    """The file beside a lab's source is neither taken for a source nor for an answer."""
    path = ROOT / "solutions" / lab / "claims.py"
    known = labs.load(ROOT, lab)
    assert path.is_file()
    assert path not in [*known.mistakes(), *known.alternatives()]
    assert path.parent in starters.lab_sources(ROOT)


@pytest.mark.parametrize("mistake", ["kink_one", "kink_half"])
def test_the_corner_costs_only_the_corner(mistake: str) -> None:
    """A wrong slope at 0 fails the visible test of the corner and no other, as in grading."""
    (wrong,) = (answer for answer in wrong_answers("lab03_custom_relu") if answer.name == mistake)
    failed = set()
    for cell in labs.load(ROOT, "lab03_custom_relu").cells:
        if cell.role == "test":
            try:
                exec(compile(cell.source, cell.cell_id, "exec"), dict(wrong.names))
            except AssertionError:
                failed.add(cell.key)
    assert failed == {"zero_edge"}
