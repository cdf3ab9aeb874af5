"""Frames and values across the process boundary."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest
import torch

from autograder import wire


def carry(value: Any, *, trusted: bool = False) -> Any:
    """A value through a frame and back."""
    frame = wire.Encoder(keep=lambda _: wire.Reference(7, "Thing"), trusted=trusted).frame(
        wire.Kind.REPLY, 3, value
    )
    header = wire.unpack_header(frame[: wire.HEADER.size])
    assert (header.kind, header.sequence) == (wire.Kind.REPLY, 3)
    structure = frame[wire.HEADER.size :][: header.structure]
    data = frame[wire.HEADER.size + header.structure :]
    assert header.data == len(data)
    return wire.decode(structure, memoryview(data), tensor=lambda w: w.tensor, handle=lambda r: r)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        -5,
        2**63,
        -(2**900),
        1.5,
        float("inf"),
        "é\N{SNOWMAN}",
        b"ab",
        [1, [2, (3,)]],
        (),
        {"a": (1,)},
        slice(1, None, 2),
        torch.float16,
    ],
)
@pytest.mark.parametrize("trusted", [False, True])
def test_values_arrive_as_they_were_sent(value: Any, trusted: bool) -> None:
    """Numbers, texts, lists, tuples, dicts, slices and dtypes keep their type and value."""
    got = carry(value, trusted=trusted)

    assert (type(value), value) == (type(got), got)


@pytest.mark.parametrize("dtype", wire.DTYPES, ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 3), (2, 3, 4)])
def test_tensors_arrive_as_they_were_sent(dtype: torch.dtype, shape: tuple[int, ...]) -> None:
    """Every dtype and shape, bit for bit, in memory of their own and as no view."""
    sent = (torch.randn(shape) * 5).to(dtype)

    got = carry(sent)

    assert (sent.dtype, sent.shape) == (got.dtype, got.shape)
    assert torch.equal(sent, got)
    assert not got._is_view()


def test_the_trusted_side_sends_views_with_their_strides() -> None:
    """Transposed, expanded and sliced tensors arrive with the same strides."""
    for view in (torch.randn(3, 4).t(), torch.randn(3, 1).expand(3, 5), torch.randn(4, 6)[:, ::2]):
        got = carry(view, trusted=True)
        assert view.stride() == got.stride()
        assert torch.equal(view, got)


def test_what_has_no_encoding_stays_behind() -> None:
    """Objects, sparse and meta tensors become references."""
    for value in (object(), torch.eye(2).to_sparse(), torch.empty(2, device="meta")):
        assert wire.Reference(7, "Thing") == carry(value)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"AGL1" + bytes(19),
        b"PICK" + bytes(20),
        wire.HEADER.pack(b"AGL1", 9, 0, 0, 0),
        wire.HEADER.pack(b"AGL1", 2, 0, 1 << 31, 0),
        wire.HEADER.pack(b"AGL1", 2, 0, 0, 1 << 62),
        b"AGL1\x02\x01\0\0" + bytes(16),
    ],
)
def test_headers_are_checked_before_use(raw: bytes) -> None:
    """Wrong magic, unknown kinds and lengths past their bounds are refused."""
    with pytest.raises(wire.WireError):
        wire.unpack_header(raw)


def tensor_head(*head: Any) -> bytes:
    return bytes(msgpack.packb(msgpack.ExtType(1, msgpack.packb(list(head)))))


@pytest.mark.parametrize(
    "head",
    [
        (200, [1], None, 0, 4, False, "cpu"),
        (0, [1 << 40, 1 << 40], None, 0, 4, False, "cpu"),
        (0, [2], None, 0, 4, False, "cpu"),
        (0, [1], None, 4, 4, False, "cpu"),
        (0, [-1], None, 0, 4, False, "cpu"),
        (0, [1] * 17, None, 0, 4, False, "cpu"),
        (0, [1], [5], 0, 4, False, "meta"),
        (0, [3], [1], 0, 4, False, "cpu"),
        (0, [1 << 20, 1 << 20], [0, 0], 0, 4, False, "cpu"),
        (0, [0, 1 << 26, 1 << 26], None, 0, 0, False, "cpu"),
        (0, [True], None, 0, 4, False, "cpu"),
        (0, [1.0], None, 0, 4, False, "cpu"),
        (0, [1], None, 0, 4),
    ],
)
def test_tensors_that_lie_are_refused(head: tuple[Any, ...]) -> None:
    """Shapes, strides, offsets and lengths that do not fit their bytes are refused before memory is
    taken.
    """
    with pytest.raises(wire.WireError):
        wire.decode(tensor_head(*head), memoryview(b"abcd"), tensor=lambda w: w, handle=lambda r: r)


def test_booleans_are_booleans() -> None:
    """A byte that is neither 0 nor 1 arrives as True, not as a boolean that is neither."""
    got = wire.decode(
        tensor_head(4, [2], None, 0, 2, False, "cpu"),
        memoryview(b"\x00\x07"),
        tensor=lambda w: w.tensor,
        handle=lambda r: r,
    )

    assert got.tolist() == [False, True]
    assert int(got.sum()) == 1


def test_depth_is_bounded() -> None:
    """Nesting past the limit is refused by both ends."""
    deep: Any = ()
    for _ in range(40):
        deep = (deep,)
    with pytest.raises(wire.WireError):
        carry(deep)
    packed = msgpack.packb([])
    for _ in range(40):
        packed = msgpack.packb(msgpack.ExtType(3, packed))
    with pytest.raises(wire.WireError):
        wire.decode(packed, memoryview(b""), tensor=lambda w: w, handle=lambda r: r)
