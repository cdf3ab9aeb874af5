"""The same verdicts on a quiet machine, beside busy processes of other sessions, and for an honest
class beside hostile neighbors.

    python benchmarks/load.py [--busy 16] [--honest 200] [--neighbors 20] [--hostile NAME ...]

Judges an honest class (answers that are slow, threaded or large within the limits among them) and
the hostile class, quiet first, then while `--busy` processes compute, each in a session of its own,
so that no scheduling group keeps them from ours; then the honest class once more with hostile
programs among it. Prints every verdict that differs, the figures, and exits with 1 if one does. A
hostile verdict that differs is judged again alone in the same load before it counts, as in
`verdicts.py`.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator

import verdicts  # beside this file
from verdicts import ROOT, Entries

import hostile_class  # isort: skip - a module of the tests, found by verdicts

from autograder.course import answers, labs
from autograder.course.labs import Lab
from autograder.course.submissions import Submission
from autograder.judge.grader import Grader

SEED = 5
# What students do beside their answers, in a cell of their own, well within the limits.
WORK = {
    "nothing": "",
    "computes": "total = sum(i * i % 7 for i in range(12_000_000))",
    "trains": (
        "w = torch.zeros(64, 64, requires_grad=True)\n"
        "for _ in range(1500):\n"
        "    loss = ((torch.randn(32, 64) @ w - 1) ** 2).mean()\n"
        "    (g,) = torch.autograd.grad(loss, w)\n"
        "    w = (w - 0.01 * g).detach().requires_grad_()"
    ),
    "threads": (
        "import threading\n"
        "found = []\n"
        "def work(n):\n"
        "    found.append(float(torch.randn(400, 400).mm(torch.randn(400, 400)).sum()))\n"
        "for _ in range(10):\n"
        "    workers = [threading.Thread(target=work, args=(n,)) for n in range(8)]\n"
        "    for one in workers: one.start()\n"
        "    for one in workers: one.join()\n"
        "assert len(found) == 80"
    ),
    "large": "held = [torch.ones(50_000_000 // 4) for _ in range(6)]\nassert len(held) == 6",
    "files": (
        "import tempfile, os\n"
        "with tempfile.TemporaryDirectory() as place:\n"
        "    for n in range(40):\n"
        "        open(os.path.join(place, str(n)), 'wb').write(b'x' * 200_000)"
    ),
    "waits": "import time\ntime.sleep(1.5)",
    "awaits": (
        "import asyncio\n"
        "async def one(): await asyncio.sleep(0.05); return 1\n"
        "assert sum(await asyncio.gather(*(one() for _ in range(20)))) == 20"
    ),
}


def honest(lab: Lab, count: int) -> list[Submission]:
    """A class of right answers and of wrong ones, each with some work of its own."""
    reference = answers.reference(lab)
    texts = [reference.cells]
    for path in (*lab.alternatives(), *lab.mistakes()[::6]):
        answer = answers.read_answer(path, list(lab.answers))
        texts.append(answers.complete(answer, reference).cells)
    pairs = itertools.cycle(itertools.product(texts, WORK.items()))
    made = []
    for number, (cells, (kind, work)) in enumerate(itertools.islice(pairs, count)):
        own = {key: f"{text}\n\n{work}\n" for key, text in cells.items()}
        made.append(
            Submission(f"{kind}-{number:03d}", answers.filled(lab, answers.Answer("own", own)))
        )
    return made


@contextlib.contextmanager
def busy(count: int) -> Iterator[None]:
    """That many processes that compute without end, each a session of its own."""
    loop = [sys.executable, "-c", "while True: pass"]
    started = [subprocess.Popen(loop, start_new_session=True) for _ in range(count)]
    try:
        yield
    finally:
        for one in started:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(one.pid, signal.SIGKILL)
            one.wait()


def judged(lab: Lab, found: Iterable[Submission], what: str) -> Entries:
    """The entries of some submissions under one seed."""
    began = time.monotonic()
    with Grader(ROOT) as grader:
        entries = {
            judgement.student: verdicts.entry(judgement)
            for judgement in grader.judge(lab, list(found), SEED, diagnose=False)
        }
    print(f"{what}: {len(entries)} in {time.monotonic() - began:.0f} s", flush=True)
    return entries


def hostile(only: list[str]) -> Entries:
    """The hostile class, or these programs of it."""
    options = argparse.Namespace(seeds=[SEED], only=only)
    return verdicts.hostile(options)


def differing(before: Entries, after: Entries, what: str) -> list[str]:
    """What differs, printed."""
    found = list(verdicts.compare(before, after))
    print(
        *(f"  {line}" for line in found), f"{what}: {len(found)} of {len(before)} differ", sep="\n"
    )
    return found


def beside_neighbors(lab: Lab, found: list[Submission], count: int) -> Entries:
    """The honest entries of a class in which so many hostile programs stand."""
    programs = [p for p in hostile_class.programs() if len(p.verdicts) == 1][
        :: max(1, 190 // count)
    ]
    with hostile_class.planted([program.name for program in programs]) as targets:
        neighbors = [
            Submission(
                f"hostile-{p.name}",
                hostile_class.hand_in(lab, targets[p.name].fill(p.text)),
            )
            for p in programs[:count]
        ]
        step = max(1, len(found) // len(neighbors))
        mixed = list(found)
        for place, neighbor in enumerate(neighbors):
            mixed.insert(place * (step + 1), neighbor)
        entries = judged(lab, mixed, f"honest, beside {len(neighbors)} hostile ones")
    return {name: one for name, one in entries.items() if not name.startswith("hostile-")}


def main() -> int:
    """Judge quiet and in load: 1 where anything differs."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--busy", type=int, default=16, help="processes that compute meanwhile")
    parser.add_argument("--honest", type=int, default=200, help="honest submissions")
    parser.add_argument("--neighbors", type=int, default=20, help="hostile ones among them")
    parser.add_argument("--hostile", nargs="*", default=[], help="these programs; all otherwise")
    parser.add_argument("--no-hostile", action="store_true", help="leave the hostile class out")
    options = parser.parse_args()
    lab = labs.load(ROOT, verdicts.EXAMPLE)
    found = honest(lab, options.honest)
    quiet = judged(lab, found, "honest, quiet")
    hostile_quiet = {} if options.no_hostile else hostile(options.hostile)
    wrong = []
    with busy(options.busy):
        loaded = judged(lab, found, f"honest, beside {options.busy} busy processes")
        wrong += differing(quiet, loaded, "honest class in load")
        if not options.no_hostile:
            again = hostile(options.hostile)
            if names := [line.split("/")[1] for line in verdicts.compare(hostile_quiet, again)]:
                again |= hostile(names)  # some attacks are races
            wrong += differing(hostile_quiet, again, "hostile class in load")
    beside = beside_neighbors(lab, found, options.neighbors)
    wrong += differing(quiet, beside, "honest class beside hostile neighbors")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
