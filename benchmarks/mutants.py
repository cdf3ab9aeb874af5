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
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from autograder.course import labs, answers as solutions
from autograder.course.labs import Lab
from autograder.course.answers import Answer
from autograder.course.submissions import Submission
from autograder.judge import catalogue, diagnosis, judge, pool
from autograder.judge.diagnosis import Outcomes
from autograder.model import Judgement, Status
from autograder.supervisor.zygote import ZygoteHandle

ROOT = Path(__file__).resolve().parent.parent
COMPARISONS = (ast.Gt, ast.GtE, ast.Lt, ast.LtE, ast.Eq, ast.NotEq)
OPERATORS = (ast.Mult, ast.Add, ast.Sub, ast.Div)
OTHER_SEEDS = (21, 22)


def mutants(text: str) -> Iterator[str]:
    """Texts that differ from this one in one place."""
    tree = ast.parse(text)
    for number, node in enumerate(ast.walk(tree)):
        for change in changes(node):
            other = copy.deepcopy(tree)
            target = next(n for i, n in enumerate(ast.walk(other)) if i == number)
            if change(target) is not False:
                yield ast.unparse(ast.fix_missing_locations(other)) + "\n"


def changes(node: ast.AST) -> Iterator[object]:
    """Functions that change a copy of this node in place."""
    if isinstance(node, ast.Compare):
        for operator in COMPARISONS:
            if not isinstance(node.ops[0], operator):
                yield lambda n, o=operator: n.ops.__setitem__(0, o())
    if isinstance(node, ast.BinOp):
        for operator in OPERATORS:
            if not isinstance(node.op, operator):
                yield lambda n, o=operator: setattr(n, "op", o())
        yield lambda n: (setattr(n, "left", n.right), None)[1]
        yield lambda n: (setattr(n, "right", n.left), None)[1]
    if (
        isinstance(node, ast.Constant)
        and isinstance(node.value, (int, float))
        and not isinstance(node.value, bool)
    ):
        for value in {0, 1, -1, 2, 0.5} - {node.value}:
            yield lambda n, v=value: setattr(n, "value", v)
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        body = [i for i, line in enumerate(node.body) if not isinstance(line, ast.FunctionDef)]
        if isinstance(node, ast.FunctionDef):
            for place in body:
                yield (
                    lambda n, p=place: (
                        n.body.pop(p) if len(n.body) > 1 else n.body.__setitem__(0, ast.Pass())
                    )
                )
            for first, second in itertools.pairwise(body):
                yield lambda n, a=first, b=second: n.body.__setitem__(
                    slice(a, b + 1), [n.body[b], n.body[a]]
                )
            if node.decorator_list:
                yield lambda n: n.decorator_list.clear()
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        for name in {"input", "x", "grad_output", "g", "output", "mask"} - {node.id}:
            yield lambda n, i=name: setattr(n, "id", i)
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("clone", "to", "type_as", "float")
    ):
        yield lambda n: (
            setattr(n, "args", []),
            setattr(n.func, "attr", "detach"),
            setattr(n, "keywords", []),
        )[0]
    if isinstance(node, ast.Return) and node.value is not None:
        yield lambda n: setattr(n, "value", ast.UnaryOp(ast.USub(), n.value))
        yield lambda n: setattr(n, "value", None)


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
    zygote: ZygoteHandle,
    seed: int,
    known: diagnosis.Catalogue | None = None,
) -> dict[str, Judgement]:
    """Judge answers under a seed."""
    found = [Submission(name, solutions.filled(lab, answer)) for name, answer in answers.items()]
    jobs = os.cpu_count() or 1
    return {j.student: j for j in pool.judge_all(lab, found, zygote, seed, jobs, known=known)}


def confirmed(
    lab: Lab, named: dict[str, list[str]], answers: dict[str, Answer], zygote: ZygoteHandle
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
        mine = judged(lab, {name: answers[name] for name in named}, zygote, seed)
        theirs = judged(lab, mistakes, zygote, seed)
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
    with ZygoteHandle(os.cpu_count() or 1) as zygote:
        pool.warm_up()
        judge.confirmed(zygote)
        known = catalogue.catalogue(lab, zygote, os.cpu_count() or 1)
        first = judged(lab, answers, zygote, 1, known)
        full = {
            n: a
            for n, a in answers.items()
            if first[n].status == Status.GRADED and first[n].score >= lab.max_score
        }
        for seed in (2, 3):
            again = judged(lab, full, zygote, seed)
            full = {n: a for n, a in full.items() if again[n].score >= lab.max_score}
        named = {n: [m.name for m in j.mistakes] for n, j in first.items() if j.mistakes}
        wrong = confirmed(lab, named, answers, zygote)
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
