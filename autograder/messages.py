"""What the grader's processes say to each other: one typed vocabulary, read strictly.

The grader and its zygote exchange `ZygoteOptions`, then `ZygoteRequest` and their answers, as JSON
datagrams. `Call` names the requests that a student's process answers, in frames of `wire`.
`RaisedError` is how it reports an error. A program that has the judge in another process sends
`Asked` and gets `Answer`. A cluster's workers are asked to `Introduce` themselves, and for the
`Verdicts` of a `Batch`.
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


class Question(msgspec.Struct, frozen=True, tag="question"):
    """Judge one submission.

    Attributes:
        lab: its lab.
        student, raw, reason, notes: the fields of `course.submissions.Submission`.
        seed: of the inputs; None leaves it to the judge.
        number: which its answer will bear.
        diagnose: whether to compare it with the catalogue of mistakes.
    """

    lab: str
    student: str
    raw: bytes
    reason: str | None
    notes: tuple[str, ...]
    seed: int | None
    number: int = 0
    diagnose: bool = True


class Confirm(msgspec.Struct, frozen=True, tag="confirm"):
    """Try the sandbox, and say what it is."""


Asked = Question | Confirm


class Answer(msgspec.Struct, frozen=True):
    """What became of a question.

    Attributes:
        judgement: of the submission; None through a fault of ours.
        fault: why there is none.
        number: the question's.
        sandbox: what was asked for by `Confirm`.
    """

    judgement: Judgement | None = None
    fault: str = ""
    number: int = 0
    sandbox: Ready | None = None


class Introduce(msgspec.Struct, frozen=True):
    """Asked of a cluster's worker: who it is, as far as this lab is concerned."""

    lab: str


class Introduction(msgspec.Struct, frozen=True):
    """What a worker says of itself.

    Attributes:
        name: for people, such as `host-4711`.
        version, python, torch: of its programs.
        fingerprint: of the lab, its checks and the grader; see `judge.fingerprint`.
        level: of its sandbox, as its self-test has shown.
        jobs: how many submissions it judges side by side.
        fault: why it cannot judge this lab at all; empty where it can.
    """

    name: str
    version: str
    python: str
    torch: str
    fingerprint: str
    level: Level
    jobs: int
    fault: str = ""


class Batch(msgspec.Struct, frozen=True):
    """Submissions for a cluster's worker, under a fingerprint that it must have."""

    fingerprint: str
    questions: list[Question]


class Verdicts(msgspec.Struct, frozen=True):
    """A worker's answers to a batch, in any order."""

    answers: list[Answer]


def encode(message: Any) -> bytes:
    """A message as JSON."""
    return msgspec.json.encode(message)


def decode(raw: bytes, kind: Any) -> Any:
    """Read a message of one of the types above.

    Raises:
        ValueError: the bytes are not such a message.
    """
    return msgspec.json.decode(raw, type=kind)
