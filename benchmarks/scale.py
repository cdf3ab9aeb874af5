"""Many simulated judgements through journal, results, report, index and gradebook.

    python benchmarks/scale.py [--submissions N] [--without-pages] [--gradebook N]

Nothing is judged: judgements of Lab 03 are made up, as large as real ones. Each size runs in a
process of its own, a quarter of N first. Prints seconds and peak memory of every step; exits with 1
if memory exceeds 500 MB, or if four times as many take more than six times as long.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT)]

from autograder.course import labs  # noqa: E402 - after the path is set
from autograder.course.labs import Lab  # noqa: E402
from autograder.integrations.nbgrader import gradebook  # noqa: E402
from autograder.model import (  # noqa: E402
    CellOutput,
    CheckResult,
    Curve,
    Judgement,
    Level,
    Mistake,
    Status,
    Verdict,
)
from autograder.pages import render, statistics, stored  # noqa: E402
from autograder.record import results  # noqa: E402
from autograder.record.journal import Journal  # noqa: E402

LAB = "lab03_custom_relu"
MOST_MEMORY = 500e6  # bytes
MOST_GROWTH = 6.0  # of the time, for four times as many
CHECKS = 20
ANSWER = "class ReLUFunction(torch.autograd.Function):\n" + 20 * "    # a line of the answer\n"


def made_up(lab: Lab, number: int) -> Judgement:
    """A judgement as large as a real one."""
    draw = random.Random(number)  # noqa: S311 - made-up grades
    families = list(lab.families)
    checks = []
    for index in range(CHECKS):
        passed = draw.random() < 0.7
        checks.append(
            CheckResult(
                name=f"{families[index % len(families)]}_{index}",
                title="The gradient equals that of F.relu for any upstream gradient.",
                verdict=Verdict.PASSED if passed else Verdict.WRONG,
                points=float(passed),
                max_points=1.0,
                message="" if passed else "the gradient differs at 3 of 12 places " * 3,
                detail="" if passed else "expected [0.0, 1.0], found [1.0, 1.0] " * 3,
                seconds=0.01,
                family=families[index % len(families)],
            )
        )
    xs = tuple(x / 16 - 3.0 for x in range(97))
    curves = tuple(Curve(title, xs, xs, xs) for title in ("value", "gradient"))
    lost = sum(check.points for check in checks) < CHECKS
    return Judgement(
        student=f"student{number:07}",
        lab=lab.name,
        status=Status.NEEDS_EYE if number % 500 == 499 else Status.GRADED,
        reason="the file is not a notebook: it is not JSON" if number % 500 == 499 else None,
        score=sum(check.points for check in checks),
        max_score=float(CHECKS),
        seconds=0.2 + draw.random(),
        checks=tuple(checks),
        mistakes=(Mistake("kink_one", "At 0 it is 1.\n\nLook there."),) if lost else (),
        cells=(CellOutput("relu", ANSWER),),
        curves=curves,
        seed=draw.getrandbits(53),
        level=Level.FULL,
        diagnosed=True,
    )


def steps(out: Path, count: int, in_gradebook: int, *, pages: bool) -> Iterator[tuple[str, Any]]:
    """What a run does with judgements, under the names that are printed."""
    lab = labs.load(ROOT, LAB)
    folder = out / lab.name
    students = [f"student{number:07}" for number in range(count)]

    def journal() -> None:
        kept = Journal(folder / "journal.jsonl")
        for number in range(count):
            kept.add(f"{number:064}", made_up(lab, number))

    def read() -> Journal:
        return Journal(folder / "journal.jsonl")

    def report() -> None:
        if pages:
            render.write_lab(folder, lab, read().judgements.values())
            return
        found = statistics.report(lab, read().judgements.values())
        render.write_report(folder, lab, found)

    def index() -> None:
        found = stored.read(folder)
        if found is None:
            raise LookupError(f"no statistics in {folder}")
        render.write_course(out, [lab], {lab.name: found})

    def some() -> Iterator[Judgement]:
        kept = read()
        return (kept.read(student) for student in students[:in_gradebook])

    yield "journal, as they come", journal
    yield "journal, read again", read
    yield "journal, compacted", lambda: read().compact(students)
    yield "results and grades", lambda: results.write_lab(folder, lab, read().judgements.values())
    yield (
        "the course's grades",
        lambda: results.write_course(out / "grades.csv", [lab], {lab.name: read().judgements}),
    )
    yield f"report{' and feedback pages' if pages else ''}", report
    yield "index", index
    if in_gradebook:
        yield (
            f"gradebook, {in_gradebook} of them",
            lambda: gradebook.record(f"sqlite:///{out}/gradebook.db", lab, some()),
        )


def measure(count: int, in_gradebook: int, *, pages: bool) -> None:
    """Run the steps and print their seconds and the peak of memory as JSON."""
    with tempfile.TemporaryDirectory(prefix="scale-") as place:
        for name, step in steps(Path(place), count, in_gradebook, pages=pages):
            began = time.monotonic()
            run: Callable[[], object] = step
            run()
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            print(json.dumps([name, time.monotonic() - began, peak]), flush=True)


def measured(count: int, options: argparse.Namespace) -> dict[str, tuple[float, float]]:
    """The same in a process of its own."""
    command = [sys.executable, __file__, "--submissions", str(count), "--measure"]
    command += ["--gradebook", str(options.gradebook * count // options.submissions)]
    command += ["--without-pages"] if options.without_pages else []
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return {
        name: (seconds, peak)
        for name, seconds, peak in map(json.loads, done.stdout.split("\n")[:-1])
    }


def main() -> int:
    """Measure two sizes and compare them; the exit status."""
    parser = argparse.ArgumentParser(description="Many judgements through record and pages.")
    parser.add_argument("--submissions", type=int, default=100_000)
    parser.add_argument("--gradebook", type=int, default=4_000)
    parser.add_argument("--without-pages", action="store_true", help="no page for each student")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.submissions, options.gradebook, pages=not options.without_pages)
        return 0
    quarter = measured(options.submissions // 4, options)
    whole = measured(options.submissions, options)
    print(f"{'step':<34}{options.submissions // 4:>10}{options.submissions:>10}  peak MB")
    for (name, (seconds, peak)), (before, _) in zip(whole.items(), quarter.values(), strict=True):
        print(f"{name:<34}{before:>8.1f} s{seconds:>8.1f} s{peak / 1e6:>9.0f}")
    total, earlier = (sum(s for s, _ in one.values()) for one in (whole, quarter))
    memory = max(peak for _, peak in whole.values())
    print(f"four times as many take {total / earlier:.2f} times as long; {memory / 1e6:.0f} MB")
    return int(memory > MOST_MEMORY or total / earlier > MOST_GROWTH)


if __name__ == "__main__":
    sys.exit(main())
