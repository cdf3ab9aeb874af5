"""`autograder check --student`: a verdict repeated with its seed, in this very process, so that an
instructor sees what went in and can stop in the check.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from autograder import files
from autograder.commands.explaining.exhibits import exhibit
from autograder.commands.explaining.failure_notebook import notebook
from autograder.commands.explaining.finding import Found, check_named
from autograder.commands.explaining.watching import STOPPING, Failure, Watcher
from autograder.commands.planning import Options
from autograder.course.program import RunCell, merge
from autograder.course.reading import parse
from autograder.errors import BadSubmission
from autograder.integrations.nbgrader import settings
from autograder.judge import session
from autograder.judge.grader import Grader
from autograder.judge.judge import Judge
from autograder.judge.task import Task
from autograder.model import Judgement, Status

_UNSAFE = re.compile(r"[^\w.-]+")


@dataclass(frozen=True)
class Explained:
    """A repeated verdict.

    Attributes:
        found: what was judged.
        judgement: what is said of it now.
        failures: of the checks that did not pass, by name, as far as they were made.
        wanted: the check that was asked for.
        written: the notebooks that were made.
        differences: checks whose recorded verdict was another one.
    """

    found: Found
    judgement: Judgement
    failures: dict[str, Failure] = field(default_factory=dict)
    wanted: str | None = None
    written: tuple[Path, ...] = ()
    differences: tuple[str, ...] = ()


def _nobody(*_: object) -> None:
    """Nobody is told."""


def explain(
    options: Options,
    found: Found,
    wanted: str | None = None,
    *,
    debug: bool = False,
    to: Path | None = None,
    told: Callable[[Failure, Path], None] = _nobody,
) -> Explained:
    """Repeat a verdict.

    Args:
        options: the course.
        found: what to judge, and its seed.
        wanted: the check that is asked about; all otherwise.
        debug: stop in the check, or in each that fails, and write notebooks.
        to: the folder for notebooks; the current one otherwise.
        told: gets each failure that is stopped in, and its notebook, before its debugger opens.

    Raises:
        UsageError: there is no such check, or the lab's checks cannot be used.
        SandboxUnavailable: the submission cannot be confined.
        OSError: a notebook cannot be written.
    """
    notebooks = _Notebooks(found, to or Path())
    watcher = Watcher(
        stop=debug, before_stopping=lambda failure: told(failure, notebooks.write(failure))
    )
    judgement = _judged(options, found, wanted, watcher, STOPPING if debug else ())
    if judgement.status == Status.NEEDS_EYE:
        judgement = judgement.settled(counts_zero=settings.counts_zero(options.root))
    judgement = replace(judgement, student=found.student)
    for name, failure in watcher.failures.items() if debug else ():
        if watcher.wanted == name or (watcher.wanted is None and not notebooks.written):
            notebooks.write(failure)
    return Explained(
        found,
        judgement,
        watcher.failures,
        watcher.wanted,
        tuple(notebooks.written.values()),
        _differences(found, judgement),
    )


class _Notebooks:
    """Notebooks that show failures of one submission, a file each."""

    def __init__(self, found: Found, folder: Path) -> None:
        self._found, self._folder = found, folder
        self._cells = _cells(found)
        self.written: dict[str, Path] = {}

    def write(self, failure: Failure) -> Path:
        """Write the notebook about a failure, once.

        Raises:
            OSError: it cannot be written.
        """
        found, name = self._found, failure.result.name
        if name not in self.written:
            path = self._folder / _file_name(found.student, found.lab.name, name)
            made = notebook(found.lab, found.spoken, self._cells, exhibit(failure))
            files.write(path, made, mode=0o644)
            self.written[name] = path
        return self.written[name]


def _judged(
    options: Options, found: Found, wanted: str | None, watcher: Watcher, more: Sequence[str]
) -> Judgement:
    """Judge in this process, with pytest's options besides."""
    with (
        Grader(
            options.root,
            jobs=1,
            masked=options.masked,
            secret=[options.submitted, options.out],
            trusted=options.trusted,
            least=options.least,
        ) as grader,
        warnings.catch_warnings(),
    ):

        def work(checks: session.CheckSession) -> Judgement:
            watcher.session = checks
            if wanted is not None:
                watcher.wanted = check_named(wanted, [spec.name for spec in checks.specs])
            judge = Judge(checks, grader.zygote, 0, grader.level)
            try:
                return judge.judge(Task(found.submission, found.seed))
            finally:
                judge.close()

        grader.sandbox()
        warnings.simplefilter("ignore")
        return session.run(found.lab, work, more, [watcher])


def _cells(found: Found) -> Sequence[RunCell]:
    """What runs for a submission; nothing of one that cannot be read."""
    try:
        if found.submission.reason is None:
            return merge(found.lab, parse(found.submission.raw)).cells
    except BadSubmission:
        pass
    return ()


def _differences(found: Found, judgement: Judgement) -> tuple[str, ...]:
    """Where a verdict is not what was recorded of the same file under the same seed."""
    recorded = found.recorded
    if recorded is None or not found.same or recorded.seed != found.seed:
        return ()
    before = {check.name: check.verdict for check in recorded.checks}
    return tuple(
        f"`{check.name}` was {before[check.name]} when it was graded, and is {check.verdict} now"
        for check in judgement.checks
        if check.name in before and before[check.name] != check.verdict
    )


def _file_name(student: str, lab: str, check: str) -> str:
    return f"{_UNSAFE.sub('_', student)}-{lab}-{check}.ipynb"
