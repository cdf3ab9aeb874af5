"""The command `autograder`: the only place that prints, exits and reads the environment.

One function a verb.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

import autograder
from autograder import files
from autograder.cli import exits, outward, terminal
from autograder.cli.exits import Exit, stop, stop_grading
from autograder.cli.options import DbOption, MaskOption, SeedOption, TrustOption
from autograder.cli.terminal import err, out, safe
from autograder.commands.compare import Compared
from autograder.commands.compare import compare as compare_class
from autograder.commands.grade import Ended, Event, Options
from autograder.commands.grade import grade as grade_class
from autograder.course import example
from autograder.course import labs as course
from autograder.errors import AutograderError, GraderFault, UsageError
from autograder.integrations.nbgrader import settings
from autograder.model import Level
from autograder.record import results

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command()
def grade(
    lab: Annotated[
        list[str] | None, typer.Argument(help="Labs to grade; all that have submissions otherwise.")
    ] = None,
    submitted: Annotated[
        Path | None, typer.Option(help="Folder of submissions: <student>/<lab>/<lab>.ipynb.")
    ] = None,
    out_folder: Annotated[Path, typer.Option("--out", help="Where results go.")] = Path("graded"),
    jobs: Annotated[
        int | None,
        typer.Option(min=1, max=256, help="Judges side by side; one a processor otherwise."),
    ] = None,
    student: Annotated[
        list[str] | None, typer.Option(help="Grade this student only; may be repeated.")
    ] = None,
    seed: SeedOption = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Grade again what has its verdicts already."),
    ] = False,
    feedback: Annotated[
        bool,
        typer.Option(
            "--feedback/--no-feedback",
            help="Name mistakes; make a page for each student, a report.",
        ),
    ] = True,
    db: DbOption = None,
    compare: Annotated[
        bool,
        typer.Option(
            "--compare",
            help="Judge everything again and say whose score would change; keep nothing.",
        ),
    ] = False,
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
        options = Options(
            root=root,
            submitted=choice.submitted,
            out=out_folder,
            labs=tuple(lab or ()),
            students=tuple(student or ()),
            jobs=jobs,
            seed=seed,
            force=force,
            feedback=feedback,
            db=choice.db,
            masked=tuple(mask or ()),
            trusted=trust,
            autograded=_autograded(root, choice.submitted, out_folder),
            counts_zero=settings.counts_zero(root),
        )
        events: Iterable[Event | Compared] = (
            compare_class(options) if compare else grade_class(options)
        )
        said = terminal.watch(events)
    except (AutograderError, OSError) as error:
        stop_grading(error, out_folder)
    for one in said:
        if isinstance(one, Ended):
            terminal.summary(one, out_folder)
        else:
            terminal.changes(one)
    for name in ("index.html", "grades.csv"):
        if not compare and (out_folder / name).is_file():
            out.print(f"{out_folder / name}", soft_wrap=True)
    sys.exit(_status(said, is_example=choice.is_example))


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


@app.command()
def check(
    notebook: Annotated[Path, typer.Argument(help="The notebook to check.")],
    lab: Annotated[
        str | None,
        typer.Option(help="Its lab; found from the file's name or its answer cell otherwise."),
    ] = None,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML here.")] = None,
    summary: Annotated[
        Path | None,
        typer.Option(help="Append Markdown here; $GITHUB_STEP_SUMMARY otherwise, where it is set."),
    ] = None,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", help="Write results as JSON here, or - for the terminal."),
    ] = None,
    seed: SeedOption = None,
    mask: MaskOption = None,
    trust: TrustOption = False,
) -> None:
    """Check one notebook.

    Exit status: 0 full marks, 1 less, 2 wrong usage, 3 no score: through our fault, or it needs an
    instructor's eye.
    """
    from autograder.commands.check import check as check_notebook  # for this verb alone
    from autograder.integrations import ci

    root = course.root_from(Path.cwd())
    checked = check_notebook(root, notebook, lab, seed, masked=tuple(mask or ()), trusted=trust)
    terminal.verdicts(checked)
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
    sys.exit(exits.of_check(checked.judgement))


@app.command()
def doctor(mask: MaskOption = None) -> None:
    """Show what this machine's sandbox can enforce, from probes that really ran.

    Exit status: 0 grading is possible, 3 it is not.
    """
    from autograder.supervisor import selftest, zygote  # for this verb alone

    with zygote.ZygoteHandle(1, tuple(mask or ())) as handle:
        try:
            sandbox = handle.wait()
            tried = selftest.attempts(handle.controls[0])
        except GraderFault as error:
            stop(error)
    out.print(f"sandbox: {sandbox.level}", style="bold")
    for layer in zygote.LAYERS:
        missing = sandbox.missing.get(layer, "not needed for an ordinary user")
        out.print(
            safe(f"  {layer:<14}{'on' if layer in sandbox.layers else missing}"), soft_wrap=True
        )
    out.print("probes (outside the sandbox / inside it):")
    for attempt in tried:
        out.print(
            f"  "
            f"{attempt.name:<14}{'through' if attempt.outside else 'stopped':<10}"
            f"{'THROUGH' if attempt.inside else 'stopped'}"
        )
    if sandbox.level == Level.NONE:
        out.print(
            "Grading refuses at this level. Linux 6.2 or later with seccomp and "
            "Landlock or user namespaces is needed."
        )
    sys.exit(Exit.NO_SCORE if sandbox.level == Level.NONE else Exit.DONE)


@app.command()
def verify(
    lab: Annotated[list[str] | None, typer.Argument(help="Labs to prove; all otherwise.")] = None,
    seeds: Annotated[int, typer.Option(min=1, max=100, help="How many seeds to try.")] = 3,
) -> None:
    """Prove the labs' checks: starters earn nothing, right answers everything, each mistake fails
    what it names.
    """
    from autograder.commands import verify as proving  # for this verb alone

    sound = True
    for proof in proving.verify(
        course.find(course.root_from(Path.cwd()), lab or ()), range(1, seeds + 1)
    ):
        tried = f"{proof.alternatives} alternatives, {proof.mistakes} mistakes, {seeds} seeds"
        out.print(
            f"{proof.lab.name}: "
            f"{'proven' if not proof.findings else f'{len(proof.findings)} findings'} ({tried})"
        )
        for finding in proof.findings:
            out.print(safe(f"  {finding}"), soft_wrap=True)
        sound = sound and not proof.findings
    sys.exit(Exit.DONE if sound else Exit.LESS)


@app.command(name="new-lab")
def new_lab(
    name: Annotated[str, typer.Argument(help="The lab's name: small letters, digits and _.")],
) -> None:
    """Write a lab to start from: source, checks, a right answer, a mistake. Edit them, then
    `autograder build NAME` and `autograder verify NAME`, which says what is still missing.
    """
    from autograder.commands import new_lab as scaffolding  # for this verb alone

    root = course.root_from(Path.cwd())
    for path in scaffolding.scaffold(root, name):
        out.print(path.relative_to(root).as_posix(), soft_wrap=True)


@app.command()
def build(
    lab: Annotated[list[str] | None, typer.Argument(help="Labs to build; all otherwise.")] = None,
) -> None:
    """Build labs/ from solutions/: the starters, by nbgrader's generate_assignment, and the course
    page.
    """
    from autograder.course import starters  # for this verb alone

    root = course.root_from(Path.cwd())
    for folder in starters.lab_sources(root):
        if lab and folder.name not in lab:
            continue
        path = root / "labs" / folder.name / f"{folder.name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(starters.starter(folder), encoding="utf-8")
        out.print(path.relative_to(root).as_posix())
    (root / "labs" / "index.ipynb").write_text(
        starters.index(course.find(root, ())), encoding="utf-8"
    )


app.command()(outward.export)
app.command()(outward.release)
app.command()(outward.gradescope)


@app.command()
def version() -> None:
    """Print the version."""
    out.print(autograder.__version__)


def main() -> None:
    """Entry point of the command."""
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    try:
        app()
    except (AutograderError, OSError) as error:
        stop(error)
