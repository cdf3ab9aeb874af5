"""What the processes say to each other arrives as it was sent, and nothing else is read."""

from __future__ import annotations

import inspect
import json
from typing import Any

import msgspec
import pytest

from autograder import messages
from autograder.messages import (
    Answer,
    Asked,
    Batch,
    Call,
    Confirm,
    End,
    Ended,
    Excess,
    Introduce,
    Introduction,
    Measure,
    Measured,
    Question,
    RaisedError,
    Ready,
    Spawn,
    Spawned,
    Verdicts,
    ZygoteAnswer,
    ZygoteOptions,
    ZygoteRequest,
)
from autograder.model import (
    Audience,
    CellOutput,
    CheckResult,
    Curve,
    ErrorKind,
    Judgement,
    Level,
    Limits,
    Mistake,
    Note,
    Status,
    Verdict,
)
from autograder.sandbox.worker import METHODS, Worker

JUDGEMENT = Judgement(
    student="ada",
    lab="lab",
    status=Status.GRADED,
    reason="é\n\x1b",
    score=1.0,
    max_score=3.0,
    bonus=0.5,
    seconds=0.25,
    checks=(CheckResult("edge", "title", Verdict.WRONG, 0.0, 3.0, "m", "d", 0.1, "edge"),),
    mistakes=(Mistake("kink", "hint"),),
    advice=("advice",),
    notes=(Note("note"), Note("marked", Audience.INSTRUCTOR)),
    cells=(CellOutput("relu", "1 / 0", "text", "error", 1),),
    curves=(Curve("value", (0.0, 1.0), (None, 2.0), (0.0, 1.0)),),
    evidence=("evidence",),
    seed=(1 << 53) - 1,
    level=Level.STRONG,
    diagnosed=True,
)
OPTIONS = ZygoteOptions([5, 7], "/tmp/é", ["/usr/lib"], ["/usr"], ["uid"], 4711)
QUESTION = Question("lab", "ada", b"\x00\xff{}", None, ("a note",), 7, 3, False)
EXAMPLES: dict[type, tuple[Any, ...]] = {
    ZygoteOptions: (OPTIONS,),
    Ready: (Ready(Level.FULL, ["limits"], {}), Ready(Level.NONE, [], {"landlock": "too old"})),
    Spawn: (Spawn(Limits(memory=1 << 40, cell_seconds=0.5), True), Spawn(Limits(), False)),
    End: (End(4711),),
    Measure: (Measure(),),
    Spawned: (Spawned(4711),),
    Ended: (Ended(), Ended(-9, 1.5, 1 << 40, Excess.FILES), Ended(0, 0.0, 0, Excess.THREADS)),
    Measured: (Measured({"VmData": 1 << 40}),),
    RaisedError: (
        RaisedError(ErrorKind.ERROR, "ValueError", ["ValueError", "Exception"], "é", 3, "1 / 0"),
        RaisedError(ErrorKind.MISSING, "NameError", [], "relu"),
    ),
    Question: (
        QUESTION,
        Question("lab", "ada", b"", "no notebook", (), None),
    ),
    Confirm: (Confirm(),),
    Answer: (
        Answer(JUDGEMENT, number=3),
        Answer(fault="the sandbox does not hold"),
        Answer(sandbox=Ready(Level.FULL, ["limits"], {})),
    ),
    Introduce: (Introduce("lab"),),
    Introduction: (
        Introduction("host-1", "1.0", "3.11.2", "2.6.0", "ab", Level.STRONG, 4),
        Introduction("host-1", "1.0", "3.11.2", "2.6.0", "", Level.FULL, 1, "no such lab"),
    ),
    Batch: (Batch("ab", [QUESTION]), Batch("", [])),
    Verdicts: (Verdicts([Answer(JUDGEMENT, number=1), Answer(fault="died")]), Verdicts([])),
}
UNIONS = {
    Asked: (Question, Confirm),
    ZygoteRequest: (Spawn, End, Measure),
    ZygoteAnswer: (Spawned, Ended, Measured),
}


def test_every_message_has_an_example() -> None:
    """So that no new one goes untested."""
    kinds = {
        kind
        for _, kind in inspect.getmembers(messages, inspect.isclass)
        if issubclass(kind, msgspec.Struct) and kind.__module__ == messages.__name__
    }
    assert kinds == set(EXAMPLES)
    assert all(type(one) is kind for kind, ones in EXAMPLES.items() for one in ones)


@pytest.mark.parametrize("kind", EXAMPLES, ids=lambda kind: kind.__name__)
def test_a_message_arrives_as_it_was_sent(kind: type) -> None:
    """Through JSON and back, on one line."""
    for sent in EXAMPLES[kind]:
        raw = messages.encode(sent)
        assert messages.decode(raw, kind) == sent
        assert b"\n" not in raw


@pytest.mark.parametrize("union", UNIONS, ids=["asked", "request", "answer"])
def test_a_message_says_which_it_is(union: Any) -> None:
    """The zygote's requests and answers are told apart, and neither is taken for the other."""
    for kind in UNIONS[union]:
        for sent in EXAMPLES[kind]:
            assert messages.decode(messages.encode(sent), union) == sent
    for kind in [kind for other in set(UNIONS) - {union} for kind in UNIONS[other]]:
        with pytest.raises(ValueError, match="Invalid value"):
            messages.decode(messages.encode(EXAMPLES[kind][0]), union)


def test_an_answer_to_another_question_is_none() -> None:
    """A judge that asked how a process ended does not take that one was forked."""
    with pytest.raises(ValueError, match="Invalid value"):
        messages.decode(messages.encode(Spawned(1)), Ended)


@pytest.mark.parametrize("kind", EXAMPLES, ids=lambda kind: kind.__name__)
def test_no_field_of_another_type_is_read(kind: type) -> None:
    """Each field by itself: a list in its place is refused, or a number where lists are right."""
    sent = EXAMPLES[kind][0]
    about = json.loads(messages.encode(sent))
    for name in about:
        wrong: Any = 1 if isinstance(about[name], (list, dict, str)) else [["x"]]
        with pytest.raises(ValueError, match=r"Expected|Invalid"):
            messages.decode(json.dumps(about | {name: wrong}).encode(), kind)


@pytest.mark.parametrize(
    "raw",
    [b"", b"{}", b"[]", b"null", b"{", b"\xff", b'{"type": "exit"}', b'{"type": "end"}'],
)
def test_what_is_no_message_is_refused(raw: bytes) -> None:
    """As a ValueError, whatever it is."""
    with pytest.raises(ValueError, match=r"."):
        messages.decode(raw, ZygoteRequest)


@pytest.mark.parametrize(
    "changed",
    [{"line": -1}, {"line": (1 << 31) + 1}, {"kind": "fine"}, {"more": 1}, {"bases": [1]}],
    ids=lambda changed: next(iter(changed)),
)
def test_an_error_that_a_student_made_up_is_refused(changed: dict[str, Any]) -> None:
    """It comes from the student's process: numbers are bounded and unknown fields are none."""
    about = msgspec.to_builtins(EXAMPLES[RaisedError][0])
    assert msgspec.convert(about, RaisedError) == EXAMPLES[RaisedError][0]
    with pytest.raises(ValueError, match=r"Expected|Invalid|unknown field"):
        msgspec.convert(about | changed, RaisedError)


def test_a_student_process_answers_exactly_the_calls() -> None:
    """Each call has its method, each such method its call, and each takes the leaves first."""
    own = {name for name in vars(Worker) if name.startswith("do_")}

    assert set(METHODS) == set(Call)
    assert set(METHODS.values()) == own
    assert len(set(METHODS.values())) == len(METHODS)
    for name in own:
        first, second, *_ = inspect.signature(getattr(Worker, name)).parameters
        assert (first, second.removeprefix("_")) == ("self", "leaves"), name
