"""The command `autograder`: the only place that prints, exits and reads the environment.

One function a verb.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

import autograder
from autograder.cli import cluster, course_verbs, judging, outward
from autograder.cli.exits import Exit, stop
from autograder.cli.options import MaskOption
from autograder.cli.terminal import out, safe
from autograder.course import labs as course
from autograder.errors import AutograderError, GraderFault
from autograder.model import Level

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

course_verbs.add_to(app)
app.command()(judging.grade)
app.command()(judging.check)


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
    from autograder.course import sheet, starters  # for this verb alone

    root = course.root_from(Path.cwd())
    for folder in starters.lab_sources(root):
        if lab and folder.name not in lab:
            continue
        path = root / "labs" / folder.name / f"{folder.name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(starters.starter(folder), encoding="utf-8")
        out.print(path.relative_to(root).as_posix())
    labs = course.find(root, ())
    for one in labs:
        path = sheet.path(root, one.name)
        path.parent.mkdir(exist_ok=True)
        path.write_text(sheet.of(one), encoding="utf-8")
    (root / "labs" / "index.ipynb").write_text(starters.index(labs), encoding="utf-8")


app.command(name="worker")(cluster.work)
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
