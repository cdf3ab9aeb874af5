"""Taking in what Canvas or Moodle let one download: into `submitted/`, under the students' ids,
with a line for everything that was taken and everything that was left.

Nothing is unpacked to a name of the download's own. Files are laid down beside their place first,
and moved there only when it is plain whose they are and that nothing newer lies there.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from autograder import files
from autograder.commands import placing
from autograder.commands.placing import Left, Taken, Work
from autograder.course import collected, hand_ins, recognition, submissions, tables
from autograder.course import labs as course
from autograder.course import roster as rosters
from autograder.course.collected import Origin
from autograder.course.labs import Lab
from autograder.integrations.lms import archives, downloads, worksheets
from autograder.integrations.lms.archives import Member, Unreadable
from autograder.integrations.lms.downloads import Piece
from autograder.integrations.nbgrader import lateness

_ATTEMPT = re.compile(
    r"(?:-\d+| ?\(\d+\))+$"
)  # what Canvas and browsers add to a name that is taken


@dataclass(frozen=True)
class Collected:
    """What became of a download.

    Attributes:
        taken: hand-ins that lie in `submitted/` now.
        left: files that were not taken.
        clutter: how many files were passed over that only computers care for.
        strangers: students who were taken and are not on the roster.
        untimed: students whom the system calls late, of whom no time is known.
    """

    taken: tuple[Taken, ...]
    left: tuple[Left, ...]
    clutter: int
    strangers: tuple[str, ...] = ()
    untimed: tuple[str, ...] = ()


@dataclass(frozen=True)
class _File:
    """A notebook of a download, and whose it is."""

    member: Member
    piece: Piece
    student: str

    @property
    def stem(self) -> str:
        """Its name without endings, and without what was added to tell attempts apart."""
        match = submissions.NOTEBOOK.fullmatch(self.piece.file)
        return _ATTEMPT.sub("", match["stem"] if match else self.piece.file)


@dataclass
class _Sheet:
    """What a grading worksheet tells: by participant's number."""

    emails: dict[str, str] = field(default_factory=dict)
    times: dict[str, datetime] = field(default_factory=dict)


def collect(
    root: Path,
    path: Path,
    submitted: Path,
    lab: str | None = None,
    sheet: Path | None = None,
    *,
    overwrite: bool = False,
) -> Collected:
    """Take in a download.

    Args:
        root: the course.
        path: the zip, or the folder that it was unpacked to.
        submitted: where hand-ins go.
        lab: of which lab they are; found from each notebook otherwise.
        sheet: the Moodle assignment's grading worksheet, which tells addresses and times.
        overwrite: take the download's even where something newer, or changed by hand, lies there.
            What lay there is kept aside in any case.

    Raises:
        UsageError: the download or the worksheet cannot be read, or there is no such lab.
        OSError: something cannot be written.
    """
    labs = course.find(root, [lab] if lab else ())
    told = _told(root, sheet)
    left: list[Left] = []
    with archives.opened(path) as download, _beside(submitted) as aside:
        found, more = _notebooks(download.members)
        left += more
        students = downloads.whose(
            dict.fromkeys(piece.named for _, piece in found), rosters.read(root), told.emails
        )
        owned = [_File(member, piece, students[piece.named]) for member, piece in found]
        counted, earlier = _newest(owned)
        left += earlier
        works, unclear = _works(
            counted, labs, aside, download.made, told.times, is_named=lab is not None
        )
        left += unclear
        taken, stayed = _place(root, submitted, works, overwrite=overwrite)
    return _summed(root, taken, [*left, *stayed], download.clutter, works)


def _told(root: Path, sheet: Path | None) -> _Sheet:
    found = _Sheet()
    if sheet is None:
        return found
    read = worksheets.worksheet(tables.parsed(tables.read(sheet)[0]))
    zone = lateness.of_course(root)
    for row in read.table.rows:
        number = read.participant(row)
        if read.email is not None:
            found.emails[number] = row[read.email].strip()
        when = worksheets.time(row[read.handed_in], zone) if read.handed_in is not None else None
        if when is not None:
            found.times[number] = when
    return found


@contextmanager
def _beside(submitted: Path) -> Iterator[Path]:
    """A folder in `submitted/` that nobody takes for a student's, gone at the end."""
    files.make_private(submitted)
    with tempfile.TemporaryDirectory(prefix=".collecting-", dir=submitted) as place:
        yield Path(place)


# -- what is a notebook, and which counts ----------------------------------------------------------


def _notebooks(members: Iterable[Member]) -> tuple[list[tuple[Member, Piece]], list[Left]]:
    """The notebooks of a download, zips that students handed in opened, and what is none."""
    found: list[tuple[Member, Piece]] = []
    left: list[Left] = []
    for member in members:
        piece = downloads.piece(member.path)
        if member.refused:
            left.append(Left(member.shown, member.refused))
        elif piece is None:
            left.append(Left(member.shown, "it is not named as Canvas and Moodle name downloads"))
        elif piece.typed:
            system = piece.named.system.capitalize()
            left.append(Left(member.shown, f"it is text typed into {system}, or a link; no file"))
        elif submissions.NOTEBOOK.fullmatch(piece.file):
            found.append((member, piece))
        elif piece.file.casefold().endswith(".zip"):
            inside, more = _of_inner(member, piece)
            found += inside
            left += more
        else:
            left.append(Left(member.shown, "it is no notebook"))
    return found, left


def _of_inner(member: Member, outer: Piece) -> tuple[list[tuple[Member, Piece]], list[Left]]:
    """The notebooks of a zip that a student handed in."""
    try:
        inside = archives.inner(member)
    except Unreadable as error:
        return [], [Left(member.shown, str(error))]
    found: list[tuple[Member, Piece]] = []
    left: list[Left] = []
    for one in inside:
        if one.refused:
            left.append(Left(one.shown, one.refused))
        elif submissions.NOTEBOOK.fullmatch(one.path[-1]):
            found.append((one, replace(outer, file=one.path[-1], inside=one.path[:-1])))
        else:
            left.append(Left(one.shown, "it is no notebook"))
    return found, left


def _newest(owned: Iterable[_File]) -> tuple[list[_File], list[Left]]:
    """Of a student's files of one name the newest, by Canvas's growing numbers of files."""
    by_name: dict[tuple[str, tuple[str, ...], str], list[_File]] = {}
    for one in owned:
        folder = one.piece.inside if one.piece.named.system == downloads.MOODLE else ()
        by_name.setdefault((one.student, folder, one.stem.casefold()), []).append(one)
    kept: list[_File] = []
    left: list[Left] = []
    for same in by_name.values():
        best = max(same, key=lambda one: one.piece.attachment)
        for one in same:
            if one is best or one.piece.attachment == best.piece.attachment:
                kept.append(one)
            else:
                why = f"an earlier attempt of `{one.student}`: `{best.member.shown}` is newer"
                left.append(Left(one.member.shown, why))
    return kept, left


# -- laying them down ------------------------------------------------------------------------------


def _works(
    counted: Sequence[_File],
    labs: Sequence[Lab],
    aside: Path,
    made: float,
    times: Mapping[str, datetime],
    *,
    is_named: bool,
) -> tuple[list[Work], list[Left]]:
    """Each student's notebooks of each lab, laid down aside."""
    left: list[Left] = []
    by_place: dict[tuple[str, str], list[tuple[_File, Path, str]]] = {}
    unclear: list[tuple[_File, Path, str]] = []
    for n, one in enumerate(counted):
        staged = aside / f"{n}.ipynb"
        try:
            if not submissions.STUDENT.fullmatch(one.student):
                raise Unreadable(f"`{one.student:.70}` is no student's id: {hand_ins.ID_RULE}")
            digest = one.member.copy(staged)
        except Unreadable as error:
            left.append(Left(one.member.shown, str(error)))
            continue
        lab = labs[0] if is_named else _lab(labs, one, staged)
        laid = (one, staged, digest)
        if lab is None:
            unclear.append(laid)
        else:
            by_place.setdefault((one.student, lab.name), []).append(laid)
    only = sorted({lab for _, lab in by_place})
    for laid in unclear:
        one = laid[0]
        if len(only) == 1:  # a download is of one assignment, whatever a notebook is called
            by_place.setdefault((one.student, only[0]), []).append(laid)
        else:
            left.append(Left(one.member.shown, "which lab is it of? Name it: --lab"))
    works = [
        _work(student, lab, laid, made, times) for (student, lab), laid in sorted(by_place.items())
    ]
    return works, left


def _lab(labs: Sequence[Lab], one: _File, staged: Path) -> Lab | None:
    named = recognition.by_name(labs, [one.piece.file, *one.piece.inside])
    return named or recognition.by_content(labs, submissions.fetch_file(staged, one.student))


def _work(
    student: str,
    lab: str,
    laid: Sequence[tuple[_File, Path, str]],
    made: float,
    times: Mapping[str, datetime],
) -> Work:
    """One hand-in: its files under the names that they will have."""
    newest = max((one for one, _, _ in laid), key=lambda one: one.piece.attachment)
    named = newest.piece.named
    by_name: dict[str, tuple[Path, str]] = {}
    for one, staged, digest in laid:
        name = f"{lab}.ipynb" if len(laid) == 1 else _plain(one.piece.file)
        while name in by_name:
            name = f"other-{name}"
        by_name[name] = (staged, digest)
    origin = Origin(
        student=student,
        lab=lab,
        system=named.system,
        who=named.who,
        number=named.number,
        attachment=newest.piece.attachment,
        file=newest.piece.file,
        late=newest.piece.late,
        made=made,
        digests={name: digest for name, (_, digest) in by_name.items()},
    )
    when = times.get(named.number) if named.system == downloads.MOODLE else None
    shown = tuple(one.member.shown for one, _, _ in laid)
    return Work(origin, {name: staged for name, (staged, _) in by_name.items()}, shown, when)


def _plain(name: str) -> str:
    """A file's name for our own folder: no more than the rules for students' ids allow."""
    kept = re.sub(r"[^\w .,@+'()-]", "_", name).strip(" .")
    return f"{kept[:120]}" if kept.casefold().endswith(".ipynb") else f"{kept[:114]}.ipynb"


def _place(
    root: Path, submitted: Path, works: Iterable[Work], *, overwrite: bool
) -> tuple[list[Taken], list[Left]]:
    ledger = collected.read(root)
    taken: list[Taken] = []
    left: list[Left] = []
    try:
        for work in works:
            key = (work.origin.student, work.origin.lab)
            done = placing.place(root, submitted, work, ledger.get(key), overwrite=overwrite)
            if isinstance(done, Taken):
                taken.append(done)
                ledger[key] = work.origin
            else:
                left.append(done)
    finally:
        if taken:
            collected.write(root, ledger.values())
    return taken, left


def _summed(
    root: Path,
    taken: Sequence[Taken],
    left: Sequence[Left],
    clutter: int,
    works: Sequence[Work],
) -> Collected:
    roster = rosters.read(root)
    here = {(one.student, one.lab) for one in taken}
    mine = [work for work in works if (work.origin.student, work.origin.lab) in here]
    strangers = {work.origin.student for work in mine} - set(roster.people) if roster else set()
    untimed = [work.origin.student for work in mine if work.origin.late and work.when is None]
    return Collected(
        tuple(taken), tuple(left), clutter, tuple(sorted(strangers)), tuple(sorted(untimed))
    )
