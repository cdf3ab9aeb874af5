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
from dataclasses import dataclass
from pathlib import Path

from autograder import files
from autograder.commands.planning import Options, Plan, graded_notebook, plan, remarks, wanted
from autograder.course import labs as course
from autograder.course.labs import Lab
from autograder.errors import GraderFault, UsageError
from autograder.integrations.nbgrader import arrival, gradebook, graded_notebooks, lateness
from autograder.judge import fingerprint
from autograder.judge.grader import Grader
from autograder.model import Judgement, Status
from autograder.record import results
from autograder.record.journal import Journal

__all__ = ["Begun", "Ended", "Judged", "Options", "Plan", "Remarked", "grade", "plan", "wanted"]

STATE = "state"  # the digest of what a lab's files were made from


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

    @property
    def needs_eye(self) -> bool:
        """Whether a submission has no score until an instructor has looked at it."""
        return any(j.status == Status.NEEDS_EYE for j in self.judgements)


Event = Begun | Judged | Remarked | Ended


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
        yield from map(Remarked, remarks(options, plans))
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
    folders = (options.folder(student, made.lab) for student in sorted(made.keys))
    entries = sorted(made.journal.entries.items())
    parts = [
        *(f"{student}={entry.key}/{entry.judgement.diagnosed}" for student, entry in entries),
        options.db_url,
        options.feedback,
        options.counts_zero,
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
    judgements = made.judgements
    for student, found in made.unwritten.items():
        path, judgement = graded_notebook(options, made.lab, student), judgements.get(student)
        if path is not None and judgement is not None and judgement.status != Status.NOT_GRADED:
            view = judgement.for_student(made.lab.feedback)
            arrived = arrival.arrival(options.folder(student, made.lab))
            key = fingerprint.verdict(made.checks, found)
            graded_notebooks.write(path, made.lab, found, view, arrived, key)


def _record_course(options: Options, plans: Sequence[Plan]) -> None:
    """The course's grades and index, over the labs that were graded now or before."""
    graded = {one.lab.name: one.judgements for one in plans}
    labs = [one.lab for one in plans]
    for lab in course.find(options.root, ()):
        if lab.name not in graded and options.results.journal(lab.name).is_file():
            kept = Journal(options.results.journal(lab.name)).judgements
            graded[lab.name] = {
                student: one.settled(counts_zero=options.counts_zero)
                for student, one in kept.items()
            }
            labs.append(lab)
    labs.sort(key=lambda lab: (lab.order, lab.name))
    results.write_course(options.results.grades, labs, graded)
    if options.feedback:
        from autograder.pages import render  # see `record`

        render.write_course(options.out, labs, graded)
