"""The numbers of a class report: scores, item analysis, mistakes, and who needs an eye. Pure."""

from __future__ import annotations

import heapq
import math
import statistics
import sys
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from autograder.course.labs import Lab
from autograder.model import CheckResult, Judgement, Level, Mistake, Status, Verdict
from autograder.pages.attention import KINDS, Attention, attention
from autograder.record.finals import NOBODY, Final, outcome

SCHEMA = 1
BINS = 10
FEWEST = 5  # submissions below which a correlation says nothing
ROUGH = 30  # below which it is only a rough guess
SLOWEST = 5
WEAK = 0.1


@dataclass(frozen=True)
class Bin:
    """How many scores lie from `low` up to `high` percent of the maximum, `high` itself only in the
    last bin.
    """

    low: int
    high: int
    count: int


@dataclass(frozen=True)
class Item:
    """How a check did in a class.

    Attributes:
        taken: graded submissions for which the check ran, so neither skipped nor stopped by a fault
            of ours.
        difficulty: passed / taken, the classical difficulty index: 1 is easy. None where nobody
            took it.
        discrimination: the point-biserial correlation of passing with the points of the other
            checks. None where it has no meaning.
        remark: why there is no discrimination, or what is odd about it.
        verdicts: how often each verdict was given, the most frequent first.
    """

    name: str
    title: str
    family: str
    max_points: float
    bonus: bool
    gate: bool
    taken: int
    passed: int
    difficulty: float | None
    discrimination: float | None
    remark: str
    verdicts: dict[str, int]


@dataclass(frozen=True)
class MistakeCount:
    """A catalogued mistake, what it looks like, and who made it."""

    name: str
    called: str
    hint: str
    count: int
    students: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One submission in the table of all.

    `passed`, `taken` and `failed` are of the checks that ran, extra credit left out. `final` is
    what the gradebook has, where somebody or lateness changed what the checks gave; `by_hand` and
    `late` are why, and `is_final` says whether so.
    """

    student: str
    status: str
    score: float
    bonus: float
    max_score: float
    passed: int
    taken: int
    failed: tuple[str, ...]
    mistakes: tuple[str, ...]
    seconds: float
    attention: tuple[str, ...]
    final: float | None = None
    by_hand: float = 0.0
    late: float = 0.0
    is_final: bool = False
    commented: bool = False


@dataclass(frozen=True)
class Scores:
    """The graded scores, without extra credit.

    None where there are too few; `spread` is the standard deviation of a sample.
    """

    mean: float | None
    median: float | None
    spread: float | None
    lowest: float | None
    highest: float | None
    full: int
    histogram: tuple[Bin, ...]


@dataclass(frozen=True)
class Report:
    """Everything that a lab's report says, schema 1 of `report.json`.

    Attributes:
        absent: who is on the roster and handed in nothing.
        names: of the students in it, where the roster has them.
    """

    schema: int
    lab: str
    title: str
    sandbox: Level
    max_score: float
    submissions: int
    graded: int
    bad_submissions: int
    needs_eye: int
    not_graded: int
    scores: Scores
    checks: tuple[Item, ...]
    mistakes: tuple[MistakeCount, ...]
    attention: tuple[Attention, ...]
    slowest: tuple[Row, ...]
    students: tuple[Row, ...]
    absent: tuple[str, ...] = ()
    names: dict[str, str] = field(default_factory=dict)

    @property
    def has_finals(self) -> bool:
        """Whether any score is another one than what the checks gave."""
        return any(row.is_final for row in self.students)


def report(
    lab: Lab,
    judgements: Iterable[Judgement],
    names: Mapping[str, str] | None = None,
    absent: Sequence[str] = (),
    finals: Mapping[str, Final] = NOBODY,
) -> Report:
    """Count a class, in one go through it.

    Args:
        lab: the lab.
        judgements: one a student.
        names: students' names, by id, where they are known.
        absent: who is in the course and handed in nothing.
        finals: by student, where the gradebook has more than what the checks gave.
    """
    tally = _Tally(finals)
    for judgement in judgements:
        tally.add(judgement)
    rows = tuple(tally.rows)
    here = {row.student for row in rows} | set(absent)
    return Report(
        schema=SCHEMA,
        lab=lab.name,
        title=lab.title,
        sandbox=max(tally.levels, key=list(Level).index, default=Level.NONE),
        max_score=lab.max_score,
        submissions=len(rows),
        graded=tally.statuses[Status.GRADED],
        bad_submissions=tally.statuses[Status.BAD_SUBMISSION],
        needs_eye=sum(row.status == Status.NEEDS_EYE and row.final is None for row in rows),
        not_graded=tally.statuses[Status.NOT_GRADED],
        scores=scores(tally.scores, tally.shares),
        checks=tuple(one.item() for one in tally.checks.values()),
        mistakes=tuple(tally.mistake_counts()),
        attention=tuple(sorted(tally.attention, key=lambda a: KINDS.index(a.kind))),
        slowest=tuple(heapq.nsmallest(SLOWEST, rows, key=lambda row: (-row.seconds, row.student))),
        students=rows,
        absent=tuple(absent),
        names={student: name for student, name in (names or {}).items() if student in here},
    )


class _Tally:
    """What is counted of a class, submission by submission; none of them is kept."""

    def __init__(self, finals: Mapping[str, Final] = NOBODY) -> None:
        self._finals = finals
        self.statuses: Counter[Status] = Counter()
        self.levels: set[Level] = set()
        self.rows: list[Row] = []
        self.scores, self.shares = array("d"), array("d")
        self.attention: list[Attention] = []
        self.checks: dict[str, _Check] = {}
        self._who: dict[str, dict[str, None]] = {}
        self._mistakes: dict[str, Mistake] = {}

    def add(self, judgement: Judgement) -> None:
        """Count a submission."""
        self.statuses[judgement.status] += 1
        self.levels.add(judgement.level)
        self.rows.append(row(judgement, self._finals.get(judgement.student)))
        self.attention += [
            one
            for one in attention(judgement)
            # whoever gave it points has looked at it
            if not (one.kind == "needs_eye" and self.rows[-1].final is not None)
        ]
        for mistake in judgement.mistakes:
            self._mistakes.setdefault(mistake.name, mistake)
            self._who.setdefault(mistake.name, {})[judgement.student] = None
        if judgement.status != Status.GRADED:
            return
        self.scores.append(judgement.score)
        self.shares.append(_share(judgement))
        by_name = {check.name: check for check in judgement.checks}
        for name, check in by_name.items():
            self.checks.setdefault(name, _Check(check)).add(by_name)

    def mistake_counts(self) -> Iterator[MistakeCount]:
        """How many students made each catalogued mistake, the most frequent first."""
        for name in sorted(self._who, key=lambda name: (-len(self._who[name]), name)):
            who = tuple(self._who[name])
            mistake = self._mistakes[name]
            yield MistakeCount(name, mistake.called, mistake.hint, len(who), who)


class _Check:
    """What is counted of one check."""

    def __init__(self, spec: CheckResult) -> None:
        self._spec = spec
        self._passes, self._rests = array("b"), array("d")
        self._verdicts: Counter[str] = Counter()

    def add(self, by_name: Mapping[str, CheckResult]) -> None:
        """Count it in one submission's checks."""
        check = by_name[self._spec.name]
        # A skipped check has no maximum; take it from a submission in which it ran.
        if check.max_points > self._spec.max_points:
            self._spec = check
        self._verdicts[str(check.verdict)] += 1
        if _ran(check):
            self._passes.append(check.verdict == Verdict.PASSED)
            self._rests.append(_rest(by_name, check.name))

    def item(self) -> Item:
        """Its part of the item analysis."""
        spec, taken, passed = self._spec, len(self._passes), sum(self._passes)
        discrimination, remark = point_biserial(self._passes, self._rests)
        return Item(
            name=spec.name,
            title=spec.title,
            family=spec.family,
            max_points=spec.max_points,
            bonus=spec.bonus,
            gate=spec.gate,
            taken=taken,
            passed=passed,
            difficulty=_rounded(passed / taken) if taken else None,
            discrimination=discrimination,
            remark=remark,
            verdicts=dict(self._verdicts.most_common()),
        )


def scores(values: Sequence[float], shares: Iterable[float]) -> Scores:
    """Mean, median, spread and histogram of graded submissions.

    Args:
        values: their scores.
        shares: the same as shares of the maximum.
    """
    portions = tuple(shares)
    return Scores(
        mean=_rounded(statistics.fmean(values)) if values else None,
        median=_rounded(statistics.median(values)) if values else None,
        spread=_rounded(statistics.stdev(values)) if len(values) > 1 else None,
        lowest=min(values, default=None),
        highest=max(values, default=None),
        full=sum(portion >= 1.0 for portion in portions),
        histogram=histogram(portions),
    )


def histogram(shares: Iterable[float]) -> tuple[Bin, ...]:
    """Scores, as shares of the maximum, by tenths."""
    counts = [0] * BINS
    for share in shares:
        # The small term keeps a score that is a whole tenth, such as 0.3 * 20 points, out of the
        # bin below.
        counts[max(0, min(BINS - 1, int(share * BINS + 1e-9)))] += 1
    width = 100 // BINS
    return tuple(
        Bin(number * width, (number + 1) * width, count) for number, count in enumerate(counts)
    )


def _ran(check: CheckResult) -> bool:
    return check.verdict != Verdict.SKIPPED and not check.verdict.is_grader_fault


def _rest(checks: Mapping[str, CheckResult], name: str) -> float:
    """The points of the other checks by their verdicts, which a gate that did not hold leaves as
    they are.
    """
    return sum(
        c.max_points
        for c in checks.values()
        if c.name != name and not c.bonus and c.verdict == Verdict.PASSED
    )


def point_biserial(passes: Sequence[int], rests: Sequence[float]) -> tuple[float | None, str]:
    """The correlation of passing one check with the points of all others, and a remark.

    r = (M1 - M0) / s * sqrt(p * (1 - p)), where M1 and M0 are the mean points of the others among
    those who passed and did not, s is their standard deviation over all (of the population) and p
    the share that passed. It equals Pearson's correlation with passing as 1 or 0 (Lord and Novick,
    Statistical Theories of Mental Test Scores, 1968, section 15.5). The check itself is left out of
    the points, since it would correlate with itself.
    """
    count, passed = len(passes), sum(passes)
    if count < FEWEST:
        return None, f"fewer than {FEWEST} submissions"
    if passed == count:
        return None, "everyone passed"
    if passed == 0:
        return None, "nobody passed"
    spread = statistics.pstdev(rests)
    if spread < 1e-9:
        return None, "the other points are all equal"
    ones = statistics.fmean(rest for rest, ok in zip(rests, passes, strict=True) if ok)
    zeros = statistics.fmean(rest for rest, ok in zip(rests, passes, strict=True) if not ok)
    share = passed / count
    value = (ones - zeros) / spread * math.sqrt(share * (1 - share))
    return _rounded(
        value
    ), "look at this check: those with fewer points pass it as often" if value < WEAK else ""


def row(judgement: Judgement, final: Final | None = None) -> Row:
    """A submission's line in the table."""
    end = outcome(judgement, final)
    ran = [check for check in judgement.checks if _ran(check) and not check.bonus]
    return Row(
        student=judgement.student,
        status=str(judgement.status),
        score=judgement.score,
        bonus=judgement.bonus,
        max_score=judgement.max_score,
        passed=sum(check.verdict == Verdict.PASSED for check in ran),
        taken=len(ran),
        failed=tuple(sys.intern(c.name) for c in ran if c.verdict != Verdict.PASSED),
        mistakes=tuple(sys.intern(mistake.called) for mistake in judgement.mistakes),
        seconds=judgement.seconds,
        attention=tuple(
            sorted(
                {
                    found.kind
                    for found in attention(judgement)
                    if not (found.kind == "needs_eye" and end.final is not None)
                }
            )
        ),
        final=end.final if end.is_changed else None,
        by_hand=end.by_hand,
        late=end.late,
        is_final=end.is_changed,
        commented=bool(final is not None and final.comments),
    )


def _share(judgement: Judgement) -> float:
    """A score as a share of the maximum; of a lab worth nothing, whether all of it is right."""
    if judgement.max_score:
        return judgement.score / judgement.max_score
    return 0.0 if judgement.lost_points else 1.0


def _rounded(value: float) -> float:
    return round(value, 6)
