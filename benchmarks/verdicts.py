"""Every verdict that the project gives on its own answers, in a file, and two files compared.

    python benchmarks/verdicts.py judge OUT.json [PART ...] [--seeds 1 2 3] [--only NAME ...]
    python benchmarks/verdicts.py compare BEFORE.json AFTER.json

Parts: `example` (the example class), `labs` (starter, reference, alternatives and mistakes of every
lab) and `hostile` (the hostile class). Run it before and after a change: a change of the house
changes none, a change of checks exactly those that it is for. Times are left out. What differs in
the hostile class is judged again alone before it is believed, since some attacks are races.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import hostile_class  # noqa: E402 - a module of the tests

from autograder.course import answers, labs, submissions  # noqa: E402
from autograder.course.labs import Lab  # noqa: E402
from autograder.course.submissions import Submission  # noqa: E402
from autograder.judge.grader import Grader  # noqa: E402
from autograder.layout import CourseLayout  # noqa: E402
from autograder.model import Judgement  # noqa: E402

Entries = dict[str, dict[str, Any]]
EXAMPLE = "lab03_custom_relu"


def entry(judgement: Judgement) -> dict[str, Any]:
    """A judgement without times, seeds and outputs."""
    return {
        "status": str(judgement.status),
        "reason": judgement.reason,
        "score": judgement.score,
        "max_score": judgement.max_score,
        "bonus": judgement.bonus,
        "checks": [
            [c.name, str(c.verdict), c.points, c.max_points, c.told, c.detail]
            for c in judgement.checks
        ],
        "mistakes": [mistake.name for mistake in judgement.mistakes],
        "advice": list(judgement.advice),
        "notes": [f"[{note.audience}] {note.text}" for note in judgement.notes],
    }


def judge(
    grader: Grader, lab: Lab, found: list[Submission], options: argparse.Namespace
) -> Entries:
    """The entries of some submissions under every seed; diagnosed under the first."""
    chosen = [one for one in found if not options.only or one.student in options.only]
    entries: Entries = {}
    for seed in options.seeds:
        diagnose = seed == options.seeds[0]
        for judged in grader.judge(lab, chosen, seed, diagnose=diagnose) if chosen else ():
            entries[f"{lab.name}/{judged.student}/{seed}"] = entry(judged)
        print(f"{lab.name}, seed {seed}: {len(chosen)} submissions", file=sys.stderr, flush=True)
    return entries


def example(options: argparse.Namespace) -> Entries:
    """The example class."""
    lab, folder = labs.load(ROOT, EXAMPLE), CourseLayout(ROOT).example
    names = submissions.students(folder, lab.name)
    found = [submissions.fetch(folder, name, lab) for name in names]
    with Grader(ROOT) as grader:
        return judge(grader, lab, found, options)


def catalogues(options: argparse.Namespace) -> Entries:
    """What `autograder verify` proves the labs with."""
    entries: Entries = {}
    with Grader(ROOT) as grader:
        for lab in labs.find(ROOT, ()):
            entries |= judge(grader, lab, list(hand_ins(lab)), options)
    return entries


def hand_ins(lab: Lab) -> Iterator[Submission]:
    """The starter, the reference, alternatives and mistakes of a lab."""
    reference = answers.reference(lab)
    yield Submission("starter", answers.filled(lab, None))
    yield Submission("reference", answers.filled(lab, reference))
    for path in (*lab.alternatives(), *lab.mistakes()):
        answer = answers.complete(answers.read_answer(path, list(lab.answers)), reference)
        yield Submission(answer.name, answers.filled(lab, answer))


def hostile(options: argparse.Namespace) -> Entries:
    """The hostile class, with its targets planted anew for each seed."""
    lab = dataclasses.replace(labs.load(ROOT, EXAMPLE), limits=hostile_class.LIMITS)
    chosen = hostile_class.programs()
    entries: Entries = {}
    for seed in options.seeds:
        with (
            hostile_class.planted([program.name for program in chosen]) as targets,
            Grader(ROOT) as grader,
        ):
            found = [
                Submission(p.name, hostile_class.hand_in(lab, targets[p.name].fill(p.text)))
                for p in chosen
            ]
            once = argparse.Namespace(seeds=[seed], only=options.only)
            for name, one in judge(grader, lab, found, once).items():
                target = targets[name.split("/")[1]]
                entries[name] = neutral(one, target, str(grader.zygote.runtime))
    return entries


def neutral(one: dict[str, Any], target: hostile_class.Planted, runtime: str) -> dict[str, Any]:
    """An entry with its random places named."""
    text = json.dumps(one)
    places = {
        str(target.folder): "<FOLDER>",
        target.token: "<TOKEN>",
        target.canary: "<CANARY>",
        target.listeners.canary: "<CANARY>",
        str(target.folder.parent): "<CLASS>",
        str(target.listeners.places["ABSTRACT"]): "<ABSTRACT>",
        runtime: "<RUNTIME>",
    }
    for place, name in places.items():
        text = text.replace(place, name)
    made: dict[str, Any] = json.loads(re.sub(r"\bat 0x[0-9a-f]{6,16}\b", "at 0x<ADDRESS>", text))
    return made


PARTS = {"example": example, "labs": catalogues, "hostile": hostile}


def compare(before: Entries, after: Entries) -> Iterator[str]:
    """One line for each entry that differs."""
    for name in sorted(before.keys() | after.keys()):
        if name not in before or name not in after:
            yield f"{name}: {'gone' if name in before else 'new'}"
        elif timeless(before[name]) != timeless(after[name]):
            yield f"{name}: {'; '.join(changes(before[name], after[name]))}"


def changes(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    """What differs in one entry."""
    for field in ("status", "reason", "score", "bonus", "mistakes", "advice", "notes"):
        if timeless(before[field]) != timeless(after[field]):
            yield f"{field} {before[field]!r:.120} -> {after[field]!r:.120}"
    old, new = ({check[0]: check[1:] for check in one["checks"]} for one in (before, after))
    for name in {**old, **new}:
        if timeless(old.get(name)) != timeless(new.get(name)):
            yield f"{name} {old.get(name)!r:.160} -> {new.get(name)!r:.160}"


def timeless(value: Any) -> Any:
    """The same without measured times."""
    return re.sub(r"\b\d+\.\d+ ?(ms|s)\b", "<time>", json.dumps(value))


def main() -> int:
    """Judge, or compare: 1 where anything differs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    judging = verbs.add_parser("judge")
    judging.add_argument("out", type=Path)
    judging.add_argument("parts", nargs="*", choices=[*PARTS, []], default=list(PARTS))
    judging.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    judging.add_argument("--only", nargs="*", default=[])
    comparing = verbs.add_parser("compare")
    comparing.add_argument("before", type=Path)
    comparing.add_argument("after", type=Path)
    options = parser.parse_args()
    if options.verb == "judge":
        entries: Entries = {}
        for part in options.parts or PARTS:
            entries |= PARTS[part](options)
        options.out.write_text(json.dumps(entries, indent=1, sort_keys=True) + "\n")
        return 0
    before, after = (json.loads(path.read_text()) for path in (options.before, options.after))
    found = list(compare(before, after))
    print(*found, f"{len(found)} of {len(after)} differ", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
