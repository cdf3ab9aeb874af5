"""Journal, results and grades: nothing judged is lost, nothing written can be run."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from autograder.model import (
    CheckResult,
    Curve,
    Feedback,
    Judgement,
    Limits,
    Mistake,
    Status,
    Verdict,
)
from autograder.record.journal import Journal
from autograder.record.results import to_csv
from autograder.text import for_spreadsheet


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
    """Encoding and decoding are inverses."""
    one = judgement("ada")
    assert one == msgspec.json.decode(msgspec.json.encode(one), type=Judgement)


def test_a_torn_journal_loses_only_its_last_line(tmp_path: Path) -> None:
    """A run that was killed while writing goes on from the last whole line."""
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    journal.add("k1", judgement("ada"))
    journal.add("k2", judgement("bela"))
    whole = path.read_bytes()
    path.write_bytes(whole[:-40])

    again = Journal(path)
    assert {"ada"} == set(again.entries)
    again.add("k2", judgement("bela"))
    assert {"ada", "bela"} == set(Journal(path).entries)
    path.write_bytes(b"\xff garbage\n[]\n" + whole)
    assert {"ada", "bela"} == set(Journal(path).entries)


def test_only_the_very_submission_is_known(tmp_path: Path) -> None:
    """Another key, or a fault of ours, is judged again."""
    journal = Journal(tmp_path / "journal.jsonl")
    journal.add("k1", judgement("ada"))
    journal.add("k1", judgement("lost", Status.NOT_GRADED))

    assert journal.known("ada", "k1", diagnosed=False)
    assert not journal.known("ada", "k2", diagnosed=False)
    assert not journal.known("lost", "k1", diagnosed=False)


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
    assert [for_spreadsheet(text) for text in ("-1.5", "+2", "17")] == ["-1.5", "+2", "17"]
    assert for_spreadsheet("a\x1bb") == "a\N{REPLACEMENT CHARACTER}b"


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
    full = one.for_student(Feedback.FULL)
    assert (full.checks[0].message, full.checks[0].detail, len(full.curves)) == ("m", "d", 1)
    hint = one.for_student(Feedback.HINT)
    assert (hint.checks[0].message, hint.checks[0].detail, len(hint.mistakes)) == ("m", "", 1)
    bare = one.for_student(Feedback.VERDICT)
    assert (bare.checks[0].message, bare.checks[0].detail, bare.mistakes) == ("", "", ())


def test_what_lost_points_undiagnosed_is_judged_again_for_pages(tmp_path: Path) -> None:
    """A run without feedback keeps verdicts; one with it asks again only for what has no name."""
    journal = Journal(tmp_path / "journal.jsonl")
    journal.add("k1", judgement("ada"))

    assert journal.known("ada", "k1", diagnosed=False)
    assert not journal.known("ada", "k1", diagnosed=True)
    journal.add("k1", replace(judgement("ada"), diagnosed=True))
    assert Journal(journal.path).known("ada", "k1", diagnosed=True)


def test_the_journal_is_its_owners_alone(tmp_path: Path) -> None:
    """Judgements hold other students' work: nobody else on the machine reads them."""
    journal = Journal(tmp_path / "lab" / "journal.jsonl")
    journal.add("k1", judgement("ada"))
    journal.compact(["ada"])

    assert journal.path.stat().st_mode & 0o777 == 0o600
    assert journal.path.parent.stat().st_mode & 0o777 == 0o700
