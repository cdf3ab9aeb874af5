"""A grader in a process of its own, which answers questions until nobody asks any more."""

from __future__ import annotations

import json
import os
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from autograder import messages
from autograder.course import labs
from autograder.course.submissions import Submission
from autograder.errors import AutograderError
from autograder.judge.grader import Grader
from autograder.messages import Answer, Question

IDLE_SECONDS = 900.0


def main(raw: str) -> None:
    """Serve one client.

    Args:
        raw: JSON: `root`, `secret`, `trusted`, and `connection`, the descriptor of a socket.
    """
    options = json.loads(raw)
    connection: Connection[Any, Any] = Connection(int(options["connection"]))
    root = Path(options["root"])
    secret = [Path(path) for path in options["secret"]]
    try:
        with Grader(root, jobs=1, secret=secret, trusted=bool(options["trusted"])) as grader:
            while (question := _next(connection)) is not None:
                _say(connection, _answer(grader, question))
    except (AutograderError, OSError) as error:
        while _next(connection) is not None:
            _say(connection, Answer(fault=str(error)))
    os._exit(0)  # torch's threads have nothing left to do


def _answer(grader: Grader, question: Question) -> Answer:
    """A judgement or what went wrong; no question stays without an answer, and the next one has the
    same warm grader.
    """
    submission = Submission(question.student, question.raw, question.reason, question.notes)
    try:
        lab = labs.load(grader.root, question.lab)
        (judgement,) = grader.judge(lab, [submission], question.seed)
    except (AutograderError, OSError) as error:
        return Answer(fault=str(error))
    return Answer(judgement)


def _next(connection: Connection[Any, Any]) -> Question | None:
    """The next question; None when nobody asks any more."""
    try:
        if connection.poll(IDLE_SECONDS):
            question: Question = messages.decode(connection.recv_bytes(), Question)
            return question
    except (EOFError, OSError):
        pass
    return None


def _say(connection: Connection[Any, Any], answer: Answer) -> None:
    try:
        connection.send_bytes(messages.encode(answer))
    except OSError:
        os._exit(0)  # nobody listens any more
