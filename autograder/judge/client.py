"""Judging from a process that cannot host a grader: nbgrader, and a Jupyter server with formgrader.

The grader runs in a process of its own (`judge.server`), is started with the first submission and
stays warm between them.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from autograder import messages
from autograder.course.labs import Lab
from autograder.course.submissions import Submission
from autograder.errors import GraderFault
from autograder.judge import fingerprint
from autograder.layout import PACKAGE
from autograder.messages import Answer, Question
from autograder.model import Judgement, Level

START_SECONDS = 180.0
IDLE_SECONDS = 900.0
PATIENCE = 4  # times the submission's own limit, which a busy machine stretches
_PROGRAM = (
    f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r}); "
    "from autograder.judge.server import main; main(sys.argv[1])"
)


def start(
    root: Path,
    *,
    secret: Iterable[Path] = (),
    masked: Iterable[str] = (),
    trusted: bool = False,
    least: Level = Level.NONE,
    jobs: int = 1,
    idle: float | None = IDLE_SECONDS,
    parent: int | None = None,
) -> tuple[subprocess.Popen[bytes], Connection[Any, Any]]:
    """Start a grader in a process of its own.

    Args:
        root, secret, masked, trusted, least, jobs: as for `Grader`.
        idle: seconds after which it ends if nothing is asked; None for never.
        parent: this process's number, to have the grader killed as soon as the thread that starts
            it ends, however that comes; None to let it find out by itself that nobody listens.

    Returns:
        The process, and the connection on which it takes `Asked` and says `Answer`.

    Raises:
        GraderFault: it cannot be started.
    """
    ours, theirs = socket.socketpair()
    options = {
        "root": str(root),
        "secret": [str(path) for path in secret],
        "masked": list(masked),
        "trusted": trusted,
        "least": least,
        "jobs": jobs,
        "idle": idle,
        "parent": parent,
        "connection": theirs.fileno(),
    }
    try:
        # One with a parent gets the terminal's signals itself.
        process = _launch(json.dumps(options), theirs.fileno(), alone=parent is not None)
    except OSError as error:
        ours.close()
        raise GraderFault(f"the grader could not be started: {error}") from None
    finally:
        theirs.close()
    return process, Connection(ours.detach())


def _launch(asked: str, connection: int, *, alone: bool) -> subprocess.Popen[bytes]:
    """Run the grader's program with this end of a connection, in a session of its own or in ours.

    Raises:
        OSError: it cannot be started.
    """
    return subprocess.Popen(
        [sys.executable, "-I", "-X", "utf8", "-W", "ignore", "-c", _PROGRAM, asked],
        stdin=subprocess.DEVNULL,
        stdout=2,  # what checks print is no answer
        pass_fds=[connection],
        start_new_session=alone,
    )


class Client:
    """The asking side.

    Args:
        root: the course.
        secret: folders that student code must not read.
        trusted: judge although student code cannot be confined.
        least: refuse to judge where it is confined less.
    """

    def __init__(
        self,
        root: Path,
        secret: Iterable[Path] = (),
        *,
        trusted: bool = False,
        least: Level = Level.NONE,
    ) -> None:
        self._root, self._secret = root, list(secret)
        self._trusted, self._least = trusted, least
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection[Any, Any] | None = None
        self._seen: dict[str, str] = {}

    def judge(self, lab: Lab, submission: Submission, seed: int | None = None) -> Judgement:
        """Judge one submission.

        Args:
            lab: of the course.
            submission: its bytes, or why there are none.
            seed: as for `Grader.judge`.

        Raises:
            GraderFault: the grader could not be started, died, or is silent. What it says of the
                submission is in the judgement.
        """
        current = fingerprint.of(lab)
        if self._seen.setdefault(lab.name, current) != current:  # its modules would be the old ones
            self.close()
            self._seen = {lab.name: current}
        question = Question(
            lab=lab.name,
            student=submission.student,
            raw=submission.raw,
            reason=submission.reason,
            notes=submission.notes,
            seed=seed,
        )
        answer = self._ask(question, START_SECONDS + PATIENCE * lab.limits.wall_seconds)
        if answer.judgement is None:
            self.close()
            raise GraderFault(answer.fault)
        return answer.judgement

    def close(self) -> None:
        """End the grader."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _connected(self) -> Connection[Any, Any]:
        """The connection to a grader that runs; a new one where none does."""
        if self._connection is not None and self._process is not None:
            if self._process.poll() is None:
                return self._connection
            self.close()
        self._process, self._connection = start(
            self._root, secret=self._secret, trusted=self._trusted, least=self._least
        )
        return self._connection

    def _ask(self, question: Question, seconds: float) -> Answer:
        connection = self._connected()
        try:
            connection.send_bytes(messages.encode(question))
            if connection.poll(seconds):
                answer: Answer = messages.decode(connection.recv_bytes(), Answer)
                return answer
        except (EOFError, OSError, ValueError):
            pass
        self.close()
        raise GraderFault(
            f"the grader died or was silent for {seconds:g} s over this submission; grade it again"
        )
