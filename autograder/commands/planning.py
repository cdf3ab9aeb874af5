"""What is to be graded, and whose verdicts are not known yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from autograder.cluster.judges import PATIENCE_SECONDS
from autograder.commands.groups import Sharing, sharing
from autograder.course import collected, hand_ins, submissions
from autograder.course import labs as course
from autograder.course import roster as rosters
from autograder.course.labs import Lab
from autograder.course.roster import Roster
from autograder.course.submissions import Submission
from autograder.errors import UsageError
from autograder.integrations.nbgrader import arrival, graded_notebooks, students
from autograder.judge import fingerprint
from autograder.layout import TIMESTAMP, CourseLayout, ResultsLayout
from autograder.model import Audience, Judgement, Level, Note
from autograder.record.journal import Journal, Judgements

MAX_REMARKS = 12


@dataclass(frozen=True)
class Cluster:
    """Judges behind a scheduler of Dask's.

    Attributes:
        scheduler: its address.
        tell: gets what an instructor should know while it happens, sentence by sentence.
        without_tls: speak in the clear to other machines.
        patience: seconds to wait for a worker, or for the scheduler to come back.
    """

    scheduler: str
    tell: Callable[[str], None]
    without_tls: bool = False
    patience: float = PATIENCE_SECONDS


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
        counts_zero: whether what cannot be read or run has 0 points, rather than none.
        least: the level of the sandbox that the course asks for.
        cluster: who judges instead of this machine.
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
    counts_zero: bool = False
    least: Level = Level.NONE
    cluster: Cluster | None = None

    @property
    def results(self) -> ResultsLayout:
        """Where each result goes."""
        return ResultsLayout(self.out)

    @property
    def db_url(self) -> str:
        """The gradebook's URL."""
        return self.db or f"sqlite:///{self.results.gradebook.resolve()}"

    def folder(self, student: str, lab: Lab) -> Path:
        """Where a student's hand-in lies."""
        return hand_ins.folder_of(self.submitted, student, lab.name)


@dataclass
class Plan:
    """What is to be done for one lab.

    Attributes:
        journal: what is known already.
        keys: for each student whose submission counts, the digest of everything that decides it.
        pending: students whose submissions are to be judged.
        unwritten: students whose graded notebooks are missing.
        times: what stands in `timestamp.txt` and is no time, by student.
        asks: what an instructor must decide, by student.
        absent: who is on the roster and has nothing handed in, by themselves or their group.
        roster: the course's.
        sharing: whose hand-in counts for whom.
        checks: the digest of the lab and the grader.
        counts_zero: see `Options`.
    """

    lab: Lab
    journal: Journal
    keys: dict[str, str] = field(default_factory=dict)
    pending: list[str] = field(default_factory=list)
    unwritten: list[str] = field(default_factory=list)
    times: dict[str, str] = field(default_factory=dict)
    asks: dict[str, list[Note]] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    roster: Roster = field(default_factory=Roster)
    sharing: Sharing = field(default_factory=Sharing)
    checks: str = ""
    counts_zero: bool = False

    @property
    def own(self) -> list[str]:
        """Those with a judged hand-in of their own."""
        return [student for student in self.keys if student in self.journal.entries]

    @property
    def judgements(self) -> Judgements:
        """Those of the students whose submissions count, and of their groups, by student, in
        order, as the course counts them; read when they are asked for.
        """
        own = Judgements(self.own, lambda student: self._told(self.journal.read(student)))
        return self.sharing.spread(own)

    def _told(self, judgement: Judgement) -> Judgement:
        told = judgement.settled(counts_zero=self.counts_zero)
        for note in self.asks.get(judgement.student, ()):
            told = told.with_note(note)
        return told


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
    found = [lab for lab in labs if hand_ins.students(options.submitted, lab.name)]
    for lab in found if options.labs else ():
        lab.require_checks()
    found = [lab for lab in found if lab.checks.is_file()]
    if not found:
        named = " ".join(options.labs) or "any lab"
        strays = hand_ins.misplaced(options.submitted, _assignments(options.root))
        what = "".join(f"\n  {line}" for line in list(strays)[:MAX_REMARKS])
        raise UsageError(
            f"`{options.submitted}` holds no submission of {named}: they lie in "
            f"<student>/<lab>/<lab>.ipynb{what}"
        )
    return found


def shared(options: Options, lab: Lab, roster: Roster) -> Sharing:
    """Whose hand-in of a lab counts for whom."""
    if not roster.groups:
        return Sharing()
    handed_in = hand_ins.students(options.submitted, lab.name)
    return sharing(roster, handed_in, lambda one: arrival.arrival(options.folder(one, lab)))


def plan(options: Options, lab: Lab) -> Plan:
    """Read every submission of a lab and find those whose verdicts are not known yet."""
    roster = rosters.read(options.root)
    made = Plan(
        lab,
        Journal(options.results.journal(lab.name)),
        roster=roster,
        sharing=shared(options, lab, roster),
        checks=fingerprint.of(lab),
        counts_zero=options.counts_zero,
    )
    wanted = {made.sharing.source(student) for student in options.students}
    handed_in = hand_ins.students(options.submitted, lab.name)
    there = {*handed_in, *made.sharing.sources}
    made.absent = tuple(student for student in roster.people if student not in there)
    for student in handed_in:
        if student in made.sharing.sources:
            continue
        if wanted and student not in wanted:
            if student in made.journal.entries:
                made.keys[student] = made.journal.entries[student].key
        else:
            _add(made, options, student)
    _ask(made, options)
    return made


def _ask(made: Plan, options: Options) -> None:
    """Find what an instructor must decide about each hand-in."""
    origins = collected.read(options.root)
    due = bool(students.deadlines(options.db_url, made.lab.name))
    untimed = _untimed(made, options) if due else frozenset()
    for student in made.keys:
        folder = options.folder(student, made.lab)
        origin = origins.get((student, made.lab.name))
        texts: list[tuple[str, str]] = []
        if arrival.is_unreadable(folder):
            made.times[student] = told = arrival.written(folder) or "nothing"
            texts.append(
                (
                    f"`{TIMESTAMP}` holds `{told:.60}`, which is no time, or several: whether this "
                    "came late is yours to say",
                    "time",
                )
            )
        elif origin is not None and origin.late and arrival.arrival(folder) is None:
            system = origin.system.capitalize()
            texts.append(
                (f"{system} says that this came late, and not when: write `{TIMESTAMP}`", "time")
            )
        elif student in untimed:
            texts.append(
                (
                    f"this has no `{TIMESTAMP}`, and others have one: whether it came late is "
                    "yours to say",
                    "time",
                )
            )
        if namesake := made.roster.namesake(student):
            texts.append(
                (
                    f"`{student}` is not on the roster; `{namesake}` is, which differs in case or "
                    "leading zeros alone",
                    "whose",
                )
            )
        elif made.roster and student not in made.roster.people:
            texts.append((f"`{student}` is not on the roster: whose is it?", "whose"))
        if student in made.sharing.doubts:
            texts.append((made.sharing.doubts[student], "whose"))
        if texts:
            made.asks[student] = [Note(text, Audience.INSTRUCTOR, asks) for text, asks in texts]


def _untimed(made: Plan, options: Options) -> frozenset[str]:
    """Whose hand-in tells no time although others' do; nobody where the course has no times."""
    folders = {student: options.folder(student, made.lab) for student in made.keys}
    without = {student for student, at in folders.items() if arrival.arrival(at) is None}
    return frozenset(without if len(without) < len(folders) else ())


def _add(made: Plan, options: Options, student: str) -> None:
    """One submission's place in the plan."""
    found = submissions.fetch(options.submitted, student, made.lab)
    made.keys[student] = key = _key(made, options, found)
    new = options.force or not made.journal.known(student, key, diagnosed=options.feedback)
    if new:
        made.pending.append(student)
    current = fingerprint.verdict(made.checks, found)
    for one in (student, *made.sharing.followers(student)):
        graded = graded_notebook(options, made.lab, one)
        if graded is not None and (new or not graded_notebooks.is_current(graded, current)):
            made.unwritten.append(one)


def _key(made: Plan, options: Options, found: Submission) -> str:
    conditions = f"{made.checks}/{options.masked}/{options.trusted}/{options.seed}"
    return fingerprint.verdict(conditions, found)


def pending(made: Plan, options: Options) -> Iterator[Submission]:
    """The submissions to be judged, each read when it is its turn: no more of a class is in memory
    than is being judged. One that has changed since it was planned is kept under its new key.
    """
    for student in made.pending:
        found = submissions.fetch(options.submitted, student, made.lab)
        made.keys[student] = _key(made, options, found)
        yield found


def unwritten(made: Plan, options: Options) -> Iterator[Submission]:
    """The submissions whose graded notebooks are missing, as they were judged: one that has changed
    since then is left to the next run.
    """
    for student in made.unwritten:
        source = made.sharing.source(student)
        found = submissions.fetch(options.submitted, source, made.lab)
        if made.keys.get(source) == _key(made, options, found):
            yield replace(found, student=student)


def graded_notebook(options: Options, lab: Lab, student: str) -> Path | None:
    """Where a student's graded notebook goes; None where none is written."""
    if options.autograded is None or not submissions.STUDENT.fullmatch(student):
        return None
    return options.autograded / student / lab.name / f"{lab.name}.ipynb"


# -- what is said of it ----------------------------------------------------------------------------


def remarks(options: Options, plans: Sequence[Plan]) -> Iterator[str]:
    """What lies where it is not graded, or whose time cannot be read; a few of each."""
    found = [f"not graded: {line}" for line in misplaced(options)]
    found += [line for one in plans for line in _of_lab(options, one)]
    found += _of_gone_labs(options)
    yield from found[:MAX_REMARKS]
    if len(found) > MAX_REMARKS:
        yield f"and {len(found) - MAX_REMARKS} more of the kind"


def misplaced(options: Options) -> Iterator[str]:
    """What lies in the folder of submissions where nobody grades it."""
    return hand_ins.misplaced(options.submitted, _assignments(options.root))


def _assignments(root: Path) -> set[str]:
    """The course's assignments, whoever grades them.

    A source notebook that was built from a lab which is gone, or has another name now, is none.
    """
    layout = CourseLayout(root)
    labs = {path.name for path in layout.labs.glob("*/")}
    sources = {path.name for path in layout.sources.glob("*/")}
    return labs | {
        name for name in sources if not course.is_ours(layout.sources / name / f"{name}.ipynb")
    }


def _of_lab(options: Options, one: Plan) -> Iterator[str]:
    for student in one.times:
        file = options.folder(student, one.lab) / TIMESTAMP
        yield (
            f"`{file}` holds no time that can be read; when {student} handed in stays as it was. "
            "Write it as 2027-02-01 18:00 UTC"
        )
    strangers = [student for student in one.keys if one.roster and student not in one.roster.people]
    if strangers:
        yield f"not on the roster: {hand_ins.listed(strangers)} in {one.lab.name}"
    gone = set(one.journal.entries) - set(one.keys) - set(one.sharing.sources)
    if gone and not options.students:
        yield (
            f"no longer handed in: {one.lab.name} by {', '.join(sorted(gone))}; "
            "the gradebook keeps their grades"
        )


def _of_gone_labs(options: Options) -> Iterator[str]:
    known = _assignments(options.root)
    for path in sorted(options.out.glob("*/journal.jsonl")):
        if path.parent.name not in known and (students := Journal(path).entries):
            yield (
                f"`{path.parent}` holds grades of {len(students)} students in a lab that the "
                "course no longer has; they stay there and in the gradebook"
            )
