"""What reads the bytes of strangers raises one kind of error, whatever they are, and takes bounded
memory.
"""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgpack
import pytest
import torch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from autograder import wire
from autograder.course import answers as solutions
from autograder.course import labs, reading
from autograder.course.answers import filled
from autograder.course.program import merge
from autograder.errors import BadSubmission

ROOT = Path(__file__).parent.parent
LAB = labs.load(ROOT, "lab03_custom_relu")
REAL = filled(LAB, solutions.reference(LAB))
STEADY = settings(
    derandomize=True,
    deadline=None,
    max_examples=250,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

VALUES: list[Any] = [
    None,
    [0, torch.arange(6.0).reshape(2, 3)],
    {
        "text": "printed",
        "error": {
            "kind": "error",
            "type": "ValueError",
            "bases": ["ValueError"],
            "message": "m",
            "line": 3,
            "text": "x",
        },
    },
    [7, (wire.Reference(3, "Value"), [1, -(1 << 70), 2.5, slice(0, None, 2)], torch.float16)],
    [0, [torch.zeros(3, dtype=d) for d in wire.DTYPES]],
    [0, torch.randn(4, 5, requires_grad=True).t()[1:], torch.zeros(0, 3), torch.tensor(True)],
]


def frames() -> list[tuple[bytes, bytes, bytes]]:
    """Valid frames as header, structure and data."""
    made = []
    for trusted in (False, True):
        for number, value in enumerate(VALUES):
            frame = wire.Encoder(trusted=trusted).frame(wire.Kind.REPLY, number, value)
            head, rest = frame[: wire.HEADER.size], frame[wire.HEADER.size :]
            structure = wire.unpack_header(head).structure
            made.append((head, rest[:structure], rest[structure:]))
    return made


FRAMES = frames()


@contextmanager
def bounded(megabytes: int) -> Iterator[None]:
    """Fail if Python's own memory grows further than this meanwhile."""
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < megabytes << 20


def decode(structure: bytes, data: bytes) -> Any:
    """A value, with all its tensors and handles used as the grader uses them."""
    value = wire.decode(
        structure,
        memoryview(data),
        tensor=lambda wired: wired.tensor,
        handle=lambda reference: reference,
    )
    for tensor in tensors(value):
        assert tensor.numel() * tensor.element_size() <= 2 * len(data) + wire.MAX_DATA
        assert (tensor == tensor).shape == tensor.shape
    repr(value)
    return value


def tensors(value: Any) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (list, tuple, dict)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from tensors(inner)


def mutated(draw: st.DrawFn, raw: bytes) -> bytes:
    """The bytes with a few places overwritten, taken out, doubled or cut."""
    changed = bytearray(raw)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(changed)))
        how = draw(st.sampled_from(["set", "set", "flip", "out", "in", "cut", "twice"]))
        if how == "set" and at < len(changed):
            changed[at] = draw(
                st.sampled_from(
                    [0, 1, 0x7F, 0x80, 0x90, 0x91, 0xC7, 0xC9, 0xCF, 0xD3, 0xDD, 0xDF, 0xFF]
                )
            )
        elif how == "flip" and at < len(changed):
            changed[at] ^= 1 << draw(st.integers(0, 7))
        elif how == "out":
            del changed[at : at + draw(st.integers(1, 8))]
        elif how == "in":
            changed[at:at] = draw(st.binary(max_size=8))
        elif how == "cut":
            del changed[at:]
        else:
            changed[at:at] = changed[: draw(st.integers(0, 40))]
    return bytes(changed)


@st.composite
def broken_frames(draw: st.DrawFn) -> tuple[bytes, bytes, bytes]:
    header, structure, data = draw(st.sampled_from(FRAMES))
    part = draw(st.integers(0, 2))
    return (
        mutated(draw, header) if part == 0 else header,
        mutated(draw, structure) if part == 1 else structure,
        mutated(draw, data) if part == 2 and data else data,
    )


SIZES = st.one_of(
    st.integers(0, 4),
    st.sampled_from(
        [-1, 1 << 16, 1 << 26, (1 << 26) + 1, 1 << 31, 1 << 40, 1 << 62, 1 << 63, (1 << 64) - 1]
    ),
)
LISTS = st.lists(SIZES, max_size=18)
HEADS = st.tuples(
    st.one_of(st.integers(-1, 13), st.just(200)),
    LISTS,
    st.one_of(st.none(), LISTS),
    SIZES,
    SIZES,
    st.booleans(),
    st.sampled_from(["cpu", "cuda", "meta", ""]),
)


@STEADY
@given(st.binary(max_size=40))
def test_any_bytes_as_header(raw: bytes) -> None:
    """Bytes are a header within the bounds, or a WireError."""
    try:
        header = wire.unpack_header(raw)
    except wire.WireError:
        return
    assert header.structure <= wire.MAX_STRUCTURE
    assert header.data <= wire.MAX_DATA


@STEADY
@given(st.binary(max_size=200), st.binary(max_size=64))
@example(b"\x91" * 1000 + b"\xc0", b"")
@example(b"\xdd\xff\xff\xff\xff", b"")
@example(b"\xc7\x01\xff\x00", b"")
def test_any_bytes_as_value(structure: bytes, data: bytes) -> None:
    """Bytes are a value that can be looked at, or a WireError."""
    with suppress(wire.WireError):
        decode(structure, data)


@STEADY
@given(broken_frames())
def test_broken_frames(frame: tuple[bytes, bytes, bytes]) -> None:
    """A valid frame with a few bytes changed is another value, or a WireError."""
    header, structure, data = frame
    try:
        wire.unpack_header(header)
        decode(structure, data)
    except wire.WireError:
        pass


@STEADY
@given(HEADS, st.binary(max_size=64))
@example((0, [0, *[1 << 26] * 8], None, 0, 0, False, "cpu"), b"")
@example((0, [1 << 13, 1 << 13], [0, 0], 0, 4, False, "cpu"), b"1234")
def test_any_tensor_head(head: tuple[Any, ...], data: bytes) -> None:
    """A tensor's description is one that fits its bytes, or a WireError."""
    with suppress(wire.WireError):
        decode(msgpack.packb(msgpack.ExtType(1, msgpack.packb(list(head)))), data)


@pytest.mark.parametrize("depth", [20, 100, 900, 1000, 1023, 5000])
@pytest.mark.parametrize(
    "opening", [b"\x91", b"\x81\xa1k", b"\xc7\x02\x03\x91"], ids=["list", "map", "tuple"]
)
def test_deep_values_are_refused(depth: int, opening: bytes) -> None:
    """Nesting past the bound is a WireError, not a recursion that breaks whoever walks the value
    later.
    """
    with pytest.raises(wire.WireError):
        decode(opening * depth + b"\xc0", b"")


@pytest.mark.parametrize(
    "structure",
    [
        b"\xdc\xff\xff" + b"\xdc\xff\xff" * 300_000,
        b"\xdd\x00\x00\xff\xff" + b"\x90" * 65535,
        b"\xde\x0f\xff" * 300_000,
        b"\xc6\x3f\xff\xff\xff",
        b"\xc9\x3f\xff\xff\xff\x01",
        b"\xdb\x3f\xff\xff\xff",
        (b"\xc9\x00\x0f\xff\x00\x03" + b"\xdc\xff\xff" * 60) * 12,
    ],
    ids=["arrays", "empty arrays", "maps", "binary", "extension", "text", "tuples"],
)
def test_claims_cost_nothing(structure: bytes) -> None:
    """Lengths that are only claimed take no memory."""
    with bounded(12), suppress(wire.WireError):
        decode(structure, b"")


def test_what_is_there_costs_little() -> None:
    """Empty lists are the dearest: 64 bytes for each of one byte."""
    piece = b"\xdc\xff\xff" + b"\x90" * 65535
    with bounded(20):
        assert len(decode(b"\x93" + piece * 3, b"")) == 3


@pytest.mark.parametrize("count", [20, 4000])
def test_long_lists_of_numbers_are_no_false_claims(count: int) -> None:
    """Whatever bytes the numbers and texts of a true list happen to hold."""
    numbers = [float.fromhex("0x1.cdcdddddcdcddp+3") * n for n in range(count)]
    value = [
        numbers,
        [-n for n in range(count)],
        "\xdc\xdd" * count,
        [[{"k": [n]}] for n in range(9)],
    ]
    structure = msgpack.packb([value, b"\xdc\xdd" * 99])

    assert decode(structure, b"") == [value, b"\xdc\xdd" * 99]


# -- notebooks -------------------------------------------------------------------------------------

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
IDS = st.sampled_from(
    [*(cell.cell_id for cell in LAB.cells), *(cell.grade_id for cell in LAB.cells), "", "x"]
)
CELLS = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.one_of(st.sampled_from(["code", "markdown", "raw"]), JSON),
        "id": st.one_of(IDS, JSON),
        "source": st.one_of(st.text(max_size=30), st.lists(st.text(max_size=10), max_size=3), JSON),
        "input": JSON,
        "metadata": st.one_of(
            st.fixed_dictionaries(
                {
                    "nbgrader": st.one_of(
                        st.fixed_dictionaries({"grade_id": st.one_of(IDS, JSON)}), JSON
                    )
                }
            ),
            JSON,
        ),
        "outputs": JSON,
    },
)
BOOKS = st.one_of(
    JSON,
    st.fixed_dictionaries(
        {"cells": st.lists(CELLS, max_size=6)}, optional={"worksheets": JSON, "metadata": JSON}
    ),
    st.fixed_dictionaries(
        {
            "worksheets": st.lists(
                st.fixed_dictionaries({"cells": st.lists(CELLS, max_size=3)}), max_size=3
            )
        }
    ),
)


def read(raw: bytes) -> None:
    """Read a submission; what comes of it can be run, written and printed."""
    try:
        program = merge(LAB, reading.parse(raw))
    except BadSubmission as error:
        str(error).encode()
        return
    given = [cell.source for cell in program.cells if cell.role == "given"]
    assert given == [cell.source for cell in LAB.cells if cell.role == "given"]
    assert all(cell.source.encode() is not None and cell.key.encode() for cell in program.cells)
    assert all(note.encode() for note in program.notes)


@STEADY
@given(st.binary(max_size=300))
def test_any_bytes_as_notebook(raw: bytes) -> None:
    """Bytes are a submission, or a BadSubmission."""
    read(raw)


@STEADY
@given(BOOKS)
def test_any_json_as_notebook(book: Any) -> None:
    """JSON of any shape is a submission, or a BadSubmission."""
    read(json.dumps(book).encode())


@STEADY
@given(st.data())
def test_broken_notebooks(data: st.DataObject) -> None:
    """A real notebook with a few bytes changed is a submission, or a BadSubmission; locked cells
    are the lab's own all the same.
    """

    @st.composite
    def broken(draw: st.DrawFn) -> bytes:
        return mutated(draw, REAL)

    read(data.draw(broken()))


@STEADY
@given(st.data())
def test_shuffled_notebooks(data: st.DataObject) -> None:
    """Cells of a real notebook in any order, doubled, dropped or given another's id: a submission,
    or a BadSubmission.
    """
    book = json.loads(REAL)
    order = data.draw(
        st.lists(st.integers(0, len(book["cells"]) - 1), max_size=2 * len(book["cells"]))
    )
    cells = [json.loads(json.dumps(book["cells"][number])) for number in order]
    for cell in cells[: data.draw(st.integers(0, 5))]:
        cell["id"] = data.draw(IDS)
        cell["cell_type"] = data.draw(st.sampled_from(["code", "markdown", "raw"]))
    read(json.dumps({**book, "cells": cells}).encode())


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 300_000,
        b'["' + b"\\\\" * 3_000_000,
        b'{"cells":[' + b"[]," * 50_000 + b"0]}",
        b'{"cells":["' + b"a" * (8 << 20) + b'"]}',
    ],
    ids=["brackets", "backslashes", "lists", "text"],
)
def test_large_files_take_bounded_memory(raw: bytes) -> None:
    """Reading takes no more than a small multiple of the file's size."""
    with bounded(40 * (len(raw) >> 20) + 60):
        read(raw)
