"""Grading a class, lab after lab, in three steps: plan, judge, record.

A generator of what happened. Each submission is read once: what is judged, what its verdict is kept
under and what the graded notebook shows are of the same bytes.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder import files
from autograder.course import labs as course
from autograder.course import submissions
from autograder.course.labs import Lab
from autograder.course.submissions import Submission
from autograder.errors import GraderFault, UsageError
from autograder.integrations.nbgrader import gradebook, graded_notebooks, lateness
from autograder.judge import fingerprint
from autograder.judge.grader import Grader
from autograder.layout import CourseLayout, ResultsLayout
from autograder.model import Judgement, Status
from autograder.record import results
from autograder.record.journal import Journal

MAX_REMARKS = 12
STATE = "state"  # the digest of what a lab's files were made from


@dataclass(frozen=True)
class Options:
    """What to grade, and how.

    Attributes:
        root: the course.
        submitted: the folder of submissions.
        out: where results go.
        labs: names; all that have submissions where empty.
        students: only these, where any is named.
        jobs: judges side by side; one a processor where None.
        seed: of every submission's inputs; each has its own where None.
        force: judge again what has its verdicts already.
        feedback: name mistakes, and make pages.
        db: URL of the gradebook; `gradebook.db` in `out` where None.
        masked: layers of the sandbox to do without, for tests.
        trusted: go on where student code cannot be confined.
        autograded: where graded notebooks go; none are written where None.
    """

    root: Path
    submitted: Path
    out: Path
    labs: tuple[str, ...] = ()
    students: tuple[str, ...] = ()
    jobs: int | None = None
    seed: int | None = None
    force: bool = False
    feedback: bool = True
    db: str | None = None
    masked: tuple[str, ...] = ()
    trusted: bool = False
    autograded: Path | None = None

    @property
    def results(self) -> ResultsLayout:
        """Where each result goes."""
        return ResultsLayout(self.out)

    @property
    def db_url(self) -> str:
        """The gradebook's URL."""
        return self.db or f"sqlite:///{self.results.gradebook.resolve()}"


@dataclass(frozen=True)
class Begun:
    """A lab begins: how many submissions it has, and how many of them must be judged."""

    lab: Lab
    submissions: int
    pending: int


@dataclass(frozen=True)
class Judged:
    """A submission was judged."""

    judgement: Judgement


@dataclass(frozen=True)
class Remarked:
    """Something that an instructor should know and that is no verdict."""

    text: str


@dataclass(frozen=True)
class Ended:
    """A lab is done and its files are written, or `fault` says why they are not."""

    lab: Lab
    judgements: tuple[Judgement, ...]
    fault: str = ""

    @property
    def failed(self) -> bool:
        """Whether anything was not graded or not written through a fault of ours."""
        return bool(self.fault) or any(j.status == Status.NOT_GRADED for j in self.judgements)


Event = Begun | Judged | Remarked | Ended


@dataclass
class Plan:
    """What is to be done for one lab.

    Attributes:
        journal: what is known already.
        keys: for each student whose submission counts, the digest of everything that decides it.
        pending: submissions to be judged.
        unwritten: submissions whose graded notebooks are missing, by student.
    """

    lab: Lab
    journal: Journal
    keys: dict[str, str] = field(default_factory=dict)
    pending: list[Submission] = field(default_factory=list)
    unwritten: dict[str, Submission] = field(default_factory=dict)

    @property
    def judgements(self) -> dict[str, Judgement]:
        """Those of the students whose submissions count, by student, in order."""
        known = self.journal.judgements
        return {student: known[student] for student in sorted(self.keys) if student in known}


def grade(options: Options) -> Iterator[Event]:
    """Grade a class.

    Raises:
        UsageError: nothing to grade, unusable labs, or another grader is at work in `out`.
        SandboxUnavailable: student code cannot be confined here, and `trusted` was not given.
    """
    if options.db is not None:
        gradebook.checked(options.db)  # before an hour's work, not after it
    with _locked(options.results.lock):
        labs = wanted(options)
        plans = [plan(options, lab) for lab in labs]
        known = {student for one in plans for student in one.keys}
        if unknown := set(options.students) - known:
            names = ", ".join(lab.name for lab in labs)
            raise UsageError(f"no submission by {', '.join(sorted(unknown))} of {names}")
        yield from map(Remarked, _remarks(options, plans))
        yield from _judge_and_record(options, plans)
        _record_course(options, plans)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the folder of results, so that no other grader overwrites what this one finds out.

    Raises:
        UsageError: another grader holds it.
    """
    files.make_private(path.parent)
    with open(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, files.PRIVATE), "rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(
                f"another grader is writing to `{path.parent}`: wait until it is done, or give "
                "another --out"
            ) from None
        yield


def wanted(options: Options) -> list[Lab]:
    """The labs to grade: those named, or all that have submissions.

    Raises:
        UsageError: there is nothing to grade.
    """
    if not options.submitted.is_dir():
        raise UsageError(
            f"no folder `{options.submitted}`: submissions lie in "
            "submitted/<student>/<lab>/<lab>.ipynb"
        )
    labs = course.find(options.root, options.labs)
    found = [lab for lab in labs if submissions.students(options.submitted, lab.name)]
    for lab in found if options.labs else ():
        lab.require_checks()
    found = [lab for lab in found if lab.checks.is_file()]
    if not found:
        named = " ".join(options.labs) or "any lab"
        raise UsageError(
            f"`{options.submitted}` holds no submission of {named}: they lie in "
            "<student>/<lab>/<lab>.ipynb"
        )
    return found


# -- plan ------------------------------------------------------------------------------------------


def plan(options: Options, lab: Lab) -> Plan:
    """Read every submission of a lab and find those whose verdicts are not known yet."""
    made = Plan(lab, Journal(options.results.journal(lab.name)))
    conditions = f"{fingerprint.of(lab)}/{options.masked}/{options.trusted}/{options.seed}"
    for student in submissions.students(options.submitted, lab.name):
        if options.students and student not in options.students:
            if student in made.journal.entries:
                made.keys[student] = made.journal.entries[student].key
            continue
        found = submissions.fetch(options.submitted, student, lab.name)
        made.keys[student] = key = _key(found, conditions)
        pending = options.force or not made.journal.known(student, key, options.feedback)
        if pending:
            made.pending.append(found)
        graded = _graded_notebook(options, lab, student)
        if graded is not None and (pending or not graded.is_file()):
            made.unwritten[student] = found
    return made


def _key(found: Submission, conditions: str) -> str:
    """A digest of everything that decides the verdict."""
    about = f"{conditions}/{found.student}/{found.reason}/{found.notes}/"
    digest = hashlib.sha256(about.encode("utf-8", "surrogatepass"))
    digest.update(found.raw)
    return digest.hexdigest()


def _graded_notebook(options: Options, lab: Lab, student: str) -> Path | None:
    """Where a student's graded notebook goes; None where none is written."""
    if options.autograded is None or not submissions.STUDENT.fullmatch(student):
        return None
    return options.autograded / student / lab.name / f"{lab.name}.ipynb"


def _remarks(options: Options, plans: Sequence[Plan]) -> Iterator[str]:
    """What lies where it is not graded, or whose time cannot be read; a few of each."""
    layout = CourseLayout(options.root)
    known = {path.name for base in (layout.labs, layout.sources) for path in base.glob("*/")}
    found = [f"not graded: {line}" for line in submissions.misplaced(options.submitted, known)]
    for one in plans:
        for pending in one.pending:
            folder = options.submitted / pending.student / one.lab.name
            if submissions.STUDENT.fullmatch(pending.student) and lateness.is_unreadable(folder):
                file = folder / lateness.FILE
                found.append(
                    f"`{file}` holds no time; when {pending.student} handed in stays as it was"
                )
        gone = set(one.journal.entries) - set(one.keys)
        if gone and not options.students:
            found.append(
                f"no longer handed in: {one.lab.name} by {', '.join(sorted(gone))}; "
                "the gradebook keeps their grades"
            )
    yield from found[:MAX_REMARKS]
    if len(found) > MAX_REMARKS:
        yield f"and {len(found) - MAX_REMARKS} more of the kind"


# -- judge -----------------------------------------------------------------------------------------


def _judge_and_record(options: Options, plans: Sequence[Plan]) -> Iterator[Event]:
    secret = [options.submitted, options.out, *([options.autograded] if options.autograded else [])]
    with contextlib.ExitStack() as stack:
        grader: Grader | None = None
        if any(one.pending for one in plans):
            grader = stack.enter_context(
                Grader(
                    options.root,
                    jobs=options.jobs,
                    masked=options.masked,
                    secret=secret,
                    trusted=options.trusted,
                )
            )
            gradebook.preload()  # here, where we wait for the zygote anyway
        for one in plans:
            yield Begun(one.lab, len(one.keys), len(one.pending))
            if grader is not None and one.pending:
                judged = grader.judge(one.lab, one.pending, options.seed, diagnose=options.feedback)
                for judgement in judged:
                    one.journal.add(one.keys[judgement.student], judgement)
                    yield Judged(judgement)
            yield record(options, one)


# -- record ----------------------------------------------------------------------------------------


def record(options: Options, made: Plan) -> Ended:
    """Write the lab's files, unless they are there and nothing has changed."""
    lab, folder = made.lab, options.results.lab(made.lab.name)
    judgements = tuple(made.judgements.values())
    digest = _state(options, made)
    there = (folder / "results.json").is_file() and not gradebook.absent(options.db_url)
    if not made.pending and not made.unwritten and there and _read(folder / STATE) == digest:
        return Ended(lab, judgements)
    try:
        made.journal.compact(made.judgements)
        results.write_lab(folder, lab, judgements)
        if options.feedback:
            from autograder.pages import render  # takes a while, and most runs change nothing

            render.write_lab(folder, lab, judgements)
        _write_graded_notebooks(options, made)
        gradebook.record(options.db_url, lab, judgements, options.submitted)
        files.write(folder / STATE, digest + "\n")
    except GraderFault as error:
        return Ended(lab, judgements, str(error))
    except OSError as error:
        why = error.strerror or error
        return Ended(lab, judgements, f"`{error.filename or folder}` could not be written: {why}")
    return Ended(lab, judgements)


def _state(options: Options, made: Plan) -> str:
    """A digest of everything that a lab's files are made from."""
    folders = (options.submitted / student / made.lab.name for student in sorted(made.keys))
    entries = sorted(made.journal.entries.items())
    parts = [
        *(f"{student}={entry.key}/{entry.judgement.diagnosed}" for student, entry in entries),
        options.db_url,
        options.feedback,
        lateness.fingerprint(options.root, folders),
        gradebook.deadlines(options.db_url, made.lab.name),
    ]
    return hashlib.sha256("/".join(map(str, parts)).encode("utf-8", "surrogatepass")).hexdigest()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


def _write_graded_notebooks(options: Options, made: Plan) -> None:
    for student, found in made.unwritten.items():
        path, judgement = _graded_notebook(options, made.lab, student), made.judgements.get(student)
        if path is not None and judgement is not None and judgement.status != Status.NOT_GRADED:
            view = judgement.for_student(made.lab.feedback)
            arrived = lateness.arrival(options.submitted / student / made.lab.name)
            graded_notebooks.write(path, made.lab, found, view, arrived)


def _record_course(options: Options, plans: Sequence[Plan]) -> None:
    """The course's grades and index, over the labs that were graded now or before."""
    graded = {one.lab.name: one.judgements for one in plans}
    labs = [one.lab for one in plans]
    for lab in course.find(options.root, ()):
        if lab.name not in graded and options.results.journal(lab.name).is_file():
            graded[lab.name] = Journal(options.results.journal(lab.name)).judgements
            labs.append(lab)
    labs.sort(key=lambda lab: (lab.order, lab.name))
    results.write_course(options.results.grades, labs, graded)
    if options.feedback:
        from autograder.pages import render  # see `record`

        render.write_course(options.out, labs, graded)
