"""The verbs whose result leaves the course: for an LMS, for students, for Gradescope."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from autograder import files
from autograder.cli.exits import stop
from autograder.cli.options import DbOption, TrustOption
from autograder.cli.terminal import err, out, safe
from autograder.course import labs as course
from autograder.errors import UsageError
from autograder.integrations.nbgrader import settings


class System(StrEnum):
    """What grades can be exported for."""

    CANVAS = "canvas"
    MOODLE = "moodle"
    CSV = "csv"


def export(
    system: Annotated[
        System, typer.Argument(help="Whose file to write; csv is a table with a column per check.")
    ],
    lab: Annotated[
        list[str] | None, typer.Argument(help="Labs; all in the gradebook otherwise.")
    ] = None,
    template: Annotated[
        Path | None, typer.Option(help="A file downloaded from the system, to be filled in.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option(help="The file to write; <out>/<system>.csv otherwise.")
    ] = None,
    out_folder: Annotated[
        Path, typer.Option("--out", help="Where `autograder grade` wrote.")
    ] = Path("graded"),
    db: DbOption = None,
) -> None:
    """Write grades from the gradebook, manual scores and penalties included, for Canvas, Moodle, or
    a spreadsheet.
    """
    from autograder.integrations.lms import exports, grades  # for this verb alone

    target = to or out_folder / f"{system}.csv"
    try:
        titles = {one.name: one.title for one in course.find(course.root_from(Path.cwd()), ())}
        found = grades.read(
            db or f"sqlite:///{out_folder.resolve() / 'gradebook.db'}", titles
        ).only(lab or ())
        made = exports.make(system, found, template, out_folder)
        files.write(target, made.text)
    except OSError as error:
        stop(UsageError(f"`{target}` cannot be written: {error.strerror}"))
    for finding in made.findings:
        err.print(safe(finding), soft_wrap=True)
    out.print(target.as_posix())


def release(
    lab: Annotated[
        list[str] | None, typer.Argument(help="Labs to hand out; all otherwise.")
    ] = None,
    to: Annotated[Path, typer.Option(help="The folder to make; its zip lies beside it.")] = Path(
        "dist/autograd-labs"
    ),
    title: Annotated[str, typer.Option(help="What its page is headed.")] = "Autograd labs",
) -> None:
    """Make what students receive: notebooks, environment, a page to start from, the self-check.

    No solution, no hidden check.
    """
    from autograder.course import handout  # for this verb alone

    root = course.root_from(Path.cwd())
    archive = handout.build(root, course.find(root, lab or ()), to, title)
    out.print(archive.as_posix())


def gradescope(
    lab: Annotated[
        list[str] | None, typer.Argument(help="Labs; all otherwise. Each gets a zip of its own.")
    ] = None,
    to: Annotated[Path, typer.Option(help="The folder for the zips.")] = Path("dist/gradescope"),
    index: Annotated[
        str,
        typer.Option(
            envvar="TORCH_INDEX",
            help="URL of a package index with PyTorch's CPU wheels, for a smaller image.",
        ),
    ] = "",
    trust: TrustOption = False,
) -> None:
    """Make each lab's autograder.zip for Gradescope.

    It holds the hidden checks: never hand it out.
    """
    from autograder.integrations.gradescope import bundle  # for this verb alone

    root = course.root_from(Path.cwd())
    for one in course.find(root, lab or ()):
        out.print(
            bundle.build(
                root,
                one,
                to / f"{one.name}.zip",
                index=index,
                trusted=trust,
                counts_zero=settings.counts_zero(root),
            ).as_posix()
        )
