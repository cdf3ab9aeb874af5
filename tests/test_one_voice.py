"""The labs read as one course: the same table on top, the same line below every exercise, hints and
expectations in the same words.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from autograder.course import labs, starters, template
from autograder.course.labs import Lab
from autograder.errors import UsageError
from autograder.judge import session

ROOT = Path(__file__).parent.parent
LABS = labs.find(ROOT, ())
ROWS = ["Difficulty", "Time", "You need", "You will be able to", "Points"]
MINUTES = 480  # of the whole course
HINT = re.compile(r"<summary><b>Hint (\d+): [^<]+</b></summary>")
# What a visible test may say instead of "expected".
OTHER_WORDS = re.compile(r"should (?:be|give|stay|have)|\bwant(?:ed)?\b.*\{|must be\b")
STRING = re.compile(r'f?"([^"\n]*)"')


def texts(lab: Lab) -> list[str]:
    return list(lab.prose)


def points(lab: Lab, extra: bool) -> float:
    return sum(cell.bonus if extra else cell.points for cell in lab.families.values())


@pytest.fixture(params=LABS, ids=[lab.name for lab in LABS])
def lab(request: pytest.FixtureRequest) -> Lab:
    found: Lab = request.param
    return found


def test_the_table_on_top_has_the_same_rows_and_says_what_is_so(lab: Lab) -> None:
    """Difficulty, minutes and points are those that the grader and the course page have."""
    first = lab.prose[0]
    rows = dict(re.findall(r"^\| \*\*(.+?)\*\* \| (.+) \|$", first, re.MULTILINE))
    assert list(rows) == ROWS
    assert rows["Difficulty"] == lab.difficulty
    assert re.match(r"# Lab 0\d(?: extensions)?: \S", first)
    extra = sum(one.minutes for one in lab.exercises if one.extra)
    time = f"{lab.minutes} minutes" + (f", and {extra} for the extra credit" if extra else "")
    assert rows["Time"].split(";")[0] == time
    worth = [(name, cell.points) for name, cell in lab.families.items() if cell.points]
    told = f"{points(lab, False):g}: " + " · ".join(f"{name} {n:g}" for name, n in worth)
    more = points(lab, True)
    assert rows["Points"] == told + (f"; {more:g} more for the extra credit" if more else "")


def test_exercises_add_up_to_their_lab(lab: Lab) -> None:
    """Every test belongs to one exercise, and minutes and points are the lab's."""
    counted = [one for one in lab.exercises if not one.extra]
    assert sum(one.minutes for one in counted) == lab.minutes
    tests = [test for one in lab.exercises for test in one.tests]
    assert sorted(tests) == sorted(lab.families)
    worth = sum(lab.families[test].points for one in counted for test in one.tests)
    assert worth == lab.max_score == 20
    assert [one.number for one in lab.exercises] == list(range(1, len(lab.exercises) + 1))
    for one in lab.exercises:
        assert all((lab.families[test].points == 0) == one.extra for test in one.tests)


def test_each_exercise_says_its_worth_below_its_heading(lab: Lab) -> None:
    """Points, minutes, difficulty and goal, in one form."""
    whole = "\n".join(texts(lab))
    for one in lab.exercises:
        cells = [lab.families[test] for test in one.tests]
        worth = sum(cell.points + cell.bonus for cell in cells)
        extra, more = (", extra credit", " more") if one.extra else ("", "")
        assert (
            f"# Exercise {one.number}{extra}: {one.title}\n\n*{worth:g} points{more} · about "
            f"{one.minutes} minutes · {one.difficulty} · you will be able to {one.goal}*\n" in whole
        )


def test_hints_are_named_alike_and_numbered(lab: Lab) -> None:
    """`Hint 1: what it is about`, from 1 in every group."""
    for text in texts(lab):
        numbers = [int(number) for number in HINT.findall(text)]
        assert text.count("<summary><b>Hint") == len(numbers)
        assert not re.search(r"<summary>Hint", text)
        assert numbers == list(range(1, len(numbers) + 1))
    assert any(HINT.search(text) for text in texts(lab))


def test_visible_tests_say_what_is_expected_in_one_phrase(lab: Lab) -> None:
    """`..., expected ...`, and no other words for it."""
    for cell in lab.cells:
        if cell.role in ("test", "given"):
            strings = [text for text in STRING.findall(cell.source) if "{" in text]
            assert [text for text in strings if OTHER_WORDS.search(text)] == [], cell.cell_id


def test_every_lab_says_how_to_get_help(lab: Lab) -> None:
    """The same cell in each, with names of the lab's own in the text above it."""
    book = json.loads(lab.notebook.read_text())["cells"]
    assert book[2]["id"] == f"demo-{template.HELP}"
    told = "".join(book[1]["source"])
    (test,) = re.findall(r'hint\("(\w+)"\)', told)
    (answer,) = re.findall(r'reset\("(\w+)"\)', told)
    assert test in lab.families
    assert answer in lab.answers


def test_the_map_holds_the_whole_course() -> None:
    """A row for each exercise; the minutes of all labs are the course's."""
    assert sum(lab.minutes for lab in LABS) == MINUTES
    page = starters.index(LABS)
    assert (ROOT / "labs" / "index.ipynb").read_text() == page
    text = "".join(json.loads(page)["cells"][0]["source"])
    assert f"In all {MINUTES} minutes and 120 points" in text
    rows = [line for line in text.splitlines() if re.match(r"\| [^|]+ \| \d\. ", line)]
    assert len(rows) == sum(len(lab.exercises) for lab in LABS)


def script(*cells: tuple[str, str, dict[str, Any]], exercises: list[dict[str, Any]]) -> Any:
    """As much of a script as the template reads."""
    made = [{"cell_type": kind, "source": text, "metadata": about} for kind, text, about in cells]
    return {"metadata": {"autograder": {"exercises": exercises}}, "cells": made}


GOOD = {"goal": "do it", "tests": ["a"], "minutes": 5, "difficulty": "easy"}
TEST = ("code", "", {"test": "a", "points": 2})


@pytest.mark.parametrize(
    ("heading", "exercises", "told"),
    [
        ("## Exercise 2: it", [GOOD], "where exercise 1 of 1 is next"),
        ("## It", [GOOD], "names 1 exercises in its header and has 0 headings"),
        ("## Exercise 1: it", [GOOD | {"difficulty": "odd"}], "one of easy, medium, hard"),
        ("## Exercise 1: it", [GOOD | {"tests": ["b"]}], "names no test: `b`"),
        (
            "## Exercise 1: it",
            [GOOD | {"tests": []}],
            "test `a` of `lab.py` belongs to no exercise",
        ),
    ],
)
def test_exercises_that_do_not_fit_their_headings_are_refused(
    heading: str, exercises: list[dict[str, Any]], told: str
) -> None:
    book = script(("markdown", heading, {}), TEST, exercises=exercises)
    with pytest.raises(UsageError, match=re.escape(told)):
        template.number_exercises(book, "lab")


def test_a_lab_without_exercises_is_left_as_it_is() -> None:
    book = script(("markdown", "## Exercise 1: it", {}), TEST, exercises=[])
    template.number_exercises(book, "lab")
    assert book["cells"][0]["source"] == "## Exercise 1: it"


def test_each_hidden_check_says_on_its_page_what_it_asks(lab: Lab) -> None:
    """In whole sentences: a title is all of the docstring's first part, however it is broken."""
    titles = session.run(lab, lambda checks: [spec.title for spec in checks.specs])

    assert titles
    assert [title for title in titles if not title.endswith(".")] == []
