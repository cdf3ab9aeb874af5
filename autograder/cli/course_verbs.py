"""The verbs of a running course: the roster, what is collected, extensions, exports, and what goes
back.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from autograder import files
from autograder.cli.options import DbOption
from autograder.cli.terminal import err, out, safe
from autograder.course import labs as course
from autograder.errors import UsageError
from autograder.integrations.nbgrader import settings

MAX_LINES = 200
OutOption = Annotated[Path, typer.Option("--out", help="Where `autograder grade` writes.")]
SubmittedOption = Annotated[
    Path | None, typer.Option(help="Folder of submissions; the course's otherwise.")
]

roster_app = typer.Typer(no_args_is_help=True, help="Who is in the course.", rich_markup_mode=None)


class System(StrEnum):
    """What grades can be exported for."""

    CANVAS = "canvas"
    MOODLE = "moodle"
    CSV = "csv"


class Way(StrEnum):
    """How feedback can be given back."""

    CANVAS = "canvas"
    MOODLE = "moodle"
    FOLDER = "folder"
    MAIL = "mail"


def add_to(app: typer.Typer) -> None:
    """Make these verbs known to the command."""
    app.add_typer(roster_app, name="roster")
    app.command()(collect)
    app.command()(extend)
    app.command()(export)
    app.command(name="return")(give_back)


def _gradebook(db: str | None, out_folder: Path) -> str:
    return db or f"sqlite:///{out_folder.resolve() / 'gradebook.db'}"


@roster_app.callback()
def roster() -> None:
    """Who is in the course."""


@roster_app.command(name="import")
def import_roster(
    table: Annotated[
        Path, typer.Argument(help="CSV by Canvas, Moodle, nbgrader, or your own; any language.")
    ],
    id_column: Annotated[
        str | None,
        typer.Option("--id", help="The column with the students' ids; found otherwise."),
    ] = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="Take off the roster who is not in the table.")
    ] = False,
    out_folder: OutOption = Path("graded"),
    db: DbOption = None,
) -> None:
    """Take in names, e-mail addresses, sections and groups.

    Who is on the roster already is known better; several tables may be taken in, one after another.
    """
    from autograder.commands import rosters  # for this verb alone

    root = course.root_from(Path.cwd())
    done = rosters.take_in(root, table, _gradebook(db, out_folder), id_column, prune=prune)
    for finding in done.findings:
        err.print(safe(finding), soft_wrap=True)
    groups = done.roster.groups
    told = f", {len(groups)} groups" if groups else ""
    out.print(f"{len(done.roster.people)} on the roster, {len(done.added)} of them new{told}")


def collect(
    download: Annotated[
        Path, typer.Argument(help="The zip that Canvas or Moodle made, or its folder.")
    ],
    lab: Annotated[
        str | None, typer.Option(help="Of which lab they are; found from each notebook otherwise.")
    ] = None,
    submitted: SubmittedOption = None,
    sheet: Annotated[
        Path | None,
        typer.Option(help="Moodle's grading worksheet, which tells addresses and times."),
    ] = None,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite", help="Take it where newer or changed work lies; that is kept aside."
        ),
    ] = False,
) -> None:
    """Take in what Canvas or Moodle let you download, saying what was taken and what was left."""
    from autograder.commands import collect as collecting  # for this verb alone

    root = course.root_from(Path.cwd())
    done = collecting.collect(
        root, download, submitted or root / "submitted", lab, sheet, overwrite=overwrite
    )
    for one in done.taken[:MAX_LINES]:
        kept = f"; what lay there is in {one.kept}" if one.kept else ""
        line = f"{one.how:<10} {one.student}  {one.lab}  ({', '.join(one.files)}){kept}"
        out.print(safe(line), soft_wrap=True)
    for left in done.left[:MAX_LINES]:
        out.print(safe(f"{'left':<10} {left.file}: {left.why}"), soft_wrap=True)
    if done.strangers:
        err.print(safe(f"not on the roster: {', '.join(done.strangers)}"), soft_wrap=True)
    if done.untimed:
        names = ", ".join(done.untimed)
        err.print(safe(f"late, and no time is told (write timestamp.txt): {names}"), soft_wrap=True)
    clutter = f", {done.clutter} of an operating system's passed over" if done.clutter else ""
    out.print(f"{len(done.taken)} taken, {len(done.left)} files left{clutter}")


def extend(
    student: Annotated[str, typer.Argument(help="The student's id.")],
    lab: Annotated[str, typer.Argument(help="The lab.")],
    until: Annotated[
        str | None,
        typer.Option(help="Their due date, in the course's time zone: '2027-02-03 18:00'."),
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=0, help="Days after the due date; 0 takes it back.")
    ] = None,
    out_folder: OutOption = Path("graded"),
    db: DbOption = None,
) -> None:
    """Give a student more time for a lab, whether or not they have handed in.

    It takes the place of an extension that is there. The next `autograder grade` goes by it.
    """
    from autograder.integrations.nbgrader import lateness, students  # for this verb alone

    if (until is None) == (days is None):
        raise UsageError("say either --until TIME or --days N")
    root = course.root_from(Path.cwd())
    (found,) = course.find(root, [lab])
    zone = lateness.of_course(root)
    end = None if until is None else lateness.local_time(until, zone)
    given = students.extend(
        _gradebook(db, out_folder), found, student, zone, until=end, days=days or 0
    )
    due = lateness.shown(given.until or given.due, zone)
    out.print(safe(f"{student}: {lab} is due {due}"), soft_wrap=True)


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
        Path | None,
        typer.Option(help="The file to write; <out>/canvas.csv and so on otherwise."),
    ] = None,
    scale: Annotated[
        str | None,
        typer.Option(help="For a Moodle assignment graded by words: 'Good=18,Fair=10,Poor=0'."),
    ] = None,
    out_folder: OutOption = Path("graded"),
    db: DbOption = None,
) -> None:
    """Write grades from the gradebook, manual scores and penalties included, for Canvas, Moodle, or
    a spreadsheet.
    """
    from autograder.course import collected
    from autograder.course import roster as rosters
    from autograder.integrations.lms import exports, grades  # for this verb alone

    root = course.root_from(Path.cwd())
    titles = {one.name: one.title for one in course.find(root, ())}
    found = grades.read(_gradebook(db, out_folder), titles, rosters.read(root)).only(lab or ())
    target = to or out_folder / exports.file_name(system, list(lab or ()))
    known = grades.with_origins(found, collected.read(root))
    made = exports.make(system, known, template, out_folder, exports.scale(scale or ""))
    try:
        files.write(target, made.content)
    except OSError as error:
        raise UsageError(f"`{target}` cannot be written: {error.strerror}") from None
    for finding in made.findings:
        err.print(safe(finding), soft_wrap=True)
    out.print(target.as_posix(), soft_wrap=True)


def give_back(
    way: Annotated[Way, typer.Argument(help="Canvas's or Moodle's zip, folders, or a mail merge.")],
    lab: Annotated[str, typer.Argument(help="The lab.")],
    template: Annotated[
        Path | None,
        typer.Option(help="Moodle's grading worksheet, for students who were not collected there."),
    ] = None,
    to: Annotated[
        Path | None, typer.Option(help="The file or folder to make; <out>/<lab>/... otherwise.")
    ] = None,
    submitted: SubmittedOption = None,
    out_folder: OutOption = Path("graded"),
    db: DbOption = None,
) -> None:
    """Give feedback back as each system takes it: a zip for Canvas or Moodle, a folder a student,
    or a table for a mail merge.
    """
    from autograder.commands import hand_back  # for this verb alone
    from autograder.commands.planning import Options

    root = course.root_from(Path.cwd())
    options = Options(
        root=root,
        submitted=submitted or root / "submitted",
        out=out_folder,
        db=db,
        counts_zero=settings.counts_zero(root),
    )
    done = hand_back.hand_back(options, way, lab, to, template)
    for finding in done.findings:
        err.print(safe(finding), soft_wrap=True)
    out.print(f"{done.path}: feedback for {done.count}", soft_wrap=True)
