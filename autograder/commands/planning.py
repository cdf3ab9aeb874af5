"""What is to be graded: each submission read once, and those whose verdicts are not known yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder.course import hand_ins, submissions
from autograder.course import labs as course
from autograder.course.labs import Lab
from autograder.course.submissions import Submission
from autograder.errors import UsageError
from autograder.integrations.nbgrader import arrival, graded_notebooks
from autograder.judge import fingerprint
from autograder.layout import TIMESTAMP, CourseLayout, ResultsLayout
from autograder.model import Audience, Judgement, Note
from autograder.record.journal import Journal

MAX_REMARKS = 12


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
        pending: submissions to be judged.
        unwritten: submissions whose graded notebooks are missing, by student.
        times: what stands in `timestamp.txt` and is no time, by student.
        checks: the digest of the lab and the grader.
        counts_zero: see `Options`.
    """

    lab: Lab
    journal: Journal
    keys: dict[str, str] = field(default_factory=dict)
    pending: list[Submission] = field(default_factory=list)
    unwritten: dict[str, Submission] = field(default_factory=dict)
    times: dict[str, str] = field(default_factory=dict)
    checks: str = ""
    counts_zero: bool = False

    @property
    def judgements(self) -> dict[str, Judgement]:
        """Those of the students whose submissions count, by student, in order, as the course counts
        them.
        """
        known = self.journal.judgements
        return {
            student: self._told(known[student]) for student in sorted(self.keys) if student in known
        }

    def _told(self, judgement: Judgement) -> Judgement:
        settled = judgement.settled(counts_zero=self.counts_zero)
        if judgement.student not in self.times:
            return settled
        told = self.times[judgement.student]
        return settled.with_note(
            Note(
                f"`{TIMESTAMP}` holds `{told:.60}`, which is no time, or several: whether this "
                "came late is yours to say",
                Audience.INSTRUCTOR,
                asks=True,
            )
        )


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


def plan(options: Options, lab: Lab) -> Plan:
    """Read every submission of a lab and find those whose verdicts are not known yet."""
    journal = Journal(options.results.journal(lab.name))
    made = Plan(lab, journal, checks=fingerprint.of(lab), counts_zero=options.counts_zero)
    for student in hand_ins.students(options.submitted, lab.name):
        if options.students and student not in options.students:
            if student in made.journal.entries:
                made.keys[student] = made.journal.entries[student].key
        else:
            _add(made, options, student)
        folder = options.folder(student, lab)
        if student in made.keys and arrival.is_unreadable(folder):
            made.times[student] = arrival.written(folder) or "nothing"
    return made


def _add(made: Plan, options: Options, student: str) -> None:
    """One submission's place in the plan."""
    conditions = f"{made.checks}/{options.masked}/{options.trusted}/{options.seed}"
    found = submissions.fetch(options.submitted, student, made.lab)
    made.keys[student] = key = fingerprint.verdict(conditions, found)
    pending = options.force or not made.journal.known(student, key, diagnosed=options.feedback)
    if pending:
        made.pending.append(found)
    graded = graded_notebook(options, made.lab, student)
    current = fingerprint.verdict(made.checks, found)
    if graded is not None and (pending or not graded_notebooks.is_current(graded, current)):
        made.unwritten[student] = found


def graded_notebook(options: Options, lab: Lab, student: str) -> Path | None:
    """Where a student's graded notebook goes; None where none is written."""
    if options.autograded is None or not submissions.STUDENT.fullmatch(student):
        return None
    return options.autograded / student / lab.name / f"{lab.name}.ipynb"


# -- what is said of it ----------------------------------------------------------------------------


def remarks(options: Options, plans: Sequence[Plan]) -> Iterator[str]:
    """What lies where it is not graded, or whose time cannot be read; a few of each."""
    known = _assignments(options.root)
    found = [f"not graded: {line}" for line in hand_ins.misplaced(options.submitted, known)]
    found += [line for one in plans for line in _of_lab(options, one)]
    found += _of_gone_labs(options)
    yield from found[:MAX_REMARKS]
    if len(found) > MAX_REMARKS:
        yield f"and {len(found) - MAX_REMARKS} more of the kind"


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
    gone = set(one.journal.entries) - set(one.keys)
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
