"""A class of hostile submissions, and the targets that they are let loose on.

Each file of `tests/hostile/` is the text of the answer cell of Lab 03, but for its last lines
(`TAIL`). Its first lines say what it tries (`# threat:`, a number of SECURITY.md), which verdicts
its checks may get (`# verdict:`), and what the grader would see if it got through (`# reaches:`,
one or several of the names in `Planted.reached`, or `points`, or `full-marks`). `# control:` gives
the reason why it is not run without the sandbox; `# machine:` names the only processor that it runs
on.

As a script it runs the class and prints the outcomes as JSON, so that another user can run it:
`python hostile_class.py '{"masked": [...], "names": [...]}'`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import platform
import re
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import answers
import msgspec
import ordinary_user

from autograder.course import answers as solutions
from autograder.course import labs
from autograder.course.answers import Answer, filled
from autograder.course.submissions import Submission
from autograder.judge.grader import Grader
from autograder.model import Limits
from autograder.sandbox import syscalls
from autograder.supervisor.zygote import LAYERS

ROOT = Path(__file__).parent.parent
FOLDER = Path(__file__).parent / "hostile"
LAB = "lab03_custom_relu"
# Where namespaces are denied, those that would count threads apart are mostly denied as well.
LEVELS = {"full": (), "strong": ("namespaces", "count"), "strong-ns": ("landlock",)}
LIMITS = Limits(
    **{"cell_seconds": 2, "call_seconds": 2, "cpu_seconds": 4, "wall_seconds": 5},
    **{"memory": 256 << 20, "scratch": 8 << 20, "output_kept": 1 << 16, "output_most": 4 << 20},
)
HEADERS = ("threat", "verdict", "reaches", "control", "machine")

RIGHT = "\n" + answers.RIGHT.partition("\n\ndef custom_relu")[0]
WRONG = """
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        return torch.full_like(input, -7.0)

    @staticmethod
    def backward(ctx, grad_output):
        return torch.full_like(grad_output, -7.0)
"""
TAIL = """

def custom_relu(x):
    return ReLUFunction.apply(x)
"""
WORKER = """
import gc
worker = next(o for o in gc.get_objects() if type(o).__name__ == "Worker")
"""


@dataclass(frozen=True)
class Program:
    """A hostile submission and what is expected of it."""

    name: str
    text: str
    threat: int
    verdicts: frozenset[str]
    reaches: frozenset[str]
    control: str = ""
    machine: str = ""


@dataclass
class Outcome:
    """What became of one program: its verdicts, its points, and what it reached."""

    name: str
    status: str
    score: float
    verdicts: list[str]
    reached: list[str] = field(default_factory=list)
    reason: str = ""
    longest: int = 0


def programs() -> list[Program]:
    """Every hostile program of this machine's kind, by name."""
    found = [read_program(path) for path in sorted(FOLDER.glob("*.py"))]
    return [program for program in found if program.machine in ("", platform.machine())]


def read_program(path: Path) -> Program:
    """A program and its headers.

    Raises:
        ValueError: a header is unknown or missing.
    """
    said: dict[str, str] = {}
    text = path.read_text(encoding="utf-8")
    for line in text.splitlines():
        name, colon, value = line.removeprefix("# ").partition(": ")
        if not line.startswith("# ") or not colon or name not in HEADERS:
            break
        said[name] = value.strip()
    if missing := {"threat", "verdict", "reaches"} - set(said):
        raise ValueError(f"{path.name} does not say its {', '.join(sorted(missing))}")
    return Program(
        name=path.stem,
        text=text,
        threat=int(said["threat"]),
        verdicts=frozenset(said["verdict"].split(" | ")),
        reaches=frozenset(said["reaches"].split()),
        control=said.get("control", ""),
        machine=said.get("machine", ""),
    )


class Planted:
    """What one program may try to reach: a decoy file in a folder, a process, the class's
    listeners, a secret.
    """

    def __init__(self, folder: Path, listeners: Listeners) -> None:
        self.token, self.canary = secrets.token_hex(6), secrets.token_hex(12)
        self.folder, self.decoy = folder, folder / "decoy"
        self.listeners = listeners
        folder.mkdir()
        folder.chmod(0o777)
        self.decoy.write_text(f"secret {self.canary}\n")
        self.decoy.chmod(0o666)
        self._before = self._look()
        self._victim: subprocess.Popen[str] | None = None
        self._address = 0

    def fill(self, text: str) -> str:
        """The program's text with its targets."""
        text = re.sub(r"\{NR_(\w+)\}", lambda match: str(syscalls.number(match[1])), text)
        text = text.replace("{RIGHT}", RIGHT).replace("{WRONG}", WRONG).replace("{WORKER}", WORKER)
        if "{VICTIM}" in text:
            text = text.replace("{VICTIM}", str(self._start_victim().pid)).replace(
                "{ADDRESS}", str(self._address)
            )
        mine = {
            "DECOY": self.decoy,
            "PLANT": self.folder / "planted",
            "FOLDER": self.folder,
            "PID": os.getpid(),
        }
        mine |= {
            "TOKEN": self.token,
            "MARK": f"agl{self.token}",
            "REACHED": f'REACHED" "-{self.token}',
            "STATTED": f'STATTED" "-{self.token}',
            **self.listeners.places,
        }
        for name, value in mine.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text + TAIL

    def _start_victim(self) -> subprocess.Popen[str]:
        """A process of the grader's user that sleeps, with the canary in its memory, environment
        and arguments.
        """
        program = (
            "import ctypes, sys, time; buffer = ctypes.create_string_buffer(sys.argv[1].encode()); "
            # any process may look, where Yama asks
            "ctypes.CDLL(None).prctl(0x59616D61, ctypes.c_ulong(-1), 0, 0, 0); "
            "print(ctypes.addressof(buffer), flush=True); time.sleep(600)"
        )
        command = [sys.executable, "-I", "-S", "-c", program, self.canary]
        self._victim = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env={"SECRET": self.canary}
        )
        assert self._victim.stdout is not None
        self._address = int(self._victim.stdout.readline())
        return self._victim

    def reached(self, said: str) -> set[str]:
        """What the program got at. `said` is everything that came back from it."""
        found = set()
        if f"REACHED-{self.token}" in said:
            found.add("told")
        if f"STATTED-{self.token}" in said:
            found.add("stat")
        if self.canary in said or self.listeners.canary in said:
            found.add("read")
        if self._look() != self._before:
            found.add("write")
        if set(os.listdir(self.folder)) - {"decoy"}:
            found.add("plant")
        if marked(f"agl{self.token}"):
            found.add("process")
        if self._victim is not None and not self._unharmed(self._victim):
            found.add("victim")
        return found | {kind for kind, token in self.listeners.heard if self.token in token}

    def _look(self) -> tuple[object, ...]:
        try:
            about = os.lstat(self.decoy)
            flags = (
                subprocess.run(
                    ["lsattr", "-d", str(self.decoy)], capture_output=True, check=False
                ).stdout.split()[:1]
                if FLAGS
                else []
            )
        except OSError:
            return ()
        names = {name: os.getxattr(self.decoy, name) for name in os.listxattr(self.decoy)}
        content = self.decoy.read_bytes() if stat.S_ISREG(about.st_mode) else b""
        return (
            about.st_mode,
            about.st_uid,
            about.st_mtime_ns,
            about.st_nlink,
            content,
            tuple(sorted(names.items())),
            tuple(flags),
        )

    def _unharmed(self, victim: subprocess.Popen[str]) -> bool:
        alive = victim.poll() is None
        return (
            alive
            and os.getpriority(os.PRIO_PROCESS, victim.pid) == os.getpriority(os.PRIO_PROCESS, 0)
            and (os.sched_getaffinity(victim.pid) == os.sched_getaffinity(0))
        )

    def close(self) -> None:
        """End the process that was planted."""
        if self._victim is not None and self._victim.stdout is not None:
            self._victim.kill()
            self._victim.wait()
            self._victim.stdout.close()


FLAGS = shutil.which("lsattr") is not None


def marked(mark: str) -> list[int]:
    """Processes whose name or arguments hold the mark."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            names = (
                Path(f"/proc/{pid}/comm").read_bytes() + Path(f"/proc/{pid}/cmdline").read_bytes()
            )
            if mark.encode() in names and int(pid) != os.getpid():
                found.append(int(pid))
    return found


class Listeners:
    """The grader's own listeners, of every kind that a student's process might connect to."""

    def __init__(self, folder: Path) -> None:
        self.canary = secrets.token_hex(12)
        self.heard: list[tuple[str, str]] = []
        self._tcp = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", 0))
        self._unix, self._abstract = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
        self._unix.bind(str(folder / "socket"))
        (folder / "socket").chmod(0o777)
        name = f"agl-{secrets.token_hex(6)}"
        self._abstract.bind(f"\0{name}")
        for listener in (self._unix, self._abstract):
            listener.listen(128)
        for listener in (self._tcp, self._udp, self._unix, self._abstract):
            listener.setblocking(False)
        self.places = {
            "TCP": self._tcp.getsockname()[1],
            "UDP": self._udp.getsockname()[1],
            "UNIX": folder / "socket",
            "ABSTRACT": name,
        }

    def hear(self) -> None:
        """Take all that has arrived. A connection that says nothing counts for everyone."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self.heard.append(("udp", self._udp.recv(4096).decode("utf-8", "replace")))
        for kind, listener in (
            ("tcp", self._tcp),
            ("unix", self._unix),
            ("abstract", self._abstract),
        ):
            with contextlib.suppress(BlockingIOError):
                while True:
                    connection, _ = listener.accept()
                    with connection:
                        connection.settimeout(1)
                        with contextlib.suppress(OSError):
                            self.heard.append(
                                (kind, connection.recv(4096).decode("utf-8", "replace"))
                            )

    def close(self) -> None:
        """Close them."""
        for listener in (self._tcp, self._udp, self._unix, self._abstract):
            listener.close()


@contextlib.contextmanager
def planted(names: Iterable[str]) -> Iterator[dict[str, Planted]]:
    """Targets for each program, gone afterwards together with every process that carries a
    program's mark.
    """
    folder = Path(tempfile.mkdtemp(prefix="hostile-"))
    folder.chmod(0o755)
    listeners = Listeners(folder)
    os.environ["HOSTILE_CANARY"] = listeners.canary
    targets: dict[str, Planted] = {}
    try:
        for name in names:
            targets[name] = Planted(folder / name, listeners)
        yield targets
    finally:
        del os.environ["HOSTILE_CANARY"]
        for target in targets.values():
            target.close()
            for pid in marked(f"agl{target.token}"):
                os.kill(pid, signal.SIGKILL)
        listeners.close()
        shutil.rmtree(folder, ignore_errors=True)


def run(
    masked: Sequence[str],
    chosen: Sequence[Program],
    *,
    jobs: int = 4,
    limits: Limits = LIMITS,
    trusted: bool = False,
) -> dict[str, Outcome]:
    """Judge the programs as one class, an honest submission (`honest`) first and another
    (`honest-too`) last.

    Args:
        masked: layers to do without.
        chosen: the programs.
        jobs: judges side by side.
        limits: of each.
        trusted: go on where the layers that are left confine nobody.

    Returns:
        By name, what became of each; `left behind` says what was not tidied up (`reason`) and at
        which level it was (`verdicts`).
    """
    lab = dataclasses.replace(labs.load(ROOT, LAB), limits=limits)
    honest = filled(lab, solutions.reference(lab))
    with planted([program.name for program in chosen]) as targets:
        texts = {program.name: targets[program.name].fill(program.text) for program in chosen}
        class_ = [
            Submission("honest", honest),
            *(Submission(name, hand_in(lab, text)) for name, text in texts.items()),
            Submission("honest-too", honest),
        ]
        outcomes: dict[str, Outcome] = {}
        said: dict[str, str] = {}
        descriptors = set(os.listdir("/proc/self/fd"))
        trusted = trusted or set(masked) == set(ALL_LAYERS)
        with Grader(ROOT, jobs=jobs, masked=masked, trusted=trusted) as grader:
            runtime, zygote = grader.zygote.runtime, grader.zygote.pid
            level = grader.level
            for judged in grader.judge(lab, class_, seed=7, diagnose=False):
                said[judged.student] = msgspec.json.encode(judged).decode()
                verdicts = sorted({str(check.verdict) for check in judged.checks} - {"skipped"})
                longest = max((len(check.message) for check in judged.checks), default=0)
                outcomes[judged.student] = Outcome(
                    judged.student,
                    str(judged.status),
                    judged.score,
                    verdicts,
                    [],
                    judged.reason or "",
                    longest,
                )
        leaks = [f"the folder {runtime}"] if runtime is None or runtime.exists() else []
        leaks += [
            f"process {pid}"
            for pid in [zygote, *marked(str(runtime))]
            if Path(f"/proc/{pid}").exists()
        ]
        leaks += [f"descriptor {fd}" for fd in set(os.listdir("/proc/self/fd")) - descriptors]
        outcomes["left behind"] = Outcome(
            "left behind", "graded", 0.0, [str(level)], reason=", ".join(leaks)
        )
        next(iter(targets.values())).listeners.hear() if targets else None
        for name, target in targets.items():
            outcomes[name].reached = sorted(target.reached(said.get(name, "")))
    return outcomes


def hand_in(lab: labs.Lab, text: str) -> bytes:
    """A notebook of the lab with this text in its answer cell."""
    (key,) = lab.answers
    return filled(lab, Answer("hostile", {key: text}, frozenset(), ""))


def faults(program: Program, outcome: Outcome) -> list[str]:
    """What is wrong with how a program ended; an empty list if it got nowhere and its verdicts are
    as expected.
    """
    reached = set(outcome.reached) - {
        "stat"
    }  # names and sizes are no secret at `strong`: see SECURITY.md
    found = [f"reached {', '.join(sorted(reached))}"] if reached else []
    if outcome.status != "graded":
        return [*found, f"{outcome.status}: {outcome.reason}"]
    not_passed = set(outcome.verdicts) - {"passed"}
    if (
        "passed" in program.verdicts
        and len(program.verdicts) == 1
        and (not_passed or outcome.score < 20)
    ):
        found.append(
            f"an honest answer lost points: {outcome.score:g}, {', '.join(outcome.verdicts)}"
        )
    elif not_passed - program.verdicts:
        found.append(f"verdict {', '.join(sorted(not_passed - program.verdicts))}")
    if "points" in program.reaches and "passed" not in program.verdicts and outcome.score:
        found.append(f"{outcome.score:g} points for nothing")
    if "full-marks" in program.reaches and outcome.score >= 20:
        found.append("full marks")
    if outcome.longest > 2000:
        found.append(f"a message of {outcome.longest} characters")
    return found


def run_as_ordinary_user(
    masked: Sequence[str], names: Sequence[str], *, trusted: bool = False
) -> dict[str, Outcome]:
    """As root: the same in a process of an ordinary user, in mounts of its own in which Python can
    be reached.

    Raises:
        OSError: it cannot be done here, with the reason.
    """
    asked = {"masked": list(masked), "names": list(names), "trusted": trusted}
    said = ordinary_user.run(Path(__file__), asked)
    return {name: Outcome(**outcome) for name, outcome in said.items()}


def main(options: dict[str, Any]) -> None:
    """Run the class and print what became of it."""
    chosen = [program for program in programs() if program.name in set(options["names"])]
    outcomes = run(options["masked"], chosen, trusted=options["trusted"])
    print(json.dumps({name: dataclasses.asdict(one) for name, one in outcomes.items()}))


ALL_LAYERS = tuple(LAYERS)

if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
