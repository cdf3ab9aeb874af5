"""Which submissions an instructor should look at, and why."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from autograder.model import CheckResult, Judgement, Status, Verdict
from autograder.pages.wording import WORDS, points

# In the order of a report.
KINDS = (
    *("not_graded", "needs_eye", "whose", "time", "file", "technical", "gate", "protocol"),
    "bad_submission",
)
ENDED = (
    *(Verdict.WALL_LIMIT, Verdict.CPU_LIMIT, Verdict.MEMORY_LIMIT, Verdict.OUTPUT_LIMIT),
    Verdict.CRASHED,
)
# Errors that say more of how a notebook was saved, or of what it needs, than of what was learned.
OF_NOTEBOOKS = frozenset(
    "SyntaxError IndentationError TabError NameError ImportError ModuleNotFoundError "
    "FileNotFoundError PermissionError OSError WireError".split()
)
_RAISED = re.compile(r"(?:your code raised|the answer cell ended with an error:) (\w+)")
_UNDEFINED = "the notebook ended without it"
_BESIDE = "other notebooks lie beside"


@dataclass(frozen=True)
class Attention:
    """A submission that an instructor should look at, and why: one of `KINDS`."""

    student: str
    kind: str
    reason: str


def attention(judgement: Judgement) -> list[Attention]:
    """Why an instructor should look at a submission; nothing for most."""

    def of(kind: str, reason: str) -> Attention:
        return Attention(judgement.student, kind, reason)

    asked = [of(note.asks, note.text) for note in judgement.notes if note.asks]
    asked += [of("file", note.text) for note in judgement.notes if note.text.startswith(_BESIDE)]
    if judgement.status != Status.GRADED:
        return [of(str(judgement.status), judgement.reason or "no reason was given"), *asked]
    found = [
        of("gate", check.message or check.title)
        for check in judgement.checks
        if check.gate and check.verdict == Verdict.WRONG
    ]
    broke = [check for check in judgement.checks if check.verdict == Verdict.PROTOCOL]
    found += [of("protocol", check.message or check.title) for check in broke[:1]]
    if not found and (reason := technical(judgement)):
        found = [of("technical", reason)]
    return [*found, *asked]


def technical(judgement: Judgement) -> str:
    """The one technical reason for which a submission lost most of its lab's points, in a sentence;
    nothing where there is none.
    """
    lost: Counter[str] = Counter()
    shown: dict[str, CheckResult] = {}
    for check in judgement.checks:
        reason = "" if check.bonus or check.gate else _technical(check)
        if reason and check.points < check.max_points:
            lost[reason] += check.max_points - check.points  # type: ignore[assignment]
            shown.setdefault(reason, check)
    for reason, taken in lost.most_common(1):
        if taken > judgement.max_score / 2:
            said = shown[reason].told
            return (
                f"{WORDS[shown[reason].verdict].label.lower()} took {points(taken)} of "
                f"{points(judgement.max_score)} points, for one reason: {said}"
            )
    return ""


def _technical(check: CheckResult) -> str:
    """What kind of technical reason took a check's points; nothing for an answer that is wrong."""
    if check.verdict in ENDED:
        return str(check.verdict)
    if check.verdict == Verdict.MISSING:
        return check.message if _UNDEFINED in check.message else ""
    raised = _RAISED.match(check.message)
    if check.verdict == Verdict.STUDENT_ERROR and raised and raised[1] in OF_NOTEBOOKS:
        return raised[1]
    return ""
