"""What the command line shows of a run: progress, summaries, tables.

Text by others is made harmless here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from autograder.commands.check import Checked
from autograder.commands.compare import Compared
from autograder.commands.grade import Begun, Ended, Event, Judged, Remarked
from autograder.model import CheckResult, Judgement, Level, Status, StudentCheck, Verdict
from autograder.pages.attention import attention
from autograder.record.results import LINES, WHOLE
from autograder.text import for_terminal

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

MAX_ROWS = 60


def safe(text: str) -> Text:
    """Text by others, without what a terminal or a CI system would obey, and without markup."""
    return Text(for_terminal(text))


def noted(text: str) -> Text:
    """A remark, as it is printed."""
    return Text("note: ", style="yellow") + safe(text)


def verdict_line(check: CheckResult | StudentCheck) -> Text:
    """A check with its verdict and points, as it is printed."""
    style = {Verdict.PASSED: "green", Verdict.SKIPPED: "yellow"}.get(check.verdict, "red")
    sign = Text(f"{check.verdict:>14}  ", style=style)
    return sign + safe(f"{check.points:g}/{check.max_points:g}  {check.title}")


def complain(what: str) -> None:
    """Say on stderr what went wrong."""
    err.print(Text("autograder: ", style="bold red") + safe(what), soft_wrap=True)


def watch(events: Iterable[Event | Compared]) -> list[Ended | Compared]:
    """Run the grader behind a progress bar; what it has to say of each lab."""
    said = []
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = None
        for event in events:
            if isinstance(event, Begun) and event.pending:
                task = progress.add_task(event.lab.name, total=event.pending)
            elif isinstance(event, Judged) and task is not None:
                progress.advance(task)
            elif isinstance(event, Remarked):
                err.print(noted(event.text), soft_wrap=True)
            elif isinstance(event, (Ended, Compared)):
                said.append(event)
    return said


def summary(end: Ended, folder: Path) -> None:
    """What an instructor wants to know in ten seconds."""
    count = _Count()
    for judgement in end.judgements:
        count.add(judgement)
    out.print(f"\n{end.lab.name}: {end.lab.title}", style="bold")
    unread = "".join(
        f"; {count.kinds[status]} {told}"
        for status, told in (
            (Status.NEEDS_EYE, "without a score, which need your eye"),
            (Status.BAD_SUBMISSION, "unreadable, 0 points"),
            (Status.NOT_GRADED, "not graded through a fault of ours"),
        )
        if count.kinds[status]
    )
    graded = count.kinds[Status.GRADED]
    mean = count.score / graded if graded else 0.0
    out.print(
        f"  submissions: {len(end.judgements)}{unread}; mean of the "
        f"{graded} others {mean:.1f} of {end.lab.max_score:g}"
    )
    out.print(f"  sandbox: {count.level}")
    if count.level == Level.NONE and end.judgements:
        out.print(
            "  GRADED WITHOUT A SANDBOX: these notebooks could read and change anything.",
            style="bold red",
        )
    for what, counter, verb in (
        ("hardest check", count.failed, "failed"),
        ("commonest mistake", count.mistakes, "made"),
    ):
        for name, students in counter.most_common(1):
            out.print(safe(f"  {what}: {name}, {verb} by {students}"))
    many = len(end.judgements) > MAX_ROWS
    # what has no score is first
    shown = count.eyes if many else sorted(end.judgements, key=lambda j: j.status.has_score)
    _table(shown, count.wanting if many else len(shown))
    if end.fault:
        complain(end.fault)
    for name in (WHOLE, LINES, "report.html"):
        if (folder / end.lab.name / name).is_file():
            out.print(f"  {folder / end.lab.name / name}", soft_wrap=True)


class _Count:
    """What a summary says of a class, counted submission by submission."""

    def __init__(self) -> None:
        self.kinds: Counter[Status] = Counter()
        self.failed: Counter[str] = Counter()
        self.mistakes: Counter[str] = Counter()
        self.score, self.wanting = 0.0, 0
        self._scored: list[Judgement] = []
        self._unscored: list[Judgement] = []
        self._levels: set[Level] = set()

    def add(self, judgement: Judgement) -> None:
        """Count a submission."""
        self.kinds[judgement.status] += 1
        self._levels.add(judgement.level)
        if _wants_eye(judgement):
            self.wanting += 1
            kept = self._scored if judgement.status.has_score else self._unscored
            if len(kept) < MAX_ROWS:
                kept.append(judgement)
        if judgement.status == Status.GRADED:
            self.score += judgement.score
            self.mistakes.update(mistake.name for mistake in judgement.mistakes)
            self.failed.update(
                check.name
                for check in judgement.checks
                if check.verdict not in (Verdict.PASSED, Verdict.SKIPPED)
            )

    @property
    def level(self) -> Level:
        """Of the submission that was confined least."""
        return max(self._levels, key=list(Level).index, default=Level.NONE)

    @property
    def eyes(self) -> list[Judgement]:
        """Some of those that want an instructor's eye, what has no score first."""
        return [*self._unscored, *self._scored][:MAX_ROWS]


def _wants_eye(judgement: Judgement) -> bool:
    """Whether an instructor should look at it, as the report says."""
    return bool(attention(judgement))


def _table(judgements: Sequence[Judgement], count: int) -> None:
    table = Table(box=None, padding=(0, 2, 0, 2), expand=True)
    table.add_column("student", no_wrap=True)
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("verdicts", no_wrap=True, overflow="ellipsis", ratio=1)
    for judgement in judgements[:MAX_ROWS]:
        table.add_row(safe(judgement.student), _score(judgement), safe(_gist(judgement)))
    if judgements:
        out.print(table)
    if count > MAX_ROWS:
        out.print(f"  and {count - MAX_ROWS} more")


def _score(judgement: Judgement) -> str:
    if judgement.status != Status.GRADED:
        return "0" if judgement.status.has_score else "-"
    return f"{judgement.score:g}" + (f" + {judgement.bonus:g}" if judgement.bonus else "")


def _gist(judgement: Judgement) -> str:
    """One line about a submission."""
    if judgement.reason:
        return judgement.reason if len(judgement.reason) < 100 else judgement.reason[:97] + "..."
    bad = [
        check
        for check in judgement.checks
        if check.verdict not in (Verdict.PASSED, Verdict.SKIPPED)
    ]
    if not bad:
        return "passed"
    if judgement.mistakes:
        return f"looks like: {', '.join(mistake.called for mistake in judgement.mistakes)}"
    kinds = sorted({str(check.verdict) for check in bad})
    return f"{', '.join(kinds)}: {', '.join(check.name for check in bad[:4])}" + (
        ", ..." if len(bad) > 4 else ""
    )


def changes(compared: Compared) -> None:
    """Whose score would change, and which checks are why."""
    out.print(
        f"\n{compared.lab}: {len(compared.changes)} of {compared.submissions} scores would change",
        style="bold",
    )
    if compared.not_judged:
        complain(f"not judged through a fault of ours: {', '.join(compared.not_judged)}")
    for change in compared.changes:
        out.print(
            safe(f"  {change.student}  {_points(change.before)} -> {_points(change.after)}"),
            soft_wrap=True,
        )
        for cell in change.cells:
            out.print(
                safe(f"    {cell.cell}  {_points(cell.before)} -> {_points(cell.after)}"),
                soft_wrap=True,
            )
            for why in cell.why:
                out.print(safe(f"      {why}"), soft_wrap=True)
    out.print("  Nothing was kept." + (" Without --compare it is." if compared.changes else ""))


def _points(points: float | None) -> str:
    return "none" if points is None else f"{points:g}"


def verdicts(checked: Checked) -> None:
    """Each check with its verdict, as its student may see it."""
    view = checked.view
    for one in view.checks:
        err.print(verdict_line(one), soft_wrap=True)
        if one.message:
            err.print(safe(f"{'':16}{one.message}"), soft_wrap=True)
    hints = (mistake.hint for mistake in view.mistakes)
    for line in (*hints, *view.advice, *view.notes):
        err.print(safe(f"{'note':>14}  {line}"), soft_wrap=True)
    if view.reason:
        err.print(safe(f"{view.status}: {view.reason}"), soft_wrap=True)
    if view.level == Level.NONE:
        err.print("GRADED WITHOUT A SANDBOX", style="bold red")
    bonus = f" + {view.bonus:g}" if view.bonus else ""
    how = f"(seed {checked.judgement.seed}, sandbox {view.level})"
    score = f"{view.score:g}{bonus} of {view.max_score:g}" if view.status.has_score else "no score"
    err.print(f"{checked.lab.title}: {score} {how}")
