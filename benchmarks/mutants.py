"""Change right answers of a lab mechanically, and print what the checks and the diagnosis make of
the mutants.

    python benchmarks/mutants.py [LAB] [--most 400]

A mutant is a right answer with one comparison, operator, constant, name or line changed. Those that
keep full marks under several seeds are listed: each is equivalent to a right answer, or a hole in
the checks. A diagnosis is confirmed under seeds that it did not see: the mutant must fail as the
named mistake does there too.
"""

from __future__ import annotations

import argparse
import ast
import copy
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from autograder.course import answers as solutions
from autograder.course import labs
from autograder.course.answers import Answer
from autograder.course.labs import Lab
from autograder.course.submissions import Submission
from autograder.judge import diagnosis
from autograder.judge.diagnosis import Outcomes
from autograder.judge.grader import Grader
from autograder.model import Judgement, Status

ROOT = Path(__file__).resolve().parent.parent
COMPARISONS = (ast.Gt, ast.GtE, ast.Lt, ast.LtE, ast.Eq, ast.NotEq)
OPERATORS = (ast.Mult, ast.Add, ast.Sub, ast.Div)
NUMBERS = (0, 1, -1, 2, 0.5)
NAMES = ("g", "grad_output", "input", "mask", "output", "x")
OTHER_SEEDS = (21, 22)
Change = Callable[[Any], object]


def mutants(text: str) -> Iterator[str]:
    """Texts that differ from this one in one place."""
    tree = ast.parse(text)
    for number, node in enumerate(ast.walk(tree)):
        for change in changes(node):
            other = copy.deepcopy(tree)
            target = next(n for i, n in enumerate(ast.walk(other)) if i == number)
            change(target)
            yield ast.unparse(ast.fix_missing_locations(other)) + "\n"


def changes(node: ast.AST) -> Iterator[Change]:
    """Functions that change a copy of this node in place."""
    if isinstance(node, ast.Compare):
        yield from (put("ops", [one()]) for one in COMPARISONS if not isinstance(node.ops[0], one))
    elif isinstance(node, ast.BinOp):
        yield from (put("op", one()) for one in OPERATORS if not isinstance(node.op, one))
        yield lambda n: setattr(n, "left", n.right)
        yield lambda n: setattr(n, "right", n.left)
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield from (put("value", value) for value in NUMBERS if value != node.value)
    elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        yield from in_body(node)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        yield from (put("id", name) for name in NAMES if name != node.id)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in ("clone", "to", "type_as", "float"):
            yield lambda n: n.__dict__.update(
                args=[], keywords=[], func=ast.Attribute(n.func.value, "detach", ast.Load())
            )
    elif isinstance(node, ast.Return) and node.value is not None:
        yield lambda n: setattr(n, "value", ast.UnaryOp(ast.USub(), n.value))
        yield put("value", None)


def put(name: str, value: object) -> Change:
    """Give a node's field another value."""
    return lambda node: setattr(node, name, value)


def in_body(node: ast.FunctionDef | ast.ClassDef) -> Iterator[Change]:
    """Leave out a line, change the order of two, or leave out decorators."""
    if isinstance(node, ast.ClassDef):
        return
    body = [i for i, line in enumerate(node.body) if not isinstance(line, ast.FunctionDef)]
    yield from (leave_out(place) for place in body)
    yield from (swap(first, second) for first, second in itertools.pairwise(body))
    if node.decorator_list:
        yield put("decorator_list", [])


def leave_out(place: int) -> Change:
    """A function without one of its lines."""

    def change(node: Any) -> None:
        node.body[place : place + 1] = [] if len(node.body) > 1 else [ast.Pass()]

    return change


def swap(first: int, second: int) -> Change:
    """A function with two neighboring lines in the other order."""

    def change(node: Any) -> None:
        node.body[first : second + 1] = [node.body[second], node.body[first]]

    return change


def all_mutants(lab: Lab, most: int) -> dict[str, Answer]:
    """Different mutants of the reference and the alternatives, in turn."""
    reference = solutions.reference(lab)
    right = [
        reference,
        *(
            solutions.complete(solutions.read_answer(p, list(lab.answers)), reference)
            for p in lab.alternatives()
        ),
    ]
    streams = [(a, key, mutants(text)) for a in right for key, text in a.cells.items()]
    found: dict[str, Answer] = {}
    seen = {ast.unparse(ast.parse(text)) for a in right for text in a.cells.values()}
    while streams and len(found) < most:
        for stream in list(streams):
            answer, key, texts = stream
            text = next(texts, None)
            if text is None:
                streams.remove(stream)
            elif text.strip() not in seen:
                seen.add(text.strip())
                found[f"m{len(found):04}-{answer.name[:40]}"] = Answer(
                    f"m{len(found):04}", answer.cells | {key: text}
                )
    return found


def judged(
    lab: Lab,
    answers: dict[str, Answer],
    grader: Grader,
    seed: int,
    *,
    diagnose: bool = False,
) -> dict[str, Judgement]:
    """Judge answers under a seed."""
    found = [Submission(name, solutions.filled(lab, answer)) for name, answer in answers.items()]
    return {j.student: j for j in grader.judge(lab, found, seed, diagnose=diagnose)}


def confirmed(
    lab: Lab, named: dict[str, list[str]], answers: dict[str, Answer], grader: Grader
) -> list[str]:
    """The diagnosed mutants that do not fail as their mistakes do under seeds that the diagnosis
    did not see.
    """
    reference = solutions.reference(lab)
    files = {path.stem: path for path in lab.mistakes()}
    wanted = {m for mistakes in named.values() for m in mistakes}
    mistakes = {
        m: solutions.complete(solutions.read_answer(files[m], list(lab.answers)), reference)
        for m in wanted
    }
    wrong = []
    for seed in OTHER_SEEDS:
        mine = judged(lab, {name: answers[name] for name in named}, grader, seed)
        theirs = judged(lab, mistakes, grader, seed)
        for name, known in named.items():
            expected: Outcomes = {}
            for mistake in known:
                expected |= diagnosis.outcomes(theirs[mistake].checks)
            if diagnosis.outcomes(mine[name].checks) != expected and name not in wrong:
                wrong.append(name)
    return wrong


def main() -> None:
    """Print the counts and the survivors."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("lab", nargs="?", default="lab03_custom_relu")
    parser.add_argument("--most", type=int, default=400)
    options = parser.parse_args()
    lab = labs.load(ROOT, options.lab)
    lab = replace(lab, limits=replace(lab.limits, call_seconds=2, cell_seconds=2))
    answers = all_mutants(lab, options.most)
    with Grader(ROOT) as grader:
        first = judged(lab, answers, grader, 1, diagnose=True)
        full = {
            n: a
            for n, a in answers.items()
            if first[n].status == Status.GRADED and first[n].score >= lab.max_score
        }
        for seed in (2, 3):
            again = judged(lab, full, grader, seed)
            full = {n: a for n, a in full.items() if again[n].score >= lab.max_score}
        named = {n: [m.name for m in j.mistakes] for n, j in first.items() if j.mistakes}
        wrong = confirmed(lab, named, answers, grader)
    print(
        f"{options.lab}: {len(answers)} mutants of the reference and "
        f"{len(lab.alternatives())} alternatives"
    )
    print(f"  lose points: {len(answers) - len(full)}; keep full marks under 3 seeds: {len(full)}")
    sizes = Counter(len(mistakes) for mistakes in named.values())
    print(f"  diagnosed: {len(named)}, by one mistake {sizes[1]}, by two {sizes[2]}")
    print(f"  diagnosis not confirmed under {len(OTHER_SEEDS)} other seeds: {len(wrong)}")
    for name in wrong:
        print(f"    {name}: {', '.join(named[name])}\n{answers[name].cells}")
    print(
        f"  most often: "
        f"{Counter(m for mistakes in named.values() for m in mistakes).most_common(8)}"
    )
    print("survivors:")
    for name, answer in full.items():
        print(f"--- {name}")
        for text in answer.cells.values():
            print(text)


if __name__ == "__main__":
    main()
