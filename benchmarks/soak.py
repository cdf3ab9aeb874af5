"""A large class with hostile submissions in it, while zygotes and the grader itself are killed.

    python benchmarks/soak.py [--submissions 500] [--kinds 3]

Each kind of submission is first judged alone. Then a class is graded by `autograder grade`, the
zygotes are killed twice and the grader once (SIGKILL), and the command is given again. Prints what
came of it; exits with 1 if a verdict differs from the one that the same submission gets alone, or
if anything is left behind.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import hostile_class  # noqa: E402 - after the path is set
from hostile_class import LAB, Program  # noqa: E402

from autograder.course import answers as solutions  # noqa: E402
from autograder.course import labs  # noqa: E402
from autograder.course.answers import filled  # noqa: E402
from autograder.course.submissions import Submission  # noqa: E402
from autograder.judge.grader import Grader  # noqa: E402

SEED = 11
KILLS = (0.2, 0.4, 0.6)  # of the submissions: zygotes, zygotes, grader
Verdicts = tuple[str, ...]


def hostile() -> list[Program]:
    """Programs that have one verdict, whatever the machine's load, and end without running into a
    limit of time.
    """
    timed = {"wall_limit", "cpu_limit", "output_limit"}
    chosen = [
        p for p in hostile_class.programs() if len(p.verdicts) == 1 and not p.verdicts & timed
    ]
    return [
        *chosen,
        *(
            p
            for p in hostile_class.programs()
            if p.name in ("print_without_end", "write_to_output_without_end")
        ),
    ]


def kinds(
    lab: labs.Lab, targets: dict[str, hostile_class.Planted]
) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Notebooks by name: those of honest students, right and wrong, and the hostile ones."""
    reference = solutions.reference(lab)
    answers = [
        solutions.complete(solutions.read_answer(path, list(lab.answers)), reference)
        for path in [*lab.alternatives(), *lab.mistakes()]
    ]
    honest = {answer.name: filled(lab, answer) for answer in [reference, *answers]}
    return honest, {
        p.name: hostile_class.hand_in(lab, targets[p.name].fill(p.text))
        for p in hostile()
        if p.name in targets
    }


def alone(lab: labs.Lab, notebooks: dict[str, bytes]) -> dict[str, Verdicts]:
    """The verdicts of each notebook, judged with nothing beside it."""
    class_ = [Submission(name, raw) for name, raw in notebooks.items()]
    with Grader(ROOT, jobs=1) as grader:
        judged = grader.judge(lab, class_, SEED, diagnose=False)
        return {j.student: tuple(str(check.verdict) for check in j.checks) for j in judged}


def hand_in(
    folder: Path, count: int, honest: dict[str, bytes], bad: dict[str, bytes]
) -> dict[str, str]:
    """Write the class, every tenth of it hostile; which kind each student handed in."""
    kind_of = {}
    for number in range(count):
        names, notebooks = (list(bad), bad) if number % 10 == 5 else (list(honest), honest)
        student, name = (
            f"s{number:04}",
            names[(number // 10 if number % 10 == 5 else number) % len(names)],
        )
        place = folder / student / LAB
        place.mkdir(parents=True)
        (place / f"{LAB}.ipynb").write_bytes(notebooks[name])
        kind_of[student] = name
    return kind_of


class Run:
    """A run of `autograder grade`, watched."""

    def __init__(self, submitted: Path, out: Path, temporary: Path) -> None:
        command = [
            sys.executable,
            "-m",
            "autograder",
            "grade",
            "--submitted",
            str(submitted),
            "--out",
            str(out),
        ]
        self._journal = out / LAB / "journal.jsonl"
        command += ["--seed", str(SEED), "--no-feedback"]
        environment = os.environ | {"TMPDIR": str(temporary)}
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
        )
        self.memory: list[int] = []
        self.descriptors: list[int] = []

    def judged(self) -> int:
        """Submissions in the journal."""
        return max(0, self._journal.read_bytes().count(b"\n") - 1) if self._journal.is_file() else 0

    def watch(self, until: int | None = None) -> None:
        """Wait until so many are judged, or until the end, noting memory and descriptors of the
        grader and its judges.
        """
        while self.process.poll() is None and (until is None or self.judged() < until):
            ours = [
                pid for pid in (self.process.pid, *children(self.process.pid)) if not is_zygote(pid)
            ]
            if self.judged():
                self.memory.append(max(map(private_memory, ours), default=0))
                self.descriptors.append(max(map(descriptors, ours), default=0))
            time.sleep(0.25)

    def kill_zygotes(self) -> int:
        """Kill every zygote below the grader; how many there were."""
        found = [
            pid
            for parent in (self.process.pid, *children(self.process.pid))
            for pid in children(parent)
            if is_zygote(pid)
        ]
        for pid in found:
            os.kill(pid, signal.SIGKILL)
        return len(found)


def children(pid: int) -> Iterator[int]:
    """Processes whose parent is `pid`."""
    for other in filter(str.isdigit, os.listdir("/proc")):
        try:
            if int(Path(f"/proc/{other}/stat").read_text().rpartition(")")[2].split()[1]) == pid:
                yield int(other)
        except OSError:
            continue


def is_zygote(pid: int) -> bool:
    """Whether the process is a zygote or one of its own."""
    try:
        return b"autograder.sandbox.zygote" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def private_memory(pid: int) -> int:
    """Bytes that a process shares with nobody."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("Private_"))


def descriptors(pid: int) -> int:
    """Open descriptors of a process."""
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0


def surroundings(temporary: Path) -> dict[str, set[str]]:
    """What a run that keeps its temporary files in `temporary` could leave behind."""
    mounts = {line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()}
    zygotes = {str(pid) for pid in hostile_class.marked(str(temporary))}
    return {
        "mounts": mounts,
        "folders": {str(path) for path in temporary.iterdir()},
        "processes": zygotes,
    }


def verdicts_in(out: Path) -> dict[str, Verdicts]:
    """What results.json says."""
    submissions = json.loads((out / LAB / "results.json").read_bytes())["submissions"]
    return {s["student"]: tuple(check["verdict"] for check in s["checks"]) for s in submissions}


@dataclasses.dataclass
class Outcome:
    """What came of a class.

    Attributes:
        kind_of: what each student handed in.
        honest, hostile: how many kinds there were of either.
        killed: zygotes, the first and the second time.
        survived: judgements that the killed grader had kept.
        runs: before the grader was killed, and after.
        seconds: for the class.
        wrong: what students handed in whose verdicts are not those that it gets alone.
        reached: what hostile programs reached, by their names.
    """

    kind_of: dict[str, str]
    honest: int
    hostile: set[str]
    killed: list[int]
    survived: int
    runs: tuple[Run, Run]
    seconds: float
    wrong: dict[str, str]
    reached: dict[str, list[str]]


def soak(folder: Path, temporary: Path, count: int, kinds_of_each: int | None) -> Outcome:
    """Judge each kind alone, then grade a class of `count` in `folder`, killing what grades it."""
    lab = labs.load(ROOT, LAB)
    with hostile_class.planted([p.name for p in hostile()]) as targets:
        honest, bad = (
            dict(itertools.islice(some.items(), kinds_of_each)) for some in kinds(lab, targets)
        )
        expected = alone(dataclasses.replace(lab), honest | bad)
        kind_of = hand_in(folder / "submitted", count, honest, bad)
        started = time.monotonic()
        first = Run(folder / "submitted", folder / "graded", temporary)
        killed = []
        for share in KILLS[:2]:
            first.watch(int(share * count))
            killed.append(first.kill_zygotes())
        first.watch(int(KILLS[2] * count))
        first.process.kill()
        first.process.wait()
        survived = first.judged()
        second = Run(folder / "submitted", folder / "graded", temporary)
        second.watch()
        seconds = time.monotonic() - started
        reached = {name: sorted(targets[name].reached("")) for name in bad}
    found = verdicts_in(folder / "graded")
    return Outcome(
        kind_of,
        len(honest),
        set(bad),
        killed,
        survived,
        (first, second),
        seconds,
        {
            student: kind
            for student, kind in kind_of.items()
            if found.get(student) != expected[kind]
        },
        {name: found for name, found in reached.items() if found},
    )


def report(outcome: Outcome, left: dict[str, list[str]], seconds: float) -> None:
    """Print what came of it."""
    _, second = outcome.runs
    quarter = len(second.memory) // 4 or 1
    quarters = [
        max(second.memory[i * quarter : (i + 1) * quarter], default=0) >> 20 for i in range(4)
    ]
    hostile_ones = sum(kind in outcome.hostile for kind in outcome.kind_of.values())
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, Linux "
        f"{platform.release().partition('-')[0]}, {platform.machine()}, {os.cpu_count()} processors"
    )
    print(
        f"{len(outcome.kind_of)} submissions, {hostile_ones} of them hostile "
        f"({len(outcome.hostile)} kinds), {outcome.honest} other kinds"
    )
    print(
        f"zygotes killed: {outcome.killed[0]}, then {outcome.killed[1]}; grader killed after "
        f"{outcome.survived} judgements, which it kept"
    )
    print(
        f"verdicts that differ from those alone: {len(outcome.wrong)} {outcome.wrong or ''}; "
        f"targets reached: {outcome.reached or 'none'}"
    )
    print(
        f"exit status of the second run: {second.process.returncode}; seconds for the class: "
        f"{outcome.seconds:.0f}, for everything {seconds:.0f}"
    )
    print(
        f"private memory of the largest grader process, by quarter of the second "
        f"run: {', '.join(map(str, quarters))} MB"
    )
    most = [max(run.descriptors, default=0) for run in outcome.runs]
    print(
        f"most descriptors of a grader process: {most[0]} in the first run, {most[1]} in the second"
    )
    print(f"left behind: {left or 'nothing'}")


def main() -> int:
    """Run it all; 1 if a verdict differs, a target was reached, or anything is left behind."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--submissions", type=int, default=500)
    parser.add_argument("--kinds", type=int, help="how many honest and hostile ones; all otherwise")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    temporary = folder / "temporary"
    temporary.mkdir()
    folder.chmod(0o755)
    temporary.chmod(0o1777)
    before = surroundings(temporary)
    began = time.monotonic()
    outcome = soak(folder, temporary, options.submissions, options.kinds)
    time.sleep(1)
    after = surroundings(temporary)
    left = {
        what: sorted(after[what] - before[what]) for what in after if after[what] - before[what]
    }
    shutil.rmtree(folder)
    report(outcome, left, time.monotonic() - began)
    status = outcome.runs[1].process.returncode
    return 1 if outcome.wrong or left or outcome.reached or status else 0


if __name__ == "__main__":
    sys.exit(main())
