"""A judge in a process of its own, for programs that cannot host one: nbgrader, and a Jupyter
server with formgrader.

It is started with the first submission and stays warm between them. One line of JSON asks, one
answers.
"""

from __future__ import annotations

import base64
import json
import os
import select
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

import autograder
from autograder.course import labs as course
from autograder.course.labs import Lab
from autograder.course.submissions import Submission
from autograder.errors import AutograderError, GraderFault, SandboxUnavailable
from autograder.model import Judgement

IDLE_SECONDS = 900.0
START_SECONDS = 180.0
REFUSED = (
    "student code cannot be confined on this machine, so nothing is graded; "
    "`autograder doctor` shows what is missing"
)
_PROGRAM = (
    f"import sys, json; sys.path.insert(0, {str(Path(autograder.__file__).parent.parent)!r}); "
    "from autograder.judge.service import main; main(json.loads(sys.argv[1]))"
)


class Service:
    """The asking side.

    Args:
        root: the course.
        secret: folders that student code must not read.
        trusted: judge although student code cannot be confined.
    """

    def __init__(self, root: Path, secret: Iterable[Path] = (), trusted: bool = False) -> None:
        self._options = {
            "root": str(root),
            "secret": [str(path) for path in secret],
            "trusted": trusted,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._seen: dict[str, str] = {}
        self.level = ""

    def judge(self, lab: Lab, found: Submission, seed: int) -> Judgement:
        """Judge one submission.

        Raises:
            GraderFault: the judge could not be started, died, or is silent. What it says of the
                submission is in the judgement.
        """
        fingerprint = lab.fingerprint()
        if (
            self._seen.setdefault(lab.name, fingerprint) != fingerprint
        ):  # its modules would be the old ones
            self.close()
            self._seen = {lab.name: fingerprint}
        if self._process is None or self._process.poll() is not None:
            self._start()
        about = {
            "lab": lab.name,
            "student": found.student,
            "reason": found.reason,
            "notes": found.notes,
            "seed": seed,
        }
        answer = self._ask(
            {**about, "raw": base64.b64encode(found.raw).decode()},
            START_SECONDS + 4 * lab.limits.wall_seconds,
        )
        if "fault" in answer:
            self.close()
            raise GraderFault(str(answer["fault"]))
        self.level = str(answer["level"])
        return Judgement.from_dict(answer["judgement"])

    def close(self) -> None:
        """End the judge."""
        if self._process is not None:
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
            self._process.kill()
            self._process.wait()
            self._process = None

    def _start(self) -> None:
        self.close()
        command = [
            sys.executable,
            "-I",
            "-X",
            "utf8",
            "-W",
            "ignore",
            "-c",
            _PROGRAM,
            json.dumps(self._options),
        ]
        try:
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        except OSError as error:
            raise GraderFault(f"the judge could not be started: {error}") from None

    def _ask(self, question: dict[str, Any], seconds: float) -> dict[str, Any]:
        assert (
            self._process is not None
            and self._process.stdin is not None
            and self._process.stdout is not None
        )
        line = b""
        try:
            self._process.stdin.write(json.dumps(question).encode() + b"\n")
            self._process.stdin.flush()
            if select.select([self._process.stdout], [], [], seconds)[0]:
                line = self._process.stdout.readline()
        except OSError:
            pass
        if not line.endswith(b"\n"):
            self.close()
            raise GraderFault(
                f"the judge died or was silent for {seconds:g} s over this "
                f"submission; grade it again"
            )
        answer: dict[str, Any] = json.loads(line)
        return answer


def main(options: dict[str, Any]) -> None:
    """The judging side: answer until nobody asks any more.

    What checks print goes to stderr, away from the answers.
    """
    questions, answers = (
        os.fdopen(os.dup(0), "rb", buffering=0),
        os.fdopen(os.dup(1), "wb", buffering=0),
    )
    os.dup2(2, 1)
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    _Desk(options, questions, answers).serve()
    os._exit(0)  # torch's threads and pytest's hooks have nothing left to do


class _Desk:
    """Where questions come in and answers go out."""

    def __init__(self, options: dict[str, Any], questions: IO[bytes], answers: IO[bytes]) -> None:
        self._root, self._trusted = Path(options["root"]), bool(options["trusted"])
        self._secret = [Path(path) for path in options["secret"]]
        self._questions, self._answers = questions, answers
        self._waiting: dict[str, Any] | None = None

    def serve(self) -> None:
        """Answer every question, lab after lab."""
        from autograder.judge import judge, pool
        from autograder.supervisor.zygote import ZygoteHandle

        try:
            with ZygoteHandle(1, (), [self._root, *self._secret]) as zygote:
                pool.warm_up()
                sandbox = judge.confirmed(zygote)
                if sandbox.level == "none" and not self._trusted:
                    raise SandboxUnavailable(REFUSED)
                while self._next() is not None:
                    self._lab(zygote, sandbox.level)
        except (AutograderError, OSError) as error:
            while self._next() is not None:
                self._say({"fault": str(error)})

    def _lab(self, zygote: Any, level: str) -> None:
        """Answer questions as long as they are about the same lab: collecting its checks is what
        takes time.
        """
        from autograder.judge import catalogue
        from autograder.judge import session as benches
        from autograder.judge.judge import Judge

        question = self._next()
        assert question is not None
        lab = course.load(self._root, question["lab"])
        known = catalogue.catalogue(lab, zygote, 1)

        def work(bench: benches.CheckSession) -> None:
            nonlocal question
            judges: dict[int, Judge] = {}
            while question is not None and question["lab"] == lab.name:
                found = Submission(
                    question["student"],
                    base64.b64decode(question["raw"]),
                    question["reason"],
                    tuple(question["notes"]),
                )
                judge = judges.setdefault(
                    question["seed"], Judge(zygote, 0, question["seed"], known)
                )
                self._say({"judgement": judge.judge(bench, found).to_dict(), "level": level})
                question = self._next()
            for judge in judges.values():
                judge.close()

        benches.run(lab, work)

    def _next(self) -> dict[str, Any] | None:
        """The question that waits for its answer; None when nobody asks any more."""
        if self._waiting is None and select.select([self._questions], [], [], IDLE_SECONDS)[0]:
            line = _line(self._questions)
            self._waiting = json.loads(line) if line else None
        return self._waiting

    def _say(self, answer: dict[str, Any]) -> None:
        self._waiting = None
        rest = memoryview(json.dumps(answer).encode() + b"\n")
        while rest:
            rest = rest[self._answers.write(rest) :]


def _line(pipe: IO[bytes]) -> bytes:
    """A whole line; nothing where the other side is gone."""
    parts: list[bytes] = []
    while not (
        parts and parts[-1].endswith(b"\n")
    ):  # one question at a time: nothing follows its end
        part = pipe.read(1 << 16)
        if not part:
            return b""
        parts.append(part)
    return b"".join(parts)
