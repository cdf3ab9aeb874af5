"""`autograder check --lab LAB --student WHO`: a complaint answered."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from autograder.cli import exits, terminal
from autograder.cli.terminal import err, out, safe
from autograder.commands.explaining.exhibits import told
from autograder.commands.explaining.explain import Explained, explain
from autograder.commands.explaining.finding import find, lab_named
from autograder.commands.explaining.watching import UNEVENTFUL, Failure
from autograder.commands.grade import Options
from autograder.course import example
from autograder.errors import UsageError
from autograder.integrations.nbgrader import settings
from autograder.model import Verdict

StudentOption = Annotated[
    str | None,
    typer.Option(help="Instead of a notebook: whose submission, by id or by name on the roster."),
]
CheckOption = Annotated[
    str | None, typer.Option("--check", help="With --student: this check alone.")
]
FullOption = Annotated[
    bool,
    typer.Option(
        "--full", help="With --student: show inputs, results and expected values of what failed."
    ),
]
DebugOption = Annotated[
    bool,
    typer.Option(
        "--debug",
        help="With --student: stop in the failing check, and write a notebook that shows it.",
    ),
]
SubmittedOption = Annotated[
    Path | None, typer.Option(help="With --student: the folder of submissions.")
]
GradedOption = Annotated[Path, typer.Option(help="With --student: where `autograder grade` wrote.")]
OutOption = Annotated[
    Path | None, typer.Option("--out", help="With --debug: the folder for the notebook.")
]


def whose(notebook: Path | None, student: str | None) -> str:
    """Whose submission is meant.

    Raises:
        UsageError: a notebook is named beside a student, or neither is.
    """
    if student is None:
        raise UsageError("name a notebook, or --lab LAB --student ID")
    if notebook is not None:
        raise UsageError("a notebook, or --student: one of the two")
    return student


def refuse(**asked: object) -> None:
    """What is known of a submission alone.

    Raises:
        UsageError: it was asked of a notebook.
    """
    for option, value in asked.items():
        if value:
            raise UsageError(f"--{option} needs --lab LAB --student ID: a verdict that was kept")


@dataclass(frozen=True)
class Asked:
    """Whose verdict is asked about, and how it is to be repeated.

    Attributes:
        lab, who, check: their names; the check's may be None.
        seed: of the inputs; the recorded one where None.
        masked, trusted: see `Options`.
    """

    lab: str | None
    who: str
    check: str | None
    seed: int | None
    masked: tuple[str, ...]
    trusted: bool


@dataclass(frozen=True)
class Places:
    """Where the course, its submissions and its results lie, and where notebooks go."""

    root: Path
    submitted: Path | None
    graded: Path
    to: Path | None


def answer(asked: Asked, places: Places, *, full: bool, debug: bool) -> int:
    """Repeat a student's verdict and show it; the exit status, as `check` of a notebook has it.

    Raises:
        UsageError, GraderFault: see `finding.find` and `explain`.
    """
    if asked.lab is None:
        raise UsageError("which lab? Name it: --lab LAB")
    root = places.root
    choice = example.choose(root, places.submitted, places.graded, None)
    options = Options(
        root=root,
        submitted=choice.submitted,
        out=choice.out,
        seed=asked.seed,
        masked=asked.masked,
        trusted=asked.trusted,
        least=settings.least_level(root),
    )
    found = find(options, lab_named(root, asked.lab), asked.who)
    for remark in found.remarks:
        _note(remark)
    made = explain(options, found, asked.check, debug=debug, to=places.to, told=_before_stopping)
    _show(made, full=full)
    return exits.of_check(made.judgement)


def _note(text: str) -> None:
    err.print(terminal.noted(text), soft_wrap=True)


def _before_stopping(failure: Failure, path: Path) -> None:
    """What an instructor reads above the debugger's first line."""
    result = failure.result
    out.print(
        safe(f"\n{result.name} {result.verdict}: {result.told}"), style="bold", soft_wrap=True
    )
    out.print(safe(f"  {path} shows it"), soft_wrap=True)
    out.print(
        "  `student` is the notebook: call its functions as the check does. `up` and `down` walk "
        "through the frames, `c` goes on to the next failure, `q` leaves.",
        soft_wrap=True,
    )
    if result.verdict not in (Verdict.WRONG, Verdict.MISSING, Verdict.STUDENT_ERROR):
        out.print("  Its process may have ended: then it answers no more calls.", soft_wrap=True)
    sys.stdout.flush()


def _show(made: Explained, *, full: bool) -> None:
    """Verdicts with everything that an instructor may see, inputs where asked."""
    judgement = made.judgement
    for one in judgement.checks:
        if made.wanted not in (None, one.name):
            continue
        line = terminal.verdict_line(one) + safe(f"  ({one.name})")
        out.print(line, soft_wrap=True)
        if one.message:
            said = f"{one.told}: {one.detail}" if one.detail else one.told
            out.print(safe(f"{'':16}{said}"), soft_wrap=True)
        if full and one.name in made.failures and one.verdict not in UNEVENTFUL:
            for text in told(made.failures[one.name]):
                out.print(safe(f"{'':16}{text}"), soft_wrap=True)
    if judgement.reason:
        out.print(safe(f"{judgement.status}: {judgement.reason}"), soft_wrap=True)
    for difference in made.differences:
        _note(difference)
    for path in made.written:
        out.print(safe(f"{path} shows it"), soft_wrap=True)
    bonus = f" + {judgement.bonus:g}" if judgement.bonus else ""
    known = judgement.status.has_score
    score = f"{judgement.score:g}{bonus} of {judgement.max_score:g}" if known else "no score"
    how = f"(seed {judgement.seed}, sandbox {judgement.level})"
    out.print(safe(f"{made.found.student}, {made.found.lab.title}: {score} {how}"), soft_wrap=True)
