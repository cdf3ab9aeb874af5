"""The verbs that judge: a class, or one notebook."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from autograder import files
from autograder.cli import cluster, exits, explain, terminal
from autograder.cli.exits import Exit, stop, stop_grading
from autograder.cli.options import DbOption, MaskOption, SeedOption, TrustOption
from autograder.cli.terminal import err, out, safe
from autograder.commands.check import Checked
from autograder.commands.compare import Compared
from autograder.commands.compare import compare as compare_class
from autograder.commands.grade import Ended, Options
from autograder.commands.grade import grade as grade_class
from autograder.course import example
from autograder.course import labs as course
from autograder.errors import AutograderError, UsageError
from autograder.integrations.nbgrader import settings
from autograder.record import results

# What to grade.
LabsArgument = Annotated[
    list[str] | None, typer.Argument(help="Labs to grade; all that have submissions otherwise.")
]
SubmittedOption = Annotated[
    Path | None, typer.Option(help="Folder of submissions: <student>/<lab>/<lab>.ipynb.")
]
StudentOption = Annotated[
    list[str] | None, typer.Option(help="Grade this student only; may be repeated.")
]
ForceOption = Annotated[
    bool,
    typer.Option("--force", help="Grade again what has its verdicts already."),
]
# One notebook, and what is written of it.
LabOption = Annotated[
    str | None,
    typer.Option(help="Its lab; found from the file's name or its answer cell otherwise."),
]
JunitOption = Annotated[Path | None, typer.Option(help="Write JUnit XML here.")]
SummaryOption = Annotated[
    Path | None,
    typer.Option(help="Append Markdown here; $GITHUB_STEP_SUMMARY otherwise, where it is set."),
]
JsonOption = Annotated[
    Path | None,
    typer.Option("--json", help="Write results as JSON here, or - for the terminal."),
]
# What comes of it.
OutOption = Annotated[Path, typer.Option("--out", help="Where results go.")]
FeedbackOption = Annotated[
    bool,
    typer.Option(
        "--feedback/--no-feedback",
        help="Name mistakes; make a page for each student, a report.",
    ),
]
CompareOption = Annotated[
    bool,
    typer.Option(
        "--compare",
        help="Judge everything again and say whose score would change; keep nothing.",
    ),
]
JobsOption = Annotated[
    int | None,
    typer.Option(min=1, max=256, help="Judges side by side; one a processor otherwise."),
]


def grade(
    lab: LabsArgument = None,
    submitted: SubmittedOption = None,
    out_folder: OutOption = Path("graded"),
    jobs: JobsOption = None,
    student: StudentOption = None,
    seed: SeedOption = None,
    force: ForceOption = False,
    feedback: FeedbackOption = True,
    db: DbOption = None,
    compare: CompareOption = False,
    scheduler: cluster.SchedulerOption = None,
    wait: cluster.PatienceOption = cluster.DEFAULT_PATIENCE,
    without_tls: cluster.WithoutTlsOption = False,
    mask: MaskOption = None,
    trust: TrustOption = False,
) -> None:
    """Grade a class: verdicts, results.json, grades.csv, nbgrader's gradebook.

    Exit status: 0 every submission got its score, 1 something was not graded through our fault or
    `--compare` found a change, 2 wrong usage, 4 a submission has no score and needs your eye.
    """
    try:
        root = course.root_from(Path.cwd())
        choice = example.choose(root, submitted, out_folder, db)
        out_folder = choice.out
        if choice.told:
            err.print(safe(choice.told), soft_wrap=True)
        options = replace(
            _of_course(root, choice),
            labs=tuple(lab or ()),
            students=tuple(student or ()),
            jobs=jobs,
            seed=seed,
            force=force,
            feedback=feedback,
            masked=tuple(mask or ()),
            trusted=trust,
            cluster=cluster.named(scheduler, wait, without_tls=without_tls),
        )
        said = terminal.watch(compare_class(options) if compare else grade_class(options))
    except (AutograderError, OSError) as error:
        stop_grading(error, out_folder)
    _tell(said, out_folder, kept=not compare)
    sys.exit(_status(said, is_example=choice.is_example))


def _of_course(root: Path, choice: example.Choice) -> Options:
    """How this course is graded, whatever the command line says besides."""
    return Options(
        root=root,
        submitted=choice.submitted,
        out=choice.out,
        db=choice.db,
        autograded=_autograded(root, choice.submitted, choice.out),
        counts_zero=settings.counts_zero(root),
        least=settings.least_level(root),
    )


def _tell(said: Iterable[Ended | Compared], out_folder: Path, *, kept: bool) -> None:
    """Say what came of each lab, and where that was written if it was."""
    for one in said:
        if isinstance(one, Ended):
            terminal.summary(one, out_folder)
        else:
            terminal.changes(one)
    for name in ("index.html", "grades.csv"):
        if kept and (out_folder / name).is_file():
            out.print(f"{out_folder / name}", soft_wrap=True)


def _status(said: Iterable[Ended | Compared], *, is_example: bool) -> int:
    """The exit status of a run. In the example class, an unreadable file is part of the example."""
    if any(one.failed for one in said):
        return Exit.NOT_GRADED
    eyes = any(isinstance(one, Ended) and one.needs_eye for one in said)
    return Exit.NEEDS_EYE if eyes and not is_example else Exit.DONE


def _autograded(root: Path, submitted: Path, out_folder: Path) -> Path | None:
    """nbgrader's folder of graded notebooks, if what is graded is what nbgrader would grade, into
    the gradebook that it uses.
    """
    usual = submitted.resolve() == root / "submitted" and out_folder.resolve() == root / "graded"
    return root / "autograded" if usual and (root / "nbgrader_config.py").is_file() else None


def check(
    notebook: Annotated[Path | None, typer.Argument(help="The notebook to check.")] = None,
    lab: LabOption = None,
    junit: JunitOption = None,
    summary: SummaryOption = None,
    json_file: JsonOption = None,
    seed: SeedOption = None,
    mask: MaskOption = None,
    trust: TrustOption = False,
    student: explain.StudentOption = None,
    named: explain.CheckOption = None,
    full: explain.FullOption = False,
    debug: explain.DebugOption = False,
    submitted: explain.SubmittedOption = None,
    graded: explain.GradedOption = Path("graded"),
    to: explain.OutOption = None,
) -> None:
    """Check one notebook; or, with --student, repeat a verdict and show why it is so.

    Exit status: 0 full marks, 1 less, 2 wrong usage, 3 no score: through our fault, or it needs an
    instructor's eye.
    """
    from autograder.commands.check import check as check_notebook  # for this verb alone

    root = course.root_from(Path.cwd())
    masked = tuple(mask or ())
    if student is not None or notebook is None:
        asked = explain.Asked(lab, explain.whose(notebook, student), named, seed, masked, trust)
        places = explain.Places(root, submitted, graded, to)
        sys.exit(explain.answer(asked, places, full=full, debug=debug))
    explain.refuse(check=named, full=full, debug=debug)
    checked = check_notebook(root, notebook, lab, seed, masked=masked, trusted=trust)
    terminal.verdicts(checked)
    _write(checked, junit, summary, json_file)
    sys.exit(exits.of_check(checked.judgement))


def _write(
    checked: Checked, junit: Path | None, summary: Path | None, json_file: Path | None
) -> None:
    """What `check` writes besides: for CI, for programs."""
    from autograder.integrations import ci  # for this verb alone

    if summary is None and os.environ.get("GITHUB_STEP_SUMMARY"):
        summary = Path(os.environ["GITHUB_STEP_SUMMARY"])
    as_json = results.as_json(results.results(checked.lab, [checked.judgement]))
    try:
        if junit is not None:
            ci.write_junit(junit, checked.lab, checked.view)
        if summary is not None:
            ci.append_summary(summary, checked.lab, checked.view)
        if json_file is not None and str(json_file) != "-":
            files.write(json_file, as_json, mode=0o644)
    except OSError as error:
        stop(UsageError(f"`{error.filename}` cannot be written: {error.strerror}"))
    if str(json_file) == "-":
        sys.stdout.write(as_json.decode())
    if os.environ.get("GITHUB_ACTIONS") == "true":
        sys.stdout.write(ci.workflow_commands(checked.lab, checked.view))
