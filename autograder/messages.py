"""What the grader's processes say to each other: one typed vocabulary, read strictly.

The grader and its zygote exchange `ZygoteOptions`, then `ZygoteRequest` and their answers, as JSON
datagrams. `Call` names the requests that a student's process answers, in frames of `wire`.
`RaisedError` is how it reports an error. A program that has the judge in another process sends
`Question` and gets `Answer`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import msgspec

from autograder.model import ErrorKind, Judgement, Level, Limits


class ZygoteOptions(msgspec.Struct, frozen=True):
    """How a zygote is started.

    Attributes:
        controls: descriptors of its control sockets, one for each judge.
        runtime: a private folder of the grader's, which holds `jail`, `home` and `scratch`.
        readable: trees and files that student code may read.
        prefixes: those of them that are Python's.
        masked: layers of the sandbox to do without.
        parent: process number of the grader.
    """

    controls: list[int]
    runtime: str
    readable: list[str]
    prefixes: list[str]
    masked: list[str]
    parent: int


class Ready(msgspec.Struct, frozen=True):
    """A zygote is warm: its level, the layers that are on, and why the others are not."""

    level: Level
    layers: list[str]
    missing: dict[str, str]


class Spawn(msgspec.Struct, frozen=True, tag="spawn"):
    """Fork a student's process.

    The datagram carries three descriptors: its ends of the pipes for requests, replies and output.
    """

    limits: Limits
    probe: bool


class End(msgspec.Struct, frozen=True, tag="end"):
    """End a student's process, and say how it ended."""

    pid: int


class Measure(msgspec.Struct, frozen=True, tag="measure"):
    """Say how much memory the zygote itself uses."""


ZygoteRequest = Spawn | End | Measure


class Spawned(msgspec.Struct, frozen=True, tag="spawned"):
    """A student's process was forked.

    The datagram carries a pidfd of it. `pid` is its number as the zygote sees it.
    """

    pid: int


class Excess(StrEnum):
    """What the zygote ends a process for."""

    FILES = "files"
    THREADS = "threads"


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """How a student's process ended.

    Attributes:
        exit: its exit status, minus the signal's number where one killed it; None if not known.
        cpu: seconds of processor time that it used.
        peak: bytes of its largest resident size.
        excess: what the zygote ended it for, if it did.
    """

    exit: int | None = None
    cpu: float = 0.0
    peak: int = 0
    excess: Excess | None = None


class Measured(msgspec.Struct, frozen=True, tag="measured"):
    """The zygote's memory: the Vm lines of /proc/self/status, in bytes."""

    memory: dict[str, int]


ZygoteAnswer = Spawned | Ended | Measured


class Call(StrEnum):
    """What the grader asks of a student's process."""

    CELL = "cell"
    CALL = "call"
    RUN = "run"
    EACH = "each"
    GET = "get"
    SET = "set"
    OPERATE = "operate"
    PROGRAM = "program"
    FAILURE = "failure"
    PUT = "put"
    BACKWARD = "backward"
    FORBID = "forbid"
    USED = "used"
    PROBE = "probe"


Line = Annotated[int, msgspec.Meta(ge=0, le=1 << 31)]


class RaisedError(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An error that the student's code raised.

    Attributes:
        kind: what it means for a check.
        type_name: its type.
        bases: names of the types that it is one of, its own first.
        text: its message.
        line, source: where in the notebook it arose; 0 and "" where that is not known.
    """

    kind: ErrorKind
    type_name: str
    bases: list[str]
    text: str
    line: Line = 0
    source: str = ""


class Question(msgspec.Struct, frozen=True):
    """Judge one submission.

    Attributes:
        lab: its lab.
        student, raw, reason, notes: the fields of `course.submissions.Submission`.
        seed: of the inputs; None leaves it to the judge.
    """

    lab: str
    student: str
    raw: bytes
    reason: str | None
    notes: tuple[str, ...]
    seed: int | None


class Answer(msgspec.Struct, frozen=True):
    """A submission's judgement, or the fault of ours for which there is none."""

    judgement: Judgement | None = None
    fault: str = ""


def encode(message: Any) -> bytes:
    """A message as JSON."""
    return msgspec.json.encode(message)


def decode(raw: bytes, kind: Any) -> Any:
    """Read a message of one of the types above.

    Raises:
        ValueError: the bytes are not such a message.
    """
    return msgspec.json.decode(raw, type=kind)
