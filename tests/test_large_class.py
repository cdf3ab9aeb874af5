"""A class of any size: nothing is held that can be read again, and nothing is lost for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from answers import RIGHT, ZEROS
from test_faults import hand_in
from test_record import judgement

from autograder.commands.grade import Ended, Options, grade
from autograder.commands.planning import pending, plan, unwritten
from autograder.course import answers as solutions
from autograder.course import labs
from autograder.course.answers import Answer
from autograder.course.labs import Lab
from autograder.course.submissions import Submission
from autograder.errors import SandboxUnavailable, UsageError
from autograder.integrations.lms import exports
from autograder.integrations.nbgrader import gradebook, settings
from autograder.judge.grader import Grader
from autograder.model import Judgement, Level, Status
from autograder.record import results
from autograder.record.journal import Journal

ROOT = Path(__file__).parent.parent
LAB = "lab03_custom_relu"


@pytest.fixture
def lab() -> Lab:
    return labs.load(ROOT, LAB)


def a_class(count: int) -> list[Judgement]:
    return [replace(judgement(f"s{n}"), lab=LAB, seed=n, level=Level.FULL) for n in range(count)]


# -- the journal -----------------------------------------------------------------------------------


def test_judgements_are_read_when_they_are_asked_for(tmp_path: Path) -> None:
    """The journal keeps where they stand, also when it is written anew."""
    journal = Journal(tmp_path / "lab" / "journal.jsonl")
    members = a_class(5)
    for one in [*members, replace(members[1], score=0.5)]:
        journal.add(f"key of {one.student}", one)

    assert journal.judgements["s1"].score == 0.5
    assert list(journal.judgements) == ["s0", "s1", "s2", "s3", "s4"]
    journal.compact(["s3", "s1"])
    assert list(journal.judgements.values()) == [replace(members[1], score=0.5), members[3]]
    journal.add("key of s4", members[4])
    for kept in (journal, Journal(journal.path)):
        assert list(kept.judgements.values())[-1] == members[4]
        assert len(kept.judgements) == 3
        assert "s0" not in kept.judgements
    assert journal.path.read_bytes().count(b"\n") == 3


def test_what_is_in_memory_of_a_judgement_is_small(tmp_path: Path) -> None:
    """A place in a file, and no text of the judgement's."""
    journal = Journal(tmp_path / "journal.jsonl")
    journal.add("k", replace(judgement("ada"), reason="a reason " * 1000))
    (place,) = journal.entries.values()
    assert "a reason" not in repr(place)
    assert not hasattr(place, "__dict__")


# -- results ---------------------------------------------------------------------------------------


def test_many_results_are_lines_of_the_same_schema(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the place of `results.json`, which comes back when the class is small again."""
    monkeypatch.setattr(results, "MOST_WHOLE", 3)
    members = [*a_class(3), replace(judgement("last", Status.NEEDS_EYE), lab=LAB)]
    results.write_lab(tmp_path / LAB, lab, members[:3])
    assert results.written(tmp_path / LAB) == tmp_path / LAB / "results.json"
    whole = json.loads((tmp_path / LAB / "results.json").read_text())["submissions"]

    results.write_lab(tmp_path / LAB, lab, members)

    assert not (tmp_path / LAB / "results.json").exists()
    path = results.written(tmp_path / LAB)
    assert path == tmp_path / LAB / "results.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    schema = json.loads((ROOT / "docs" / "results.schema.json").read_text())
    for line in lines:
        jsonschema.validate(line, schema)
        assert (line["sandbox"], line["seed"]) == ("none", None)
    assert [line["submissions"][0] for line in lines[:3]] == whole
    assert lines[3]["submissions"][0]["score"] is None

    results.write_lab(tmp_path / LAB, lab, members[:2])
    assert results.written(tmp_path / LAB) == tmp_path / LAB / "results.json"
    assert not path.exists()


def test_exports_read_lines_as_well(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table with a column a check is the same."""
    results.write_lab(tmp_path / LAB, lab, a_class(4))
    whole = exports.read_results(tmp_path, [LAB, "lab_without_results"])
    monkeypatch.setattr(results, "MOST_WHOLE", 3)
    results.write_lab(tmp_path / LAB, lab, a_class(4))
    assert exports.read_results(tmp_path, [LAB, "lab_without_results"]) == whole
    assert [one["student"] for one in whole[LAB]["submissions"]] == ["s0", "s1", "s2", "s3"]


# -- the gradebook ---------------------------------------------------------------------------------


def test_a_batch_is_one_transaction(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nbgrader commits several times a student is committed once for many."""
    from sqlalchemy import event
    from sqlalchemy.orm import Session

    commits = 0

    def count(_: Any) -> None:
        nonlocal commits
        commits += 1

    url = f"sqlite:///{tmp_path / 'gradebook.db'}"
    gradebook.record(url, lab, [])
    monkeypatch.setattr(gradebook, "BATCH", 4)
    event.listen(Session, "after_commit", count)
    try:
        gradebook.record(url, lab, a_class(2))
        few = commits
        gradebook.record(url, lab, a_class(12))
    finally:
        event.remove(Session, "after_commit", count)
    assert commits - few == few + 2
    assert len({student for _, student, _ in gradebook.cells(url)}) == 12


# -- submissions -----------------------------------------------------------------------------------


@pytest.fixture
def options(relu_lab: Lab, tmp_path: Path) -> Options:
    """A class of eight."""
    hand_in(relu_lab, tmp_path / "in", **{f"s{n}": RIGHT for n in range(8)})
    return Options(ROOT, tmp_path / "in", tmp_path / "out", feedback=False)


def test_a_submission_is_read_when_it_is_its_turn(options: Options, lab: Lab) -> None:
    """The plan holds names and keys; one that has changed since is judged as it then is, and its
    verdict is kept under its own key.
    """
    made = plan(options, lab)
    assert made.pending == [f"s{n}" for n in range(8)]
    before = dict(made.keys)
    path = options.submitted / "s3" / LAB / f"{LAB}.ipynb"
    path.write_bytes(solutions.filled(lab, Answer("s3", {"relu": ZEROS})))

    found = list(pending(made, options))

    assert [one.student for one in found] == made.pending
    assert found[3].raw == path.read_bytes()
    assert {name for name in before if before[name] != made.keys[name]} == {"s3"}
    assert made.keys["s3"] == plan(options, lab).keys["s3"]


def test_a_graded_notebook_shows_what_was_judged(options: Options, lab: Lab) -> None:
    """A file that was changed after it was judged is left to the next run."""
    made = plan(replace(options, autograded=options.out / "autograded"), lab)
    list(pending(made, options))
    path = options.submitted / "s3" / LAB / f"{LAB}.ipynb"
    path.write_bytes(solutions.filled(lab, Answer("s3", {"relu": ZEROS})))
    assert [one.student for one in unwritten(made, options)] == [
        student for student in made.pending if student != "s3"
    ]


def test_judges_take_no_more_than_they_have_use_for(grader: Grader, relu_lab: Lab) -> None:
    """However many are still to come."""
    raw = solutions.filled(relu_lab, Answer("a", {"relu": RIGHT}))
    taken = 0

    def many() -> Iterator[Submission]:
        nonlocal taken
        for number in range(14):
            taken += 1
            yield Submission(f"s{number}", raw)

    judged = grader.judge(relu_lab, many(), 1, diagnose=False)
    first = next(judged)
    assert taken <= 2 * grader.jobs + 1
    rest = list(judged)
    assert len({first.student, *(one.student for one in rest)}) == 14
    assert {one.score for one in [first, *rest]} == {20.0}


def test_a_class_that_is_left_alone_leaves_no_judge_at_work(grader: Grader, relu_lab: Lab) -> None:
    """Whoever stops listening gets nothing of it with the next class."""
    raw = solutions.filled(relu_lab, Answer("a", {"relu": RIGHT}))
    judged = grader.judge(relu_lab, [Submission(f"old{n}", raw) for n in range(6)], 1)
    next(judged)
    judged.close()  # type: ignore[attr-defined]
    again = grader.judge(relu_lab, [Submission(f"new{n}", raw) for n in range(3)], 1)
    assert {one.student for one in again} == {"new0", "new1", "new2"}


# -- the level that a course asks for ------------------------------------------------------------


def test_a_lower_level_than_the_course_asks_for_is_refused() -> None:
    """Here as on a cluster; at that level or above, it grades."""
    with (
        Grader(ROOT, jobs=1, masked=["landlock"], least=Level.FULL) as lower,
        pytest.raises(SandboxUnavailable, match="level `strong-ns` here, and the course asks for"),
    ):
        lower.sandbox()
    with Grader(ROOT, jobs=1, masked=["landlock"], least=Level.STRONG_NS) as enough:
        assert enough.level == Level.STRONG_NS


@pytest.mark.parametrize("told", ["'strongest'", "None", "4"])
def test_a_level_that_is_none_is_refused(tmp_path: Path, told: str) -> None:
    """With the levels that there are."""
    (tmp_path / "nbgrader_config.py").write_text(f"c.JudgeSubmission.least_level = {told}\n")
    with pytest.raises(UsageError, match=r"least_level.*the levels are full, strong, strong-ns"):
        settings.least_level(tmp_path)
    (tmp_path / "nbgrader_config.py").write_text("c.JudgeSubmission.least_level = 'full'\n")
    assert settings.least_level(tmp_path) == Level.FULL


def test_what_became_of_a_class_is_known_without_reading_it(
    options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exit status comes from the journal's places; whoever shows judgements reads them."""
    ends = [one for one in grade(options) if isinstance(one, Ended)]
    monkeypatch.setattr(Journal, "read", None)
    assert [(one.failed, one.needs_eye) for one in ends] == [(False, False)]
    assert len(ends[0].judgements) == 8
