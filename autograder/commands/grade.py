"""The way through the house, for a class: find, read, judge, record, lab after lab.

A generator of what happened.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder.course import labs as course
from autograder.course import submissions
from autograder.course.labs import Lab
from autograder.course.submissions import Submission
from autograder.errors import GraderFault, SandboxUnavailable, UsageError
from autograder.integrations.nbgrader import gradebook, graded_notebooks, lateness
from autograder.model import Judgement, Status
from autograder.record import results
from autograder.record.journal import Journal, atomic
from autograder.supervisor.zygote import Sandbox, ZygoteHandle

MAX_REMARKS = 12
REFUSED = (
    "student code cannot be confined on this machine, so nothing was graded.\n{missing}\n"
    "Needed: Linux 6.2 or later on x86_64 or aarch64 with seccomp, and Landlock "
    "or user namespaces. `autograder doctor` shows more. "
    "In Docker, the default profile is enough on such a kernel. On macOS and "
    "Windows, run it in a Linux container or virtual machine. "
    "For notebooks that you trust like your own programs there is "
    "--i-trust-these-notebooks; every result then says so."
)


@dataclass(frozen=True)
class Options:
    """What to grade, and how. `None` leaves the choice to the grader."""

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
    autograded: Path | None = None  # where graded notebooks go; none are written without it

    @property
    def db_url(self) -> str:
        """The gradebook's URL."""
        return self.db or f"sqlite:///{self.out.resolve() / 'gradebook.db'}"


@dataclass(frozen=True)
class Begun:
    """A lab begins: how many submissions it has, and how many of them must be judged."""

    lab: Lab
    submissions: int
    pending: int
    seed: int


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
    level: str
    fault: str = ""

    @property
    def failed(self) -> bool:
        """Whether anything was not graded or not written through a fault of ours."""
        return bool(self.fault) or any(
            judgement.status == Status.NOT_GRADED for judgement in self.judgements
        )


Event = Begun | Judged | Remarked | Ended


@dataclass
class _Work:
    """A lab's submissions: all of them, and those to be judged."""

    lab: Lab
    journal: Journal
    seed: int
    keys: dict[str, str] = field(default_factory=dict)
    pending: list[Submission] = field(default_factory=list)


def grade(options: Options) -> Iterator[Event]:
    """Grade a class.

    Raises:
        UsageError: nothing to grade, or unusable labs.
        SandboxUnavailable: student code cannot be confined here, and `trusted` was not given.
    """
    if options.db is not None:
        gradebook.checked(options.db)  # before an hour's work, not after it
    works = [_prepare(options, lab) for lab in wanted(options)]
    if unknown := set(options.students) - {student for work in works for student in work.keys}:
        raise UsageError(
            f"no submission by {', '.join(sorted(unknown))} of "
            f"{', '.join(work.lab.name for work in works)}"
        )
    yield from map(Remarked, _remarks(options, works))
    jobs = max(1, options.jobs or os.cpu_count() or 1)
    zygote: ZygoteHandle | None = None
    sandbox: Sandbox | None = None
    try:
        if any(work.pending for work in works):
            zygote = ZygoteHandle(jobs, options.masked, [options.root, options.submitted])
            zygote.start()  # it warms up while torch is imported here
        for work in works:
            yield Begun(work.lab, len(work.keys), len(work.pending), work.seed)
            if work.pending and zygote is not None:
                sandbox = sandbox or _confine(zygote, options)
                yield from _judge(work, zygote, jobs, options, sandbox.level)
            yield _record(work, options)
        _record_course(works, options)
    finally:
        if zygote is not None:
            zygote.stop()


def wanted(options: Options) -> list[Lab]:
    """The labs to grade: those named, or all that have submissions."""
    if not options.submitted.is_dir():
        raise UsageError(
            f"no folder `{options.submitted}`: submissions lie in "
            f"submitted/<student>/<lab>/<lab>.ipynb"
        )
    labs = course.find(options.root, options.labs)
    found = [lab for lab in labs if submissions.students(options.submitted, lab.name)]
    for lab in found if options.labs else ():
        lab.require_checks()
    found = [lab for lab in found if lab.checks.is_file()]
    if not found:
        wanted = " ".join(options.labs) or "any lab"
        raise UsageError(
            f"`{options.submitted}` holds no submission of {wanted}: they lie in "
            f"<student>/<lab>/<lab>.ipynb"
        )
    return found


def _remarks(options: Options, works: Sequence[_Work]) -> Iterator[str]:
    """What lies where it is not graded, or whose time cannot be read; a few of each, and how many
    there are.
    """
    assignments = {
        path.name for folder in ("labs", "source") for path in (options.root / folder).glob("*/")
    }
    found = [
        f"not graded: {line}" for line in submissions.misplaced(options.submitted, assignments)
    ]
    for work in works:
        for student in (
            one.student for one in work.pending if submissions.STUDENT.fullmatch(one.student)
        ):
            place = options.submitted / student / work.lab.name
            if os.path.lexists(place / lateness.FILE) and lateness.arrival(place) is None:
                found.append(
                    f"`{place / lateness.FILE}` holds no time; when {student} "
                    f"handed in stays as it was"
                )
        gone = [
            name for name in work.journal.entries if name not in work.keys and not options.students
        ]
        if gone:
            found.append(
                f"no longer handed in: {work.lab.name} by "
                f"{', '.join(sorted(gone))}; the gradebook keeps their grades"
            )
    yield from found[:MAX_REMARKS]
    if len(found) > MAX_REMARKS:
        yield f"and {len(found) - MAX_REMARKS} more of the kind"


def _prepare(options: Options, lab: Lab) -> _Work:
    """Read every submission of a lab and find those whose verdicts are not known yet."""
    journal = Journal(options.out / lab.name / "journal.jsonl")
    seed = options.seed if options.seed is not None else journal.seed
    if seed is None or (options.force and options.seed is None):
        seed = secrets.randbelow(1 << 31)
    work = _Work(lab, journal, seed)
    everyone = submissions.students(options.submitted, lab.name)
    fingerprint = f"{lab.fingerprint()}/{options.masked}/{options.trusted}/{options.feedback}"
    for student in everyone:
        found = submissions.fetch(options.submitted, student, lab.name)
        work.keys[student] = key = _key(found, fingerprint, seed)
        chosen = not options.students or student in options.students
        if chosen and (options.force or journal.known(student, key) is None):
            work.pending.append(Submission(student))
        elif not chosen and student not in journal.entries:
            del work.keys[student]
    return work


def _key(found: Submission, fingerprint: str, seed: int) -> str:
    """A digest of everything that decides the verdict."""
    digest = hashlib.sha256(f"{fingerprint}/{seed}/{found.reason}/{found.notes}/".encode())
    digest.update(found.raw)
    return digest.hexdigest()


def _confine(zygote: ZygoteHandle, options: Options) -> Sandbox:
    """Wait for the zygote and prove its sandbox."""
    from autograder.judge import judge, pool

    pool.warm_up()
    gradebook.preload()  # here, where we wait for the zygote anyway
    sandbox = judge.confirmed(zygote)
    if sandbox.level == "none" and not options.trusted:
        missing = "\n".join(f"  {layer}: {reason}" for layer, reason in sandbox.missing.items())
        raise SandboxUnavailable(REFUSED.format(missing=missing))
    return sandbox


def _judge(
    work: _Work, zygote: ZygoteHandle, jobs: int, options: Options, level: str
) -> Iterator[Judged]:
    from autograder.judge import catalogue, pool

    known = catalogue.catalogue(work.lab, zygote, jobs) if options.feedback else None
    work.journal.begin(work.seed, level)

    def fetch(found: Submission) -> Submission:
        return submissions.fetch(options.submitted, found.student, work.lab.name)

    for judgement in pool.judge_all(work.lab, work.pending, zygote, work.seed, jobs, fetch, known):
        work.journal.add(work.keys[judgement.student], judgement)
        yield Judged(judgement)


def _by_student(work: _Work) -> dict[str, Judgement]:
    return {
        student: work.journal.entries[student].judgement
        for student in work.keys
        if student in work.journal.entries
    }


def _record(work: _Work, options: Options) -> Ended:
    """Write the lab's files, unless they are there and nothing has changed."""
    folder = options.out / work.lab.name
    judgements = tuple(_by_student(work).values())
    state_file = folder / "state.json"
    state = _read_state(state_file)
    level = work.journal.level
    work.journal.entries = {j.student: work.journal.entries[j.student] for j in judgements}
    folders = (options.submitted / student / work.lab.name for student in sorted(work.keys))
    deadlines = gradebook.deadlines(options.db_url, work.lab.name)
    late = f"{lateness.fingerprint(options.root, folders)}/{deadlines}"
    digest = hashlib.sha256(
        f"{work.journal.digest()}/{options.db_url}/{options.feedback}/{late}".encode()
    ).hexdigest()
    there = (folder / "results.json").is_file() and not gradebook.absent(options.db_url)
    unwritten = _unwritten(work, options.autograded) if options.autograded else {}
    if not work.pending and state.get("written") == digest and there and not unwritten:
        return Ended(work.lab, judgements, level)
    try:
        work.journal.compact(work.keys)
        results.write_lab(folder, work.lab, judgements, work.seed, level)
        if options.feedback:
            from autograder.pages import render

            render.write_lab(folder, work.lab, judgements, seed=work.seed, level=level)
        for student, path in unwritten.items():
            found = submissions.fetch(options.submitted, student, work.lab.name)
            graded_notebooks.write(
                path,
                work.lab,
                found,
                work.journal.entries[student].judgement,
                level,
                options.submitted,
            )
        gradebook.record(options.db_url, work.lab, judgements, options.submitted)
        atomic(state_file, json.dumps({"written": digest}) + "\n")
    except GraderFault as error:
        return Ended(work.lab, judgements, level, str(error))
    except OSError as error:
        return Ended(
            work.lab,
            judgements,
            level,
            f"`{folder}` could not be written: {error.strerror or error}",
        )
    return Ended(work.lab, judgements, level)


def _unwritten(work: _Work, folder: Path) -> dict[str, Path]:
    """Where graded notebooks go that are missing from nbgrader's folder for them, or were judged
    again; by student.
    """
    judged = {found.student for found in work.pending}
    paths = {
        student: folder / student / work.lab.name / f"{work.lab.name}.ipynb"
        for student, judgement in _by_student(work).items()
        if judgement.status != Status.NOT_GRADED and submissions.STUDENT.fullmatch(student)
    }
    return {
        student: path for student, path in paths.items() if student in judged or not path.is_file()
    }


def _record_course(works: Sequence[_Work], options: Options) -> None:
    """The course's grades and index, over the labs that were graded now or before."""
    graded = {w.lab.name: _by_student(w) for w in works}
    labs = [w.lab for w in works]
    for name in course.names(options.root):
        journal = Journal(options.out / name / "journal.jsonl")
        if name not in graded and journal.entries:
            graded[name] = {student: entry.judgement for student, entry in journal.entries.items()}
            labs.append(course.load(options.root, name))
    labs.sort(key=lambda lab: (lab.order, lab.name))
    results.write_course(options.out / "grades.csv", labs, graded)
    if options.feedback:
        from autograder.pages import render

        render.write_course(options.out, labs, graded)


def _read_state(path: Path) -> dict[str, object]:
    try:
        state = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}
