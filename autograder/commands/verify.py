"""Proves a lab: the starter earns nothing, right answers everything; each mistake fails what it
names and is recognized.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from autograder.course import answers, starters
from autograder.course.answers import MAX_TITLE, Answer
from autograder.course.labs import Lab
from autograder.course.submissions import Submission
from autograder.judge.grader import Grader
from autograder.model import Audience, Judgement, Status, Verdict, total

SEEDS = (1, 2, 3)
STARTER = "starter"
# What a name does that answers nothing, by a name for it.
TRIVIAL = {
    "trivial-identity": "return args[0] if args else None",
    "trivial-zeros": "return args[0] * 0",
    "trivial-constant": "return 1.0",
    "trivial-copy": "return args[0] + 0",
    "trivial-detached": "return args[0].detach()",
    "trivial-none": "return None",
    "trivial-raises": "raise ValueError('no')",
}


@dataclass(frozen=True)
class Proof:
    """What was tried for one lab, and what is wrong with it.

    Attributes:
        findings: one sentence each; a proven lab has none.
        failed: for each check, the mistakes that it caught.
    """

    lab: Lab
    mistakes: int
    alternatives: int
    findings: tuple[str, ...]
    failed: dict[str, list[str]]


def verify(
    labs: Sequence[Lab], seeds: Sequence[int] = SEEDS, masked: Sequence[str] = ()
) -> Iterator[Proof]:
    """Prove labs, one after another.

    Raises:
        UsageError: a lab's own files cannot be read.
        SandboxUnavailable: there is no zygote.
    """
    if not labs:
        return
    with Grader(labs[0].root, masked=masked) as grader:
        for lab in labs:
            yield _prove(lab, grader, seeds)


def _prove(lab: Lab, grader: Grader, seeds: Sequence[int]) -> Proof:
    ids = list(lab.answers)
    reference = answers.reference(lab)
    alternatives = [
        answers.complete(answers.read_answer(path, ids), reference) for path in lab.alternatives()
    ]
    mistakes = [
        answers.complete(answers.read_answer(path, ids), reference) for path in lab.mistakes()
    ]
    findings = list(_about_files(lab, [*alternatives, *mistakes], mistakes))
    failed: dict[str, list[str]] = {}
    right = {answer.name: answer for answer in [reference, *alternatives]}
    wrong = {answer.name: answer for answer in mistakes}
    hand_ins = [
        Submission(STARTER, answers.filled(lab, None)),
        *(Submission(name, answers.filled(lab, a)) for name, a in {**right, **wrong}.items()),
        *(Submission(name, answers.filled(lab, a)) for name, a in trivial(reference).items()),
    ]
    for seed in seeds:
        diagnose = seed == seeds[0]
        judged = {j.student: j for j in grader.judge(lab, hand_ins, seed, diagnose=diagnose)}
        if diagnose:
            findings += _about_diagnoses(judged, right, wrong)
        findings += _about_points(lab, judged["reference"])
        findings += _about_nothing(judged[STARTER])
        findings += [f for name in TRIVIAL for f in _about_nothing(judged[name])]
        findings += [f for name in right for f in _about_right(judged[name], seed)]
        for name, answer in wrong.items():
            findings += _about_mistake(judged[name], answer, seed)
            for check in judged[name].checks:
                caught = failed.setdefault(check.name, [])
                if _fails(check.verdict) and name not in caught:
                    caught.append(name)
    for check in judged["reference"].checks:
        if check.verdict != Verdict.SKIPPED and not failed.get(check.name):
            findings.append(
                f"check `{check.name}`: no mistake fails it, so nothing shows "
                f"that it catches anything"
            )
    return Proof(lab, len(mistakes), len(alternatives), tuple(dict.fromkeys(findings)), failed)


def _about_diagnoses(
    judged: Mapping[str, Judgement], right: Collection[str], wrong: Collection[str]
) -> Iterator[str]:
    """Each mistake is recognized as itself, or as one that no check can tell from it; a right
    answer as none.
    """
    for name in right:
        if judged[name].mistakes:
            yield f"`{name}` is right, but is diagnosed as `{judged[name].mistakes[0].name}`"
    for name in wrong:
        named = [mistake.name for mistake in judged[name].mistakes]
        twins = [
            note
            for note in judged[name].notes
            if note.audience == Audience.INSTRUCTOR and name in note.text
        ]
        if name not in named and not twins:
            yield (
                f"mistake `{name}` is not recognized as itself: its diagnosis is "
                f"{', '.join(named) or 'none'}"
            )


def _fails(verdict: Verdict) -> bool:
    return verdict not in (Verdict.PASSED, Verdict.SKIPPED)


def _about_files(lab: Lab, answers: Sequence[Answer], mistakes: Sequence[Answer]) -> Iterator[str]:
    names = [answer.name for answer in answers]
    for name in sorted(
        {n for n in names if names.count(n) > 1} | ({"reference", STARTER} & set(names))
    ):
        yield f"`{name}`: the name is taken"
    for answer in mistakes:
        if not answer.fails:
            yield (
                f"mistake `{answer.name}`: its first line must name the checks that "
                f"it fails: `# fails: ...`"
            )
        if not answer.hint:
            yield (
                f"mistake `{answer.name}`: it has no docstring, which is the hint "
                f"that a student reads"
            )
        elif not answer.title:
            yield (
                f"mistake `{answer.name}`: its docstring must begin with a title: a line of at "
                f"most {MAX_TITLE} characters without a period, and an empty line behind it"
            )
    if starters.starter(lab.solutions) != lab.notebook.read_text(encoding="utf-8"):
        yield f"`{lab.notebook.name}` is not what its source makes; run `make labs`"


def _about_points(lab: Lab, reference: Judgement) -> Iterator[str]:
    """The points of a family's checks add up to its cell's."""
    for family, cell in lab.families.items():
        counted = [
            check
            for check in reference.checks
            if check.family == family and check.verdict != Verdict.SKIPPED
        ]
        found = total(counted) if reference.status == Status.GRADED else 0.0
        worth = cell.points + cell.bonus
        if (counted or not cell.bonus) and found != worth:
            yield (
                f"test cell `{family}` is worth {worth:g} points, the reference earns "
                f"{found:g} for it"
            )


def _about_nothing(judged: Judgement) -> Iterator[str]:
    """An answer that answers nothing earns nothing."""
    who = f"`{judged.student}`"
    if judged.status != Status.GRADED or judged.score or judged.bonus:
        earned = f"{judged.score:g} points and {judged.bonus:g} of extra credit"
        passed = ", ".join(check.name for check in judged.checks if check.points)
        yield f"{who} should earn nothing: {judged.status}, {earned}, by {passed or 'no check'}"
    for check in judged.checks if judged.student == STARTER else ():
        asked = check.max_points or check.is_worthless
        if asked and check.verdict == Verdict.PASSED:
            yield f"check `{check.name}`: the untouched starter passes it"


def trivial(reference: Answer) -> dict[str, Answer]:
    """Answers that answer nothing: every name that the reference defines does one and the same."""
    key = list(reference.cells)[-1]
    names = [name for text in reference.cells.values() for name in _defined(text)]
    made = {}
    for kind, body in TRIVIAL.items():
        lines = "".join(f"{name} = _trivial\n" for name in names)
        program = f"def _trivial(*args, **kwargs):\n    {body}\n\n\n{lines}"
        made[kind] = Answer(kind, dict.fromkeys(reference.cells, "") | {key: program})
    return made


def _defined(text: str) -> Iterator[str]:
    """The functions and classes that a cell defines."""
    for node in ast.parse(text).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name


def _about_right(judged: Judgement, seed: int) -> Iterator[str]:
    if judged.status != Status.GRADED:
        yield f"`{judged.student}`, seed {seed}: {judged.status}: {judged.reason}"
    for check in judged.checks:
        if _fails(check.verdict):
            yield (
                f"`{judged.student}` is right, but fails `{check.name}` with seed "
                f"{seed}: {check.verdict}: {check.message}"
            )


def _about_mistake(judged: Judgement, answer: Answer, seed: int) -> Iterator[str]:
    if judged.status != Status.GRADED:
        yield f"mistake `{answer.name}`, seed {seed}: {judged.status}: {judged.reason}"
        return
    found = {check.name for check in judged.checks if _fails(check.verdict)}
    unknown = answer.fails - {check.name for check in judged.checks}
    if unknown:
        yield f"mistake `{answer.name}` names `{sorted(unknown)[0]}`, which is no check"
    if missed := answer.fails - found - unknown:
        yield f"mistake `{answer.name}` does not fail {', '.join(sorted(missed))} with seed {seed}"
    if more := found - answer.fails:
        yield f"mistake `{answer.name}` also fails {', '.join(sorted(more))} with seed {seed}"
