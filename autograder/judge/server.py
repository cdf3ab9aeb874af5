"""A grader in a process of its own, which answers questions until nobody asks any more.

Questions may arrive while others are judged: each is taken as soon as a judge is free, and answers
come in the order in which they get ready, under their questions' numbers.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections import deque
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from autograder import messages
from autograder.course import labs
from autograder.course.labs import Lab
from autograder.course.submissions import Submission
from autograder.errors import AutograderError
from autograder.judge.grader import Grader
from autograder.judge.task import Task
from autograder.messages import Answer, Asked, Confirm, Question
from autograder.model import Level
from autograder.sandbox import privileges


def main(raw: str) -> None:
    """Serve one client, and end with it.

    Args:
        raw: JSON: `connection`, the descriptor of a socket; `root`, `secret`, `masked`, `trusted`,
            `least` and `jobs`, as for `Grader`; `idle`, the seconds after which the process ends
            if nothing is asked, or null; `parent`, the number of the process that this one dies
            with, or null.
    """
    options = json.loads(raw)
    if options["parent"] is not None:
        privileges.die_with_parent(int(options["parent"]))
    inbox = _Inbox(Connection(int(options["connection"])), options["idle"])
    with contextlib.suppress(_Gone):
        try:
            _serve(options, inbox)
        except (AutograderError, OSError) as error:
            while (asked := inbox.wait()) is not None:
                number = asked.number if isinstance(asked, Question) else 0
                inbox.say(Answer(fault=str(error), number=number))
    os._exit(0)  # torch's threads have nothing left to do


def _serve(options: dict[str, Any], inbox: _Inbox) -> None:
    """Answer until nobody asks any more.

    Raises:
        AutograderError, OSError: there can be no grader.
    """
    with Grader(
        Path(options["root"]),
        jobs=int(options["jobs"]),
        masked=options["masked"],
        secret=[Path(path) for path in options["secret"]],
        trusted=bool(options["trusted"]),
        least=Level(options["least"]),
    ) as grader:
        while (asked := inbox.wait()) is not None:
            if isinstance(asked, Confirm):
                inbox.say(_confirmed(grader))
            else:
                _judge(grader, asked, inbox)


def _confirmed(grader: Grader) -> Answer:
    try:
        return Answer(sandbox=grader.sandbox())
    except (AutograderError, OSError) as error:
        return Answer(fault=str(error))


def _judge(grader: Grader, first: Question, inbox: _Inbox) -> None:
    """Answer a question and those of the same kind that arrive meanwhile. No question stays without
    an answer, and the next one has the same warm grader.
    """
    open_: dict[str, Question] = {}

    def tasks() -> Iterator[Task | None]:
        asked: Asked | None = first
        while True:
            if isinstance(asked, Question) and _alike(asked, first) and asked.student not in open_:
                open_[asked.student] = asked
                yield _task(grader, lab, asked)
            elif asked is not None:  # for later: another lab, or a student's twice
                inbox.put_back(asked)
                return
            else:
                yield None
            asked = inbox.take()

    try:
        lab = labs.load(grader.root, first.lab)
        judged = grader.judge_arriving(lab, tasks(), inbox.more, diagnose=first.diagnose)
        for judgement in judged:
            inbox.say(Answer(judgement, number=open_.pop(judgement.student).number))
        fault = "the grader ended without a word on this submission; grade it again"
    except (AutograderError, OSError) as error:
        fault = str(error)
        open_.setdefault(first.student, first)
    for question in open_.values():
        inbox.say(Answer(fault=fault, number=question.number))


def _alike(one: Question, other: Question) -> bool:
    return (one.lab, one.diagnose) == (other.lab, other.diagnose)


def _task(grader: Grader, lab: Lab, asked: Question) -> Task:
    submission = Submission(asked.student, asked.raw, asked.reason, asked.notes)
    return Task(submission, grader.seed(lab, submission) if asked.seed is None else asked.seed)


class _Gone(Exception):
    """Nobody listens any more."""


class _Inbox:
    """What is asked, and the way back."""

    def __init__(self, connection: Connection[Any, Any], idle: float | None) -> None:
        self._connection, self._idle = connection, idle
        self._kept: deque[Asked] = deque()

    def wait(self) -> Asked | None:
        """The next question; None when nobody asks any more."""
        if self._kept:
            return self._kept.popleft()
        try:
            return self._read() if self._connection.poll(self._idle) else None
        except (EOFError, OSError):
            return None

    def take(self) -> Asked | None:
        """A question that is there already; None where there is none.

        Raises:
            _Gone: nobody listens any more.
        """
        try:
            return self._read() if self.more() is not None and self._connection.poll() else None
        except (EOFError, OSError):
            raise _Gone from None

    def put_back(self, asked: Asked) -> None:
        """Keep a question for later."""
        self._kept.append(asked)

    def more(self) -> Connection[Any, Any] | None:
        """Where more arrives; None while an earlier question waits for the current ones' end."""
        return None if self._kept else self._connection

    def say(self, answer: Answer) -> None:
        """Send an answer.

        Raises:
            _Gone: nobody listens any more.
        """
        try:
            self._connection.send_bytes(messages.encode(answer))
        except OSError:
            raise _Gone from None

    def _read(self) -> Asked:
        asked: Asked = messages.decode(self._connection.recv_bytes(), Asked)
        return asked
