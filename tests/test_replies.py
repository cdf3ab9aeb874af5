"""Whatever bytes come back from a student's process: a value, or the verdict `protocol`, and never
a fault of the grader's.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

import msgpack
import pytest
import torch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from autograder import wire
from autograder.checking.compare import Mismatch, assert_matches
from autograder.checking.program import Program
from autograder.checking.student import Student
from autograder.errors import StudentStopped
from autograder.judge.verdicts import is_grader_fault
from autograder.messages import Call
from autograder.model import Limits, Verdict
from autograder.supervisor.process import StudentProcess
from autograder.supervisor.raised import StudentError
from autograder.supervisor.zygote import ZygoteHandle

STEADY = settings(
    derandomize=True,
    deadline=None,
    max_examples=1500,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
NUMBERS = st.one_of(
    st.integers(-3, 8),
    st.sampled_from(
        [-(1 << 63), -(1 << 31), 1 << 26, 1 << 31, (1 << 63) - 1, 1 << 63, (1 << 64) - 1]
    ),
)
PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    NUMBERS,
    st.floats(),
    st.text(max_size=6),
    st.binary(max_size=6),
    st.builds(msgpack.Timestamp, st.integers(-(1 << 40), 1 << 40), st.integers(0, 999_999_999)),
)


def extension(code: int, payload: Any) -> msgpack.ExtType:
    return msgpack.ExtType(code, msgpack.packb(payload))


def extensions(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Extensions of every kind with any payload, and such as are nearly right."""
    sizes = st.lists(NUMBERS, max_size=4)
    tensor = st.tuples(
        st.one_of(st.integers(0, 11), NUMBERS),
        sizes,
        st.one_of(st.none(), sizes),
        st.integers(0, 8),
        st.sampled_from([0, 1, 4, 8, 16, 24, 1 << 40]),
        st.booleans(),
        st.sampled_from(["cpu", "cpu", "meta"]),
    ).map(lambda head: extension(1, list(head)))
    right = st.sampled_from([1, 2, 3]).map(
        lambda n: extension(1, [0, [n], None, 0, 4 * n, True, "cpu"])
    )
    handle = st.tuples(NUMBERS, st.text(max_size=3)).map(lambda pair: extension(2, list(pair)))
    bounds = st.tuples(*[st.one_of(st.none(), NUMBERS)] * 3).map(lambda b: extension(6, list(b)))
    numbers = st.binary(max_size=130).map(lambda raw: msgpack.ExtType(5, raw))
    other = st.tuples(st.integers(0, 127), inner).map(lambda pair: extension(*pair))
    tuples = st.lists(inner, max_size=3).map(lambda items: extension(3, items))
    return st.one_of(tensor, right, right, handle, bounds, numbers, other, tuples)


ANYTHING = st.recursive(
    st.one_of(PLAIN, extensions(PLAIN)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.text(max_size=4), st.binary(max_size=2)), inner, max_size=3),
        extensions(inner),
    ),
    max_leaves=10,
)
DATA = struct.pack("<6f", 0.5, -1.0, math.nan, math.inf, 1e30, 2.0)
KINDS = (type(None), bool, int, float, str, bytes, list, tuple, dict, slice, torch.dtype)


def assert_is_value(value: Any) -> None:
    """It is of the protocol's kinds through and through."""
    assert type(value) in (*KINDS, torch.Tensor, wire.Reference)
    if type(value) is int:
        assert value.bit_length() <= wire.MAX_BITS
    if type(value) is str:
        assert len(value) <= wire.MAX_TEXT
    if type(value) is wire.Reference:
        assert 0 <= value.number <= wire.MAX_NUMBER
    if type(value) is dict:
        assert all(type(key) is str for key in value)
    if type(value) in (list, tuple, dict):
        for inner in value.values() if type(value) is dict else value:
            assert_is_value(inner)


@STEADY
@given(ANYTHING)
@example(msgpack.Timestamp(0, 0))
@example({b"key": 1})
@example("x" * (wire.MAX_TEXT + 1))
@example(extension(2, [1 << 63, "x"]))
@example(extension(6, [0, 1 << 63, 1]))
@example(msgpack.ExtType(5, (1 << 1010).to_bytes(128, "little")))
@example(extension(1, [0, [0, *[1 << 26] * 15], None, 0, 0, False, "cpu"]))
@example(extension(1, [0, [0, 0], [1 << 63, -1], 0, 0, False, "cpu"]))
@example(extension(1, [0, [1.0], None, 0, 4, False, "cpu"]))
def test_any_structure_is_a_value_or_an_error(anything: Any) -> None:
    """Of any structure that msgpack can write."""
    structure = msgpack.packb(anything)
    try:
        value = wire.decode(
            structure, memoryview(DATA), tensor=lambda w: w.tensor, handle=lambda r: r
        )
    except wire.WireError:
        return
    assert_is_value(value)


# -- what checks do with it ------------------------------------------------------------------------


class Canned(StudentProcess):
    """A student's process that is none: each reply has this structure."""

    def __init__(self, kind: wire.Kind, structure: bytes) -> None:
        self._sequence, self._limits = 0, Limits()
        self._stopped = None
        self._objects_done, self._nodes_done = [], []
        self._clock = self  # type: ignore[assignment]
        self._kind, self._structure = kind, structure
        self._waiting = b""
        self._sent = 0

    def start(self) -> None:
        """Of the clock."""

    def _refuse_unsolicited(self) -> None:
        head = wire.pack_header(self._kind, self._sequence, len(self._structure), len(DATA))
        self._waiting = head + self._structure + DATA

    def _write(self, view: memoryview, _deadline: Any) -> None:
        self._sent += len(view)

    def _read(self, size: int, _deadline: Any) -> bytearray:
        piece, self._waiting = self._waiting[:size], self._waiting[size:]
        return bytearray(piece)

    def _stop(self, verdict: Verdict, message: str) -> NoReturn:
        self._stopped = StudentStopped(verdict, message)
        raise self._stopped


def differentiate(student: Student) -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = student.f(x)
    assert_matches(y, torch.ones(2), "the result")


def backward(student: Student) -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (gradient,) = torch.autograd.grad(student.f(x).sum(), x, create_graph=True)
    gradient.sum().backward()


def send_back(student: Student) -> None:
    student.g(student.f(1.0))


def operate(student: Student) -> None:
    handle: Any = student.put(1.0)
    [handle + (handle * 2), 2 / handle, handle[0], float(handle), list(handle), handle == 1]


def reflect(student: Student) -> None:
    handle: Any = student.put(1.0)
    student.f() + handle


def ask_around(student: Student) -> None:
    handle = student.put(1.0)
    for question in (
        lambda: student.used_builtins(),
        lambda: student.each("f", [handle], handle),
        lambda: student.get("x"),
        lambda: student.set(handle, "x", handle.grad),
        lambda: student.keep.f(handle).backward(),
    ):
        with suppress(StudentError, Mismatch, TypeError):
            question()


def run_programs(student: Student) -> None:
    program = Program("as any")
    result = program.call("f", program.put(torch.ones(2)))
    readings = [
        program.read(result),
        program.read(program.graph(result, "")),
    ]
    student.run([program])
    for reading in readings:
        with suppress(StudentError, Mismatch):
            assert_matches(reading.value, torch.ones(2), "the result")


USES: list[Callable[[Student], None]] = [
    differentiate, backward, send_back, operate, reflect, ask_around, run_programs,
]  # fmt: skip
# A node's number and a value, as calls answer; or anything.
ANSWERS = st.one_of(
    st.tuples(st.one_of(st.integers(0, 3), NUMBERS), ANYTHING).map(list),
    # what one program read, and the error that ended it
    st.lists(ANYTHING, max_size=3).map(lambda read: [[read, None]]),
    st.tuples(st.lists(ANYTHING, max_size=2), ANYTHING).map(lambda pair: [list(pair)]),
    ANYTHING,
)


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@STEADY
@given(st.sampled_from(USES), st.sampled_from([wire.Kind.REPLY, wire.Kind.ERROR]), ANSWERS)
@example(send_back, wire.Kind.REPLY, [0, deep(15)])
@example(reflect, wire.Kind.REPLY, [0, deep(15)])
@example(
    backward, wire.Kind.REPLY, [(1 << 63) - 1, extension(1, [0, [2], None, 0, 8, True, "cpu"])]
)
@example(backward, wire.Kind.REPLY, [1 << 63, extension(1, [0, [2], None, 0, 8, True, "cpu"])])
def test_no_reply_is_a_fault_of_the_graders(
    use: Callable[[Student], None], kind: wire.Kind, answer: Any
) -> None:
    """What checks do with any reply ends in a verdict on the student's work."""
    structure = msgpack.packb(answer)
    if len(structure) > wire.MAX_STRUCTURE:
        return
    try:
        use(Student(Canned(kind, structure)))
    except (StudentStopped, StudentError, Mismatch, AssertionError):
        pass
    except Exception as error:
        if is_grader_fault(error):
            raise


def test_what_cannot_be_sent_back_is_the_students_error() -> None:
    """A value that just fits into a reply and no more into a request."""
    answer = [0, [bytes(1 << 19), bytes((1 << 19) - 20)]]
    with pytest.raises(StudentError, match="structure takes"):
        send_back(Student(Canned(wire.Kind.REPLY, msgpack.packb(answer))))


# -- from a process --------------------------------------------------------------------------------

# What a child writes instead of its reply; `head(...)` and `packed(...)` are at hand.
FRAMES = {
    "no magic": "b'EVIL' + bytes(20)",
    "a request": "head(1, sequence, 1, 0) + packed(None)",
    "an unknown kind": "head(9, sequence, 1, 0) + packed(None)",
    "another sequence": "head(2, sequence + 1, 1, 0) + packed(None)",
    "a structure too long": "head(2, sequence, 0xFFFFFFFF, 0)",
    "data too long": "head(2, sequence, 1, (1 << 64) - 1)",
    "nothing": "head(2, sequence, 0, 0)",
    "two values": "framed(packed(1) + packed(2))",
    "a time": "framed(packed(msgpack.Timestamp(1, 1)))",
    "a key of bytes": "framed(packed({b'k': 1}))",
    "a key of a number": "framed(packed({1: 1}))",
    "an unknown extension": "framed(packed(msgpack.ExtType(99, b'')))",
    "a handle of many bits": "framed(ext(2, [(1 << 64) - 1, 'x']))",
    "a handle below zero": "framed(ext(2, [-1, 'x']))",
    "a handle that is a float": "framed(ext(2, [1.0, 'x']))",
    "a number of a thousand bits": "framed(long(1 << 1010))",
    "a slice of huge bounds": "framed(ext(6, [0, (1 << 64) - 1, 1]))",
    "a slice of floats": "framed(ext(6, [0.0, 1.0, 1.0]))",
    "a dtype that is none": "framed(packed(msgpack.ExtType(4, b'\\xff')))",
    "a tensor of a negative size": "framed(tensor([-1], None, 0, 4), 4)",
    "a tensor of a float's size": "framed(tensor([1.0], None, 0, 4), 4)",
    "a tensor of a huge size": "framed(tensor([1 << 60], None, 0, 4), 4)",
    "a tensor of a huge product": "framed(tensor([1 << 20] * 16, [0] * 16, 0, 4), 4)",
    "an empty tensor of a huge product": "framed(tensor([0] + [1 << 26] * 15, None, 0, 0))",
    "huge strides": "framed(tensor([2], [1 << 62], 0, 8), 8)",
    "negative strides": "framed(tensor([2], [-1], 0, 8), 8)",
    "bytes outside": "framed(tensor([1], None, 1 << 62, 4), 4)",
    "bytes that are no elements": "framed(tensor([1], None, 0, 3), 4)",
    "a device that is none": "framed(tensor([1], None, 0, 4, 'moon'), 4)",
    "lists without end": "framed(b'\\xdc\\xff\\xff' * 300000)",
    "lists too deep": "framed(b'\\x91' * 900 + b'\\xc0')",
    "an error without fields": "head(3, sequence, 1, 0) + packed({})",
    "an error on a line of many bits": "framed(error('error', 1 << 63), 0, 3)",
    "an error of an unknown kind": "framed(error('evil', 1), 0, 3)",
}  # fmt: skip
CRAFT = """
import gc, os, msgpack
from autograder import wire
worker = next(o for o in gc.get_objects() if type(o).__name__ == "Worker")
packed = msgpack.packb
ext = lambda code, payload: packed(msgpack.ExtType(code, packed(payload)))
long = lambda number: packed(msgpack.ExtType(5, number.to_bytes(128, "little")))
head = lambda *numbers: wire.HEADER.pack(b"AGL1", *numbers)
def tensor(shape, strides, start, length, device="cpu"):
    return ext(1, [0, shape, strides, start, length, False, device])
def error(kind, line):
    return packed(dict(kind=kind, type_name="E", bases=[], text="", line=line, source=""))
def framed(structure, data=0, kind=2):
    return head(kind, sequence, len(structure), data) + structure + bytes(data)
def send(self, kind, number, value):
    global sequence
    sequence = number
    left = {FRAME}
    while left:
        left = left[os.write(self._write, left):]
"""


@pytest.mark.parametrize("what", FRAMES)
def test_a_crafted_frame_is_a_breach_of_the_protocol(zygote: ZygoteHandle, what: str) -> None:
    """From a process that writes what it likes, after a call that it answers honestly."""
    with StudentProcess(zygote.controls[0], Limits(call_seconds=5)) as process:
        assert process.request(Call.CELL, CRAFT.replace("{FRAME}", FRAMES[what]))["error"] is None
        with pytest.raises(StudentStopped) as stopped:
            process.request(Call.CELL, "type(worker)._send = send")

    assert stopped.value.verdict == Verdict.PROTOCOL
