"""Grading a class, lab after lab, in three steps: plan, judge, record.

A generator of what happened. A submission is read when it is planned, and again when it is judged:
what is judged, what its verdict is kept under and what the graded notebook shows are of the same
bytes, and those of a large class are never in memory together.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from autograder import files
from autograder.cluster import addresses
from autograder.cluster.judges import ClusterJudges
from autograder.commands.planning import (
    Cluster,
    Options,
    Plan,
    graded_notebook,
    misplaced,
    pending,
    plan,
    remarks,
    shared,
    unwritten,
    wanted,
)
from autograder.course import labs as course
from autograder.course import roster as rosters
from autograder.course.labs import Lab
from autograder.errors import GraderFault, UsageError
from autograder.integrations.nbgrader import (
    arrival,
    finals,
    gradebook,
    graded_notebooks,
    lateness,
    students,
)
from autograder.judge import fingerprint
from autograder.judge.grader import Grader
from autograder.model import Judgement, Status
from autograder.record import results
from autograder.record.journal import Journal, Judgements

__all__ = [
    "Begun",
    "Cluster",
    "Ended",
    "Judged",
    "Options",
    "Plan",
    "Remarked",
    "grade",
    "plan",
    "wanted",
]

STATE = "state"  # the digest of what a lab's files were made from
SHOWN = "shown"  # the same of its pages and grades.csv, which tell final scores as well


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
    """A lab is done and its files are written, or `fault` says why they are not.

    Attributes:
        judgements: read from the journal whenever they are gone through.
        statuses: that occur among them.
    """

    lab: Lab
    judgements: Collection[Judgement]
    statuses: frozenset[Status]
    fault: str = ""

    @property
    def failed(self) -> bool:
        """Whether anything was not graded or not written through a fault of ours."""
        return bool(self.fault) or Status.NOT_GRADED in self.statuses

    @property
    def needs_eye(self) -> bool:
        """Whether a submission has no score until an instructor has looked at it."""
        return Status.NEEDS_EYE in self.statuses


Event = Begun | Judged | Remarked | Ended


def grade(options: Options) -> Iterator[Event]:
    """Grade a class.

    Raises:
        UsageError: nothing to grade, unusable labs, or another grader is at work in `out`.
        SandboxUnavailable: student code cannot be confined here, and `trusted` was not given.
    """
    if options.db is not None:
        gradebook.checked(options.db)  # before an hour's work, not after it
    elsewhere = _elsewhere(options)
    with _locked(options.results.lock):
        labs = wanted(options)
        plans = [plan(options, lab) for lab in labs]
        known = {student for one in plans for student in (*one.keys, *one.sharing.sources)}
        if unknown := set(options.students) - known:
            names = ", ".join(lab.name for lab in labs)
            raise UsageError(f"no submission by {', '.join(sorted(unknown))} of {names}")
        yield from map(Remarked, remarks(options, plans))
        yield from _judge_and_record(options, plans, elsewhere)
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


# -- judge -----------------------------------------------------------------------------------------


def _judge_and_record(
    options: Options, plans: Sequence[Plan], elsewhere: ClusterJudges | None
) -> Iterator[Event]:
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
                    least=options.least,
                    elsewhere=elsewhere,
                )
            )
            gradebook.preload()  # here, where we wait for the zygote anyway
        for one in plans:
            yield Begun(one.lab, len(one.keys), len(one.pending))
            if grader is not None and one.pending:
                found = pending(one, options)
                judged = grader.judge(one.lab, found, options.seed, diagnose=options.feedback)
                for judgement in judged:
                    one.journal.add(one.keys[judgement.student], judgement)
                    yield Judged(judgement)
            yield record(options, one)
        if any(one.keys for one in plans):
            _settle_free_days(options, plans)


def _elsewhere(options: Options) -> ClusterJudges | None:
    """The judges of a cluster, where one is named.

    Raises:
        UsageError: its address may not be spoken to, or Dask is not installed.
    """
    cluster = options.cluster
    if cluster is None:
        return None
    if options.masked or options.jobs is not None:
        raise UsageError(
            "with --scheduler the sandbox and the judges are the workers': give --mask and --jobs "
            "to `autograder worker`"
        )
    return ClusterJudges(
        addresses.place(cluster.scheduler, without_tls=cluster.without_tls),
        cluster.tell,
        least=options.least,
        trusted=options.trusted,
        patience=cluster.patience,
    )


# -- record ----------------------------------------------------------------------------------------


def record(options: Options, made: Plan) -> Ended:
    """Write the lab's files, unless they are there and nothing has changed."""
    lab, folder = made.lab, options.results.lab(made.lab.name)
    digest = _state(options, made)
    there = results.written(folder) is not None and not gradebook.absent(options.db_url)
    try:
        if not made.pending and not made.unwritten and there and _read(folder / STATE) == digest:
            show(options, made, digest)
            return _ended(made)
        made.journal.compact(made.own)
        judgements = made.judgements.values()
        results.write_results(folder, lab, judgements)
        _write_graded_notebooks(options, made)
        try:
            gradebook.record(options.db_url, lab, judgements, _arrivals(options, made))
        finally:
            show(options, made, digest)
        files.write(folder / STATE, digest + "\n")
    except GraderFault as error:
        return _ended(made, str(error))
    except OSError as error:
        why = error.strerror or error
        return _ended(made, f"`{error.filename or folder}` could not be written: {why}")
    return _ended(made)


def show(options: Options, made: Plan, digest: str) -> None:
    """Make the lab's pages and `grades.csv`, unless neither verdicts nor final scores changed.

    Args:
        options, made: what was graded.
        digest: of everything else that they are made from.

    Raises:
        GraderFault: the gradebook cannot be read.
        OSError: a file cannot be written.
    """
    lab, folder = made.lab, options.results.lab(made.lab.name)
    changed = finals.changed(options.db_url, lab)
    state = hashlib.sha256(f"{digest}/{changed}".encode("utf-8", "surrogatepass")).hexdigest()
    if _read(folder / SHOWN) == state:
        return
    known = finals.read(options.db_url, lab, changed)
    judgements = made.judgements.values()
    results.write_grades(folder, lab, judgements, known)
    if options.feedback:
        from autograder.pages import render  # takes a while, and most runs change nothing

        render.write_lab(folder, lab, judgements, made.roster.spoken, made.absent, known)
    files.write(folder / SHOWN, state + "\n")


def _ended(made: Plan, fault: str = "") -> Ended:
    statuses = {made.journal.entries[student].status for student in made.own}
    if made.counts_zero and Status.NEEDS_EYE in statuses:
        statuses = statuses - {Status.NEEDS_EYE} | {Status.BAD_SUBMISSION}
    return Ended(made.lab, made.judgements.values(), frozenset(statuses), fault)


def _settle_free_days(options: Options, plans: Sequence[Plan]) -> None:
    """Free days that are used up in one lab are missing in those due after it, and change what is
    final there.
    """
    policy = lateness.policy(options.root)
    if policy is not None and policy.free_days and not gradebook.absent(options.db_url):
        gradebook.penalize(options.db_url, policy)
        for made in plans:
            show(options, made, _state(options, made))


def _arrivals(options: Options, made: Plan) -> dict[str, datetime | None]:
    """When everybody's hand-in came, UTC without a zone."""
    return {
        student: arrival.arrival(options.folder(made.sharing.source(student), made.lab))
        for student in made.judgements
    }


def _state(options: Options, made: Plan) -> str:
    """A digest of everything that a lab's files are made from."""
    folders = (options.folder(student, made.lab) for student in sorted(made.keys))
    entries = sorted(made.journal.entries.items())
    parts = [
        *(f"{student}={entry.key}/{entry.diagnosed}" for student, entry in entries),
        options.db_url,
        options.feedback,
        options.counts_zero,
        lateness.fingerprint(options.root, folders),
        students.deadlines(options.db_url, made.lab.name),
        made.roster.digest,
        sorted(made.sharing.sources.items()),
        sorted(made.asks.items()),
    ]
    return hashlib.sha256("/".join(map(str, parts)).encode("utf-8", "surrogatepass")).hexdigest()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


def _write_graded_notebooks(options: Options, made: Plan) -> None:
    judgements = made.judgements
    for found in unwritten(made, options):
        student = found.student
        path, judgement = graded_notebook(options, made.lab, student), judgements.get(student)
        if path is not None and judgement is not None and judgement.status != Status.NOT_GRADED:
            view = judgement.for_student(made.lab.feedback)
            folder = options.folder(made.sharing.source(student), made.lab)
            key = fingerprint.verdict(made.checks, found)
            graded_notebooks.write(path, made.lab, found, view, folder, key)


def _settled(kept: Judgements, *, counts_zero: bool) -> Judgements:
    return Judgements(kept, lambda student: kept[student].settled(counts_zero=counts_zero))


def _record_course(options: Options, plans: Sequence[Plan]) -> None:
    """The course's grades and index, over the labs that were graded now or before."""
    roster = rosters.read(options.root)
    graded = {one.lab.name: one.judgements for one in plans}
    labs = [one.lab for one in plans]
    for lab in course.find(options.root, ()):
        if lab.name not in graded and options.results.journal(lab.name).is_file():
            kept = Journal(options.results.journal(lab.name)).judgements
            settled = _settled(kept, counts_zero=options.counts_zero)
            graded[lab.name] = shared(options, lab, roster).spread(settled)
            labs.append(lab)
    labs.sort(key=lambda lab: (lab.order, lab.name))
    known = {
        lab.name: finals.read(options.db_url, lab, finals.changed(options.db_url, lab))
        for lab in labs
    }
    results.write_course(options.results.grades, labs, graded, known)
    if options.feedback:
        from autograder.pages import render, statistics, stored  # see `record`

        now = {one.lab.name for one in plans}
        reports = {}
        for lab in labs:
            kept_report = stored.read(options.results.lab(lab.name)) if lab.name in now else None
            reports[lab.name] = kept_report or statistics.report(
                lab, graded[lab.name].values(), finals=known[lab.name]
            )
        strays = list(misplaced(options))
        render.write_course(options.out, labs, reports, roster, strays)
