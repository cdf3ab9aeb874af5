"""Finds the submission that a complaint is about, and the seed under which it was judged."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from autograder.commands.planning import Options, shared
from autograder.course import hand_ins, submissions
from autograder.course import labs as course
from autograder.course import roster as rosters
from autograder.course.labs import Lab
from autograder.course.roster import Roster, letters, sameness
from autograder.course.submissions import Submission
from autograder.errors import UsageError
from autograder.judge import fingerprint, inputs
from autograder.model import Judgement
from autograder.record.journal import Journal

MOST_NAMED = 8


@dataclass(frozen=True)
class Found:
    """A submission, and what is known of it.

    Attributes:
        lab: the lab.
        submission: what is to be judged.
        student: whose verdict it is: of the group's member who was asked for.
        spoken: their name; their id where it is not known.
        seed: of its inputs.
        recorded: its verdict as it was kept; None where it was not graded yet.
        remarks: what an instructor must know before reading on.
        same: whether it is the very file that was judged.
    """

    lab: Lab
    submission: Submission
    student: str
    spoken: str
    seed: int
    recorded: Judgement | None = None
    remarks: tuple[str, ...] = ()
    same: bool = False


def lab_named(root: Path, name: str) -> Lab:
    """A lab of the course.

    Raises:
        UsageError: it has none of that name; the message names those that read alike.
    """
    if course.is_lab(root, name):
        return course.load(root, name)
    known = [lab.name for lab in course.find(root, ())]
    alike = [one for one in known if one.startswith(name)] or _alike(name, known)
    raise UsageError(f"no lab `{name}`. {_offered(alike, known)}")


def find(options: Options, lab: Lab, who: str) -> Found:
    """A student's submission as `autograder grade` finds it.

    Args:
        options: the course, and where its results are. A seed in it takes the recorded one's place.
        lab: the lab.
        who: the student's id, or their name on the roster.

    Raises:
        UsageError: there is no such student, several are called so, or nothing was handed in.
    """
    roster = rosters.read(options.root)
    if not options.submitted.is_dir():
        raise UsageError(f"no folder `{options.submitted}`: submissions lie in it")
    here = hand_ins.students(options.submitted, lab.name)
    sharing = shared(options, lab, roster)
    student = named(who, {*here, *sharing.sources}, roster, lab.name)
    source = sharing.source(student)
    found = submissions.fetch(options.submitted, source, lab)
    remarks = []
    if source != student:
        remarks.append(f"`{student}` is in a group; what `{source}` handed in counts for them")
    journal = Journal(options.results.journal(lab.name))
    recorded = journal.read(source) if source in journal.entries else None
    seed, same, told = _seed(options, lab, found, journal, recorded)
    spoken = roster.spoken.get(student, student)
    return Found(lab, found, student, spoken, seed, recorded, (*remarks, *told), same)


def _seed(
    options: Options, lab: Lab, found: Submission, journal: Journal, recorded: Judgement | None
) -> tuple[int, bool, list[str]]:
    """The seed of a submission's inputs, whether it is what was judged, and what to say of that."""
    own = inputs.seed_of(inputs.course_secret(options.root), lab.name, found)
    if recorded is None:
        told = ["it was not graded yet; these are the inputs that grading will draw"]
        return (own if options.seed is None else options.seed), False, told
    key = journal.entries[found.student].key
    known = _is_under(key, lab, found, recorded.seed)
    told = []
    if not known and own != recorded.seed:
        told.append(
            "the file changed since it was judged, so this is no repetition: these are the inputs "
            "that grading it again will draw. `--seed "
            f"{recorded.seed}` draws those of the recorded verdict"
        )
        return (own if options.seed is None else options.seed), False, told
    if not known:
        told.append("the lab, its checks or the grader changed since it was judged")
    if options.seed is not None and options.seed != recorded.seed:
        told.append(f"the recorded verdict had the seed {recorded.seed}")
        return options.seed, True, told
    return recorded.seed, True, told


def _is_under(key: str, lab: Lab, found: Submission, seed: int) -> bool:
    """Whether a verdict's key is of this very submission, by the checks as they are."""
    checks = fingerprint.of(lab)
    return any(
        key == fingerprint.verdict(f"{checks}/()/{trusted}/{given}", found)
        for trusted in (False, True)
        for given in (None, seed)
    )


def named(who: str, here: Collection[str], roster: Roster, lab: str) -> str:
    """The student that somebody means.

    Args:
        who: an id, or a name on the roster, in either order.
        here: ids of those who handed in.
        roster: the course's.
        lab: the lab's name.

    Raises:
        UsageError: nobody or several are called so, or they handed in nothing.
    """
    if who in here:
        return who
    if who in roster.people:
        raise UsageError(f"{_shown(who, roster)} handed in nothing of {lab}")
    wanted = letters(who)
    people = roster.people.values()
    meant = [
        one.student for one in people if wanted and wanted in one.written - {letters(one.student)}
    ]
    meant = meant or [one.student for one in people if who.casefold() in one.names]
    meant = meant or [one for one in here if sameness(one) == sameness(who)]
    if len(meant) > 1:
        listed = ", ".join(_shown(one, roster) for one in meant[:MOST_NAMED])
        raise UsageError(f"`{who}` may be any of {len(meant)}: {listed}. Give the id")
    if meant and meant[0] in here:
        return meant[0]
    if meant:
        raise UsageError(f"{_shown(meant[0], roster)} handed in nothing of {lab}")
    spoken = {one.name: one.student for one in people if one.name}
    alike = _alike(who, [*here, *roster.people, *spoken])
    ids = list(dict.fromkeys(spoken.get(one, one) for one in alike))
    everybody = sorted(here)
    offered = _offered([_shown(one, roster) for one in ids], everybody)
    raise UsageError(f"no submission of {lab} by `{who}`. {offered}")


def check_named(name: str, known: Iterable[str]) -> str:
    """A check of a lab, with or without pytest's `test_`.

    Raises:
        UsageError: there is none.
    """
    every = list(known)
    plain = name.removeprefix("test_")
    if plain in every:
        return plain
    alike = [one for one in every if one.startswith(plain)] or _alike(plain, every)
    raise UsageError(f"no check `{name}`. {_offered(alike, every)}")


def _shown(student: str, roster: Roster) -> str:
    name = roster.spoken.get(student, "")
    return f"`{student}` ({name})" if name else f"`{student}`"


def _alike(name: str, known: Iterable[str]) -> list[str]:
    """Names that read like one, the likest first."""
    by_folded = {one.casefold(): one for one in known}
    found = difflib.get_close_matches(name.casefold(), by_folded, MOST_NAMED, 0.6)
    return [by_folded[one] for one in found]


def _offered(alike: Collection[str], known: Collection[str]) -> str:
    if alike:
        return f"Did you mean {' or '.join(list(alike)[:MOST_NAMED])}?"
    if not known:
        return "There is none"
    return (
        f"There are {hand_ins.listed(known)}" if len(known) > 1 else f"There is {next(iter(known))}"
    )
