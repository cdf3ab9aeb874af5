"""What is final stands beside what the checks gave: on pages, the report and in grades.csv, as the
exports have it.
"""

from __future__ import annotations

import csv
import html
import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from courses import LAB, ROOT, make_course, run
from test_pages import a_class, check, judged, make_lab, report_of

from autograder.course import labs
from autograder.integrations.lms import grades
from autograder.integrations.nbgrader import finals, gradebook
from autograder.model import CheckResult, Judgement, Status, Verdict
from autograder.pages import render, statistics
from autograder.record import results
from autograder.record.finals import Final, outcome

NOTHING: Mapping[str, Final] = {}


def words(page: str) -> str:
    """What a page says, without its style and script."""
    text = re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def test_a_score_is_taken_apart() -> None:
    member = judged("ada", check("forward", worth=2), check("cuda", worth=1, bonus=True))
    plain = outcome(member, None)
    assert (plain.checks, plain.final, plain.is_changed) == (3.0, 3.0, False)
    given = outcome(member, Final(5.0, 1.5, 3.5))
    assert (given.checks, given.by_hand, given.late, given.final) == (3.0, 2.0, 1.5, 3.5)
    lowered = outcome(member, Final(1.0, 0.0, 1.0))
    assert (lowered.by_hand, lowered.is_changed) == (-2.0, True)
    unread = replace(member, status=Status.NEEDS_EYE, checks=(), score=0.0, bonus=0.0)
    assert outcome(unread, None).final is None
    given = outcome(unread, Final(4.0, 0.0, 4.0))
    assert (given.checks, given.by_hand, given.final) == (None, 4.0, 4.0)
    assert not outcome(member, Final(3.0, 0.0, 3.0, ("good",))).is_changed


def test_a_student_s_page_shows_it_and_the_comment() -> None:
    """In their order: checks, by hand, late, final; what an instructor wrote is text, not HTML."""
    lab = make_lab()
    member = judged("ada", check("forward", worth=2), check("zero_edge", "wrong", worth=3))
    view = member.for_student(lab.feedback)
    final = Final(4.0, 0.5, 3.5, ("See me,\n\n<script>alert(1)</script> `x >= 0`",))
    page = render.feedback_page(lab, view, final=final)
    said = words(page)
    assert (
        "3.5 of 5 points the checks gave 2 by hand +2 for lateness \N{MINUS SIGN}0.5 final 3.5"
        in said
    )
    assert "From your instructor See me, <script>alert(1)</script> x >= 0" in said
    assert "<script>alert" not in page
    plain = words(render.feedback_page(lab, view))
    assert "2 of 5 points" in plain
    for word in ("by hand", "lateness", "From your instructor"):
        assert word not in plain


def test_points_by_hand_end_the_wait() -> None:
    """A submission that nobody could read has the points that a person gave."""
    lab = make_lab()
    member = judged("ann", status=Status.NEEDS_EYE, reason="it is not JSON")
    said = words(render.feedback_page(lab, member.for_student(lab.feedback), "", Final(4, 0, 4)))
    assert "A person has looked at your submission and gave these points." in said
    assert "No score yet" not in said
    assert "4 of 5 points the checks gave no score" in said
    report = statistics.report(lab, [member], finals={"ann": Final(4, 0, 4)})
    assert report.attention == ()
    assert report.students[0].attention == ()
    waiting = statistics.report(lab, [member], finals={"ann": Final(None, comments=("wait",))})
    assert [one.kind for one in waiting.attention] == ["needs_eye"]


def test_the_report_has_columns_where_something_is_by_hand() -> None:
    lab, members = make_lab(), a_class()
    plain = render.report_page(lab, report_of(lab, members))
    assert ">By hand<" not in plain
    assert ">Score<" in plain
    first = members[0]
    before = first.score + first.bonus + 1
    changed = {first.student: Final(before, 0.5, before - 0.5, ("well done",))}
    report = statistics.report(lab, members, finals=changed)
    page = render.report_page(lab, report)
    for head in ("Checks", "By hand", "Late", "Final"):
        assert f">{head}</th>" in page
    (row,) = re.findall(rf"<tr data-words=\"{first.student} .*?</tr>", page, re.DOTALL)
    cells = re.findall(r"<td.*?</td>", row, re.DOTALL)
    end = f"{before - 0.5:g}"
    assert [words(cell) for cell in cells[2:5]] == ["+1", "\N{MINUS SIGN}0.5", end]
    assert "commented" in words(cells[5])
    course = words(render.course_page([lab], {lab.name: report}))
    assert f"{end} final" in course


def test_tables_for_spreadsheets_have_it() -> None:
    lab = make_lab()
    members = [
        judged("ada", check("forward", worth=2)),
        judged("bo", status=Status.NEEDS_EYE, reason="it is not JSON"),
    ]
    changed = {"ada": Final(3.0, 1.0, 2.0)}
    rows = list(csv.DictReader(results.csv_lines(results._grades(lab, members, changed))))
    assert [(row["score"], row["by_hand"], row["late"], row["final"]) for row in rows] == [
        ("2", "1", "1", "2"),
        ("", "", "", ""),
    ]


def judgement(lab: labs.Lab, student: str, **points: float) -> Judgement:
    checks = tuple(
        CheckResult(name, name, Verdict.PASSED, earned, 9.0, family=name, bonus=name == "cuda")
        for name, earned in points.items()
    )
    return replace(
        Judgement(student, lab.name, Status.GRADED, max_score=lab.max_score, checks=checks)
    ).scored()


def by_hand(url: str, student: str, points: Mapping[str, float], said: str = "") -> None:
    """What an instructor does in formgrader."""
    with gradebook.written(url) as book:
        for name, given in points.items():
            book.find_grade(name, LAB, LAB, student).manual_score = given
        notebook = book.find_submission_notebook(LAB, LAB, student)
        if said:
            next(c for c in notebook.comments if c.name == "answer-relu").manual_comment = said


def late(url: str, student: str, lost: float) -> None:
    with gradebook.written(url) as book:
        book.find_submission_notebook(LAB, LAB, student).late_submission_penalty = lost


def test_pages_and_exports_agree(tmp_path: Path) -> None:
    """One function works out what is final; only those are read whom somebody or lateness
    changed; the grader's own extra credit is no change.
    """
    lab, url = labs.load(ROOT, LAB), f"sqlite:///{tmp_path / 'gradebook.db'}"
    members = [
        judgement(lab, "ada", forward=3.0, zero_edge=1.0, cuda=1.0),
        judgement(lab, "bo", forward=2.0),
        judgement(lab, "cy", forward=3.0),
    ]
    assert finals.changed(url, lab) == []
    gradebook.record(url, lab, members)
    assert finals.changed(url, lab) == []
    by_hand(url, "ada", {"zero_edge": 2.5}, "nearly")
    late(url, "cy", 4.0)
    rows = finals.changed(url, lab)
    assert [(row[0], row[2]) for row in rows] == [
        ("ada", "by hand"),
        ("cy", "late"),
        ("ada", "comment"),
    ]
    known = finals.read(url, lab, rows)
    assert known == {"ada": Final(6.5, 0.0, 6.5, ("nearly",)), "cy": Final(3.0, 4.0, 0.0)}
    exported = grades.read(url).scores
    assert {student: exported[student, LAB] for student in known} == {"ada": 6.5, "cy": 0.0}
    assert outcome(members[0], known["ada"]).by_hand == 1.5
    gradebook.record(url, lab, members)
    assert finals.read(url, lab, finals.changed(url, lab)) == known


@pytest.mark.slow
def test_later_points_appear_with_the_next_run(tmp_path: Path) -> None:
    """Nothing is judged for them; what did not change is not written again."""
    place = make_course(tmp_path / "course", ["ada", "dora"])
    shutil.copy(ROOT / "nbgrader_config.py", place)
    run(place, "autograder", "grade")
    graded, url = place / "graded", f"sqlite:///{place / 'graded' / 'gradebook.db'}"
    journal = (graded / LAB / "journal.jsonl").stat()
    others = (graded / LAB / "feedback" / "ada.html").read_bytes()
    by_hand(url, "dora", {"zero_edge": 2.0}, "A convention, granted.")
    run(place, "autograder", "grade")
    page = graded / LAB / "feedback" / "dora.html"
    assert "the checks gave 17 by hand +2 final 19" in words(page.read_text())
    assert "A convention, granted." in page.read_text()
    assert "Final" in words((graded / LAB / "report.html").read_text())
    assert (graded / "grades.csv").read_text().splitlines() == [
        f"student,{LAB},{LAB}/final",
        "ada,20,20",
        "dora,17,19",
    ]
    lines = (graded / LAB / "grades.csv").read_text().splitlines()
    table: list[Any] = list(csv.DictReader(lines))
    assert [(row["by_hand"], row["final"]) for row in table] == [("0", "20"), ("2", "19")]
    assert (graded / LAB / "feedback" / "ada.html").read_bytes() == others
    assert (graded / LAB / "journal.jsonl").stat() == journal
    written = page.stat()
    run(place, "autograder", "grade")
    assert page.stat() == written
