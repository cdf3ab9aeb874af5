"""Pages from judgements: a student's feedback, a lab's report, the course's index.

What stands in them comes from strangers: see `templating`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from autograder import files
from autograder.course.labs import Lab
from autograder.course.roster import Roster
from autograder.model import Judgement, Level, Status, StudentCheck, StudentView, Verdict
from autograder.pages import pieces, statistics, stored, wording
from autograder.pages.families import families
from autograder.pages.figures import drawing
from autograder.pages.statistics import Report, Row
from autograder.pages.templating import POLICY, rendered, scripted_policy
from autograder.pages.wording import WORDS, page_name
from autograder.record import finals
from autograder.record.finals import Final
from autograder.record.results import LINES, MOST_WHOLE, WHOLE

__all__ = [
    "course_page",
    "feedback_page",
    "page_name",
    "report_page",
    "write_course",
    "write_lab",
]

UNCONFINED = (
    "The notebooks could read and change anything on the machine, these results "
    "included: trust them as far as you trust their authors."
)
MAX_LISTED = 50
NOBODY: Mapping[str, str] = {}
NO_ROSTER = Roster()
SAME = 3  # from how many checks on one reason is told once, above them
KINDS = {
    "not_graded": "Not graded",
    "needs_eye": "No score",
    "whose": "Whose, or which",
    "time": "When it came",
    "file": "Which file",
    "technical": "One technical reason",
    "bad_submission": "Not readable",
    "gate": "Gate failed",
    "protocol": "Misbehaved",
}
STATES = {
    "full": "full marks",
    "part": "partial",
    "zero": "no points",
    "bad": "not readable",
    "ungraded": "no score",
    "hand": "points by hand",
}


def write_lab(
    folder: Path,
    lab: Lab,
    judgements: Iterable[Judgement],
    names: Mapping[str, str] = NOBODY,
    absent: Sequence[str] = (),
    known: Mapping[str, Final] = finals.NOBODY,
) -> Report:
    """Write `feedback/<student>.html` for each judgement, `report.html` and `report.json`. Pages
    that stay the same are left alone.

    Args:
        folder: the lab's folder of results.
        lab: the lab.
        judgements: one a student, gone through once.
        names: students' names, by id, where they are known.
        absent: who is in the course and handed in nothing.
        known: final scores by student, where the gradebook has more than what the checks gave.

    Returns:
        What the report says.

    Raises:
        OSError: a file cannot be written.
    """
    pages = folder / "feedback"

    def written() -> Iterator[Judgement]:
        for judgement in judgements:
            name = names.get(judgement.student, "")
            final = known.get(judgement.student)
            page = feedback_page(lab, judgement.for_student(lab.feedback), name, final)
            files.write_changed(pages / page_name(judgement.student), page)
            yield judgement

    report = statistics.report(lab, written(), names, absent, known)
    write_report(folder, lab, report)
    return report


def write_report(folder: Path, lab: Lab, report: Report) -> None:
    """Write `report.html` and `report.json`.

    Raises:
        OSError: a file cannot be written.
    """
    stored.write(folder, report)
    files.write_pieces(folder / "report.html", report_pieces(lab, report))


def write_course(
    out: Path,
    labs: Sequence[Lab],
    reports: Mapping[str, Report],
    roster: Roster = NO_ROSTER,
    strays: Sequence[str] = (),
) -> None:
    """Write the course's `index.html`.

    Args:
        out: the folder that holds the labs' folders of results.
        labs: in the course's order.
        reports: by lab; one for each.
        roster: the course's, whose people stand there whether or not they handed in.
        strays: what lies where it is not graded.

    Raises:
        OSError: the file cannot be written.
    """
    files.write_pieces(out / "index.html", course_pieces(labs, reports, roster, strays))


def feedback_page(lab: Lab, view: StudentView, name: str = "", final: Final | None = None) -> str:
    """A student's page.

    Args:
        lab: the lab.
        view: what its student may see.
        name: theirs, where it is known.
        final: what the gradebook has, where that is more than what the checks gave.
    """
    end = finals.outcome(view, final)
    stopped, count = _stopped(view.checks)
    drawings = [(curve, drawing(curve)) for curve in view.curves]
    graded = view.status == Status.GRADED
    return rendered(
        "feedback.html",
        policy=POLICY,
        unconfined=UNCONFINED if view.level == Level.NONE else "",
        lab=lab,
        judgement=view,
        spoken=name,
        headline=headline(view, given=end.checks is None and end.final is not None),
        end=end,
        comments=final.comments if final is not None else (),
        families=families(lab, view.checks) if graded else [],
        stopped=stopped if graded else None,
        stopped_count=count,
        stopped_message=stopped.message if stopped else "",
        meanings=_meanings(view.checks),
        drawings=[(curve, one) for curve, one in drawings if one.svg],
        differs=any(one.differs for _, one in drawings),
        notes=view.notes,
    )


def report_page(lab: Lab, report: Report) -> str:
    """A lab's report as HTML."""
    return "".join(report_pieces(lab, report))


def report_pieces(lab: Lab, report: Report) -> Iterator[str]:
    """The same piece by piece, since a large class's table is never in memory as a whole."""
    about = {
        "kinds": KINDS,
        "state_names": STATES,
        "state_of": _state,
        "link": lambda student: f"feedback/{quote(page_name(student))}",
        "names": report.names,
        "has_finals": report.has_finals,
        "pending": _pending,
        "earned": _earned,
    }
    yield from pieces.around(
        rendered(
            "report.html",
            policy=scripted_policy(),
            unconfined=UNCONFINED if report.submissions and report.sandbox == Level.NONE else "",
            lab=lab,
            report=report,
            states=[*STATES.items(), ("eye", "needs your eye")],
            most_listed=MAX_LISTED,
            weak=statistics.WEAK,
            fewest=statistics.FEWEST,
            rough=statistics.ROUGH,
            results_name=WHOLE if report.submissions <= MOST_WHOLE else LINES,
            **about,
        ),
        (
            rendered("report_rows.html", rows=rows, **about)
            for rows in pieces.chunks(report.students)
        ),
    )


def course_page(
    labs: Sequence[Lab], reports: Mapping[str, Report], roster: Roster = NO_ROSTER
) -> str:
    """The course's index as HTML.

    Args:
        labs: in the course's order.
        reports: by lab; one for each.
        roster: whose people stand there whether or not they handed in.
    """
    return "".join(course_pieces(labs, reports, roster))


def course_pieces(
    labs: Sequence[Lab],
    reports: Mapping[str, Report],
    roster: Roster = NO_ROSTER,
    strays: Sequence[str] = (),
) -> Iterator[str]:
    """The same piece by piece."""
    found = [reports[lab.name] for lab in labs]
    rows = [
        {"lab": lab, "report": report, "eyes": len({one.student for one in report.attention})}
        for lab, report in zip(labs, found, strict=True)
    ]
    by_student = [{row.student: row for row in report.students} for report in found]
    students = sorted({name for one in by_student for name in one} | set(roster.people))
    unconfined = [
        lab.title
        for lab, report in zip(labs, found, strict=True)
        if report.submissions and report.sandbox == Level.NONE
    ]
    yield from pieces.around(
        rendered(
            "course.html",
            policy=scripted_policy(),
            unconfined=f"{', '.join(unconfined)}. {UNCONFINED}" if unconfined else "",
            labs=rows,
            students=students,
            names=roster.spoken,
            strays=strays,
            most_listed=MAX_LISTED,
        ),
        (
            rendered(
                "course_rows.html",
                students=[
                    _student(name, labs, [one.get(name) for one in by_student]) for name in some
                ],
                names=roster.spoken,
            )
            for some in pieces.chunks(students)
        ),
    )


def headline(view: StudentView, *, given: bool = False) -> str:
    """The sentence under a page's title.

    Args:
        view: what its student may see.
        given: whether a person gave the score that the checks could not.
    """
    if given:
        return "A person has looked at your submission and gave these points."
    if view.status == Status.BAD_SUBMISSION:
        return "Your submission could not be graded. What to do stands below."
    if view.status == Status.NEEDS_EYE:
        return "No score yet: a person must look at your submission. Why stands below."
    if view.status == Status.NOT_GRADED:
        return "Not graded yet. The fault is the grader's, not yours."
    gates = [c for c in view.checks if c.gate and c.verdict == Verdict.WRONG]
    if gates:
        return (
            f"No points, because a check on which all of them depend did not hold: {gates[0].title}"
        )
    ran = [c for c in view.checks if c.verdict != Verdict.SKIPPED and not c.bonus and not c.gate]
    passed = sum(c.verdict == Verdict.PASSED for c in ran)
    unwritten = sum(c.verdict == Verdict.MISSING for c in ran)
    if passed == len(ran):
        return "Every check passed."
    if unwritten == len(ran):
        return "Nothing is written yet: the notebook still holds its stubs."
    rest = f"; {unwritten} are of what is not written yet" if unwritten else ""
    return f"{passed} of {len(ran)} checks passed{rest}."


def _stopped(checks: Sequence[StudentCheck]) -> tuple[StudentCheck | None, int]:
    """A check whose reason many share, such as an endless loop that ended the process, and how many
    do.
    """
    reasons = Counter(
        (c.verdict, c.message)
        for c in checks
        if c.message and WORDS[c.verdict].tone == "bad" and c.verdict != Verdict.WRONG
    )
    for (verdict, message), count in reasons.most_common(1):
        if count >= SAME:
            return next(c for c in checks if (c.verdict, c.message) == (verdict, message)), count
    return None, 0


def _meanings(checks: Sequence[StudentCheck]) -> list[wording.Word]:
    """The verdicts that stand on a page and may need a word, each once."""
    found = {check.verdict for check in checks} - {Verdict.PASSED}
    return [WORDS[verdict] for verdict in Verdict if verdict in found]


def _state(row: Row) -> str:
    if not Status(row.status).has_score and row.final is not None:
        return "hand"
    if row.status != Status.GRADED:
        return "bad" if row.status == Status.BAD_SUBMISSION else "ungraded"
    if row.score >= row.max_score and (row.max_score or not row.failed):
        return "full"
    return "part" if row.score else "zero"


def _student(name: str, labs: Sequence[Lab], found: Sequence[Row | None]) -> dict[str, Any]:
    """A student's row of the course's table."""
    scores = [
        {
            "title": lab.title,
            "found": row is not None,
            "link": f"{quote(lab.name)}/feedback/{quote(page_name(name))}",
            "text": "no score" if _pending(row) else wording.points(_earned(row)),
            "value": -1 if row is None or _pending(row) else _earned(row),
            "is_final": row is not None and row.is_final,
        }
        for lab, row in zip(labs, found, strict=True)
    ]
    return {"name": name, "scores": scores, "total": sum(_earned(row) for row in found)}


def _pending(row: Row | None) -> bool:
    if row is None:
        return False
    return row.final is None if row.is_final else not Status(row.status).has_score


def _earned(row: Row | None) -> float:
    if row is None or _pending(row):
        return 0.0
    return row.score + row.bonus if row.final is None else row.final
