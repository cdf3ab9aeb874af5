"""Journal, results and grades: nothing judged is lost, nothing written can be run."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from autograder.model import CheckResult, Curve, Judgement, Limits, Mistake, Status, Verdict
from autograder.record.journal import Journal
from autograder.record.results import safe_cell, to_csv


def judgement(student: str, status: Status = Status.GRADED) -> Judgement:
    check = CheckResult("zero_edge", "title", Verdict.WRONG, 0.0, 3.0, "m", "d", 0.1, "zero_edge")
    curve = Curve("value", (0.0, 1.0), (None, 2.0), (0.0, 1.0))
    return Judgement(
        student,
        "lab",
        status,
        None,
        1.0,
        3.0,
        checks=(check,),
        mistakes=(Mistake("kink", "hint"),),
        curves=(curve,),
    )


def test_a_judgement_survives_the_disk() -> None:
    """to_dict and from_dict are inverses, through JSON."""
    one = judgement("ada")
    assert one == Judgement.from_dict(json.loads(json.dumps(one.to_dict())))


def test_a_torn_journal_loses_only_its_last_line(tmp_path: Path) -> None:
    """A run that was killed while writing goes on from the last whole line."""
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    journal.begin(7, "full")
    journal.add("k1", judgement("ada"))
    journal.add("k2", judgement("bela"))
    whole = path.read_bytes()
    path.write_bytes(whole[:-40])

    again = Journal(path)
    assert (7, {"ada"}) == (again.seed, set(again.entries))
    again.add("k2", judgement("bela"))
    assert {"ada", "bela"} == set(Journal(path).entries)
    path.write_bytes(b"\xff garbage\n[]\n" + whole)
    assert {"ada", "bela"} == set(Journal(path).entries)


def test_only_the_very_submission_is_known(tmp_path: Path) -> None:
    """Another key, or a fault of ours, is judged again."""
    journal = Journal(tmp_path / "journal.jsonl")
    journal.add("k1", judgement("ada"))
    journal.add("k1", judgement("lost", Status.NOT_GRADED))

    assert journal.known("ada", "k1") is not None
    assert journal.known("ada", "k2") is None
    assert journal.known("lost", "k1") is None


@pytest.mark.parametrize(
    "text", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0"]
)
def test_no_cell_is_a_formula(text: str) -> None:
    """What a spreadsheet would run gets an apostrophe; control characters go."""
    (row,) = csv.reader([to_csv([[text]]).rstrip("\n")])
    assert row[0].startswith("'")
    assert row[0].isprintable()


def test_numbers_stay_numbers() -> None:
    """A negative number is no formula."""
    assert [safe_cell(text) for text in ("-1.5", "+2", "17")] == ["-1.5", "+2", "17"]
    assert safe_cell("a\x1bb") == "a\N{REPLACEMENT CHARACTER}b"


def test_limits_are_checked() -> None:
    """An unknown or impossible limit is named."""
    assert Limits.from_dict({"call_seconds": 5}).call_seconds == 5.0
    with pytest.raises(ValueError, match="unknown limit `seconds`"):
        Limits.from_dict({"seconds": 5})
    for value in (0, -1, True, "5"):
        with pytest.raises(ValueError, match="positive number"):
            Limits.from_dict({"memory": value})


def test_what_a_student_may_see() -> None:
    """`hint` drops values, `verdict` drops everything but verdicts, `full` nothing."""
    one = judgement("ada")
    assert one == one.shown("full")
    hint = one.shown("hint")
    assert (hint.checks[0].message, hint.checks[0].detail, len(hint.mistakes)) == ("m", "", 1)
    bare = one.shown("verdict")
    assert (bare.checks[0].message, bare.checks[0].detail, bare.mistakes) == ("", "", ())
