"""Needs your eye: everything that an instructor must look at, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from courses import LAB, ROOT, make_course
from test_pages import check, judged, make_lab

from autograder.commands import planning
from autograder.commands.planning import Options
from autograder.course import labs, roster
from autograder.course.roster import Person
from autograder.integrations.nbgrader import gradebook
from autograder.layout import TIMESTAMP
from autograder.model import Audience, Note, Status
from autograder.pages import attention, render, statistics

ENDLESS = "no answer within 10 s: an endless loop?"
SYNTAX = "the answer cell ended with an error: SyntaxError: invalid syntax"


@pytest.mark.parametrize(
    ("verdict", "message", "said"),
    [
        ("wall_limit", ENDLESS, "time limit took 4 of 5 points, for one reason: no answer within"),
        ("cpu_limit", "more than 30 s of processor time used", "cpu limit took 4 of 5"),
        ("crashed", "the Python process ended (exit status 0)", "crashed took 4 of 5"),
        ("memory_limit", "more memory was asked for", "memory limit took 4 of 5"),
        ("student_error", SYNTAX, "error took 4 of 5 points, for one reason: the answer cell"),
        ("student_error", "your code raised NameError: name 'np' is not defined", "'np' is not"),
        ("missing", "`custom_relu` is not defined: the notebook ended without it", "not written"),
    ],
)
def test_one_technical_reason(verdict: str, message: str, said: str) -> None:
    """A limit, an end, or how the notebook was saved took most of the points."""
    member = judged(
        "eve",
        check("first", worth=1),
        *(check(f"check{n}", verdict, 2.0, message=message) for n in range(2)),
    )
    (found,) = attention.attention(member)
    assert found.kind == "technical"
    assert said in found.reason
    report = statistics.report(make_lab(), [member])
    assert "One technical reason" in render.report_page(make_lab(), report)


def test_what_is_no_technical_reason() -> None:
    """Half of the points or less, several reasons, wrong answers, untouched stubs, extra credit."""
    few = [check("a", "wall_limit", 2.5, message=ENDLESS), check("b", worth=2.5)]
    several = [
        check("a", "wall_limit", 2.0, message=ENDLESS),
        check("b", "crashed", 2.0, message="ended"),
        check("c", worth=1),
    ]
    stub = [check("a", "missing", 5.0, message="not written yet, or the stub's line is there")]
    wrong = [check("a", "wrong", 5.0, message="the result is wrong")]
    bug = [check("a", "student_error", 5.0, message="your code raised TypeError: no")]
    extra = [check("a", worth=5), check("b", "crashed", 9.0, message="ended", bonus=True)]
    for checks in (few, several, stub, wrong, bug, extra, []):
        assert attention.attention(judged("ada", *checks)) == []


def test_a_gate_says_it_alone() -> None:
    """Whoever lost everything to a gate is not told of a technical reason as well."""
    gate = check("gate", "wrong", 0, gate=True, message="copied")
    lost = check("a", "crashed", 5.0, message="ended")
    assert [one.kind for one in attention.attention(judged("eve", gate, lost))] == ["gate"]


def test_a_notebook_beside_the_one_that_was_graded() -> None:
    text = "other notebooks lie beside `lab03_relu.ipynb` and were not graded: final.ipynb"
    member = judged("eve", check("a", worth=5), notes=(Note(text), Note("edited")))
    assert attention.attention(member) == [attention.Attention("eve", "file", text)]


def test_every_kind_has_its_place_and_its_word() -> None:
    asked = (
        Note("late?", Audience.INSTRUCTOR, "time"),
        Note("whose?", Audience.INSTRUCTOR, "whose"),
    )
    members = [
        judged("z", check("a", "crashed", 5.0, message="ended"), notes=asked),
        *(judged(str(s), status=s, reason="r") for s in Status if s != Status.GRADED),
    ]
    report = statistics.report(make_lab(), members)
    kinds = [one.kind for one in report.attention]
    assert kinds == sorted(kinds, key=attention.KINDS.index)
    assert set(render.KINDS) == set(attention.KINDS)
    assert set(kinds) <= set(render.KINDS)


def test_times_and_ids_that_are_not_known(tmp_path: Path) -> None:
    """One hand-in without a time among others that have one, where lateness counts; an id that the
    roster does not have.
    """
    place = make_course(tmp_path / "course", ["ada", "bela", "chen"])
    for student in ("ada", "bela"):
        at = place / "submitted" / student / LAB / TIMESTAMP
        at.write_text("2027-02-01 12:00:00 UTC\n")
    (place / "submitted" / "chen" / LAB / TIMESTAMP).unlink(missing_ok=True)
    people = [Person("ada"), Person("chen", first_name="Chen")]
    roster.write(place, roster.with_people(people))
    options = Options(place, place / "submitted", place / "graded")
    lab = replace(labs.load(place, LAB), checks=labs.load(ROOT, LAB).checks)

    def asked() -> dict[str, list[str]]:
        made = planning.plan(options, lab)
        return {who: [note.asks for note in notes] for who, notes in made.asks.items()}

    assert asked() == {"bela": ["whose"]}
    (place / "graded").mkdir()
    with gradebook.written(options.db_url) as book:
        gradebook.make_known(book, lab)
        book.update_or_create_assignment(LAB, duedate="2027-02-01 17:00 UTC")
    assert asked() == {"bela": ["whose"], "chen": ["time"]}
    for student in ("ada", "bela"):  # a course without times asks for none
        (place / "submitted" / student / LAB / TIMESTAMP).unlink()
    assert asked() == {"bela": ["whose"]}


def test_files_that_nobody_grades_stand_on_the_course_page() -> None:
    lab = make_lab()
    report = statistics.report(lab, [])
    page = render.course_page([lab], {lab.name: report})
    assert "nobody grades" not in page
    pieces = render.course_pieces([lab], {lab.name: report}, strays=["`a<b>.ipynb` lies in no lab"])
    assert "Files that nobody grades" in (page := "".join(pieces))
    assert "<code>a&lt;b&gt;.ipynb</code> lies in no lab" in page
