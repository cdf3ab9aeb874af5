"""The verbs whose result leaves the course: for students, for Gradescope."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.options import TrustOption
from autograder.cli.terminal import out
from autograder.course import labs as course
from autograder.integrations.nbgrader import settings


def release(
    lab: Annotated[
        list[str] | None, typer.Argument(help="Labs to hand out; all otherwise.")
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(
            help="The folder to make, dist/autograd-labs (or -solutions) otherwise; its zip lies "
            "beside it."
        ),
    ] = None,
    title: Annotated[str, typer.Option(help="What its page is headed.")] = "Autograd labs",
    solutions: Annotated[
        bool,
        typer.Option(
            "--solutions",
            help="For after the deadline: solutions, their costs, the commonest mistakes.",
        ),
    ] = False,
    graded: Annotated[
        Path, typer.Option(help="With --solutions: where `autograder grade` wrote.")
    ] = Path("graded"),
) -> None:
    """Make what students receive: notebooks, environment, a page to start from, help while they
    work. No solution, no hidden check.

    With --solutions, what they receive after the deadline instead: the reference, other right
    answers beside it with why they are right and what they cost, and the class's commonest
    mistakes. No hidden check, no name.
    """
    root = course.root_from(Path.cwd())
    labs = course.find(root, lab or ())
    if solutions:
        from autograder.commands import solutions as after  # for this verb alone

        out.print(after.build(labs, to or Path("dist/autograd-labs-solutions"), graded).as_posix())
        return
    from autograder.course import handout, published  # for this verb alone

    address = settings.public_address(root)
    at = published.parse(address) if address else None
    archive = handout.build(root, labs, to or Path("dist/autograd-labs"), title, at)
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
