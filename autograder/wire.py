"""Frames across the process boundary: a bounded header, msgpack for structure, raw bytes for
tensors. Never pickle.

    magic "AGL1" | kind u8 | 3 zero bytes | sequence u32 | structure length u32 | data length u64
    (24 bytes, little-endian)

The structure is msgpack; tensors stand in it as references into the data that follows it. Every
number that comes from the other end is checked before it is used, because the other end may be
hostile.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import msgpack
import torch

from autograder import msgpack_claims, tensor_bytes
from autograder.errors import WireError as WireError
from autograder.tensor_bytes import DTYPES as DTYPES
from autograder.tensor_bytes import MAX_DATA as MAX_DATA
from autograder.tensor_bytes import MAX_DIMS as MAX_DIMS

HEADER = struct.Struct("<4sB3xIIQ")
MAGIC = b"AGL1"
MAX_STRUCTURE = 1 << 20
MAX_DEPTH = 16
MAX_NAME = 200
MAX_TEXT = 1 << 19
MAX_NUMBER = (1 << 63) - 1  # of handles, nodes and bounds of slices
MAX_BITS = 1000  # of an integer
MAX_ITEMS, MAX_KEYS = 1 << 16, 1 << 12  # of a list and a dict
_LITTLE = 1024  # bytes that can claim 3 MB at most, since a list claims no more items than bytes

_DTYPE_CODES = {dtype: code for code, dtype in enumerate(DTYPES)}
# What msgpack raises for bytes that are no value.
_BROKEN = (ValueError, TypeError, RecursionError, OverflowError, msgpack.UnpackException)
_TENSOR, _HANDLE, _TUPLE, _DTYPE, _LONG, _SLICE = range(1, 7)


class Kind(IntEnum):
    """What a frame is."""

    REQUEST = 1
    REPLY = 2
    ERROR = 3


@dataclass(frozen=True)
class Header:
    """A frame's checked header; lengths in bytes."""

    kind: Kind
    sequence: int
    structure: int
    data: int


@dataclass(frozen=True)
class Reference:
    """An object that stays in the student's process, by number."""

    number: int
    type_name: str = ""


@dataclass(frozen=True)
class Wired:
    """A tensor with what its bytes do not say: whether it requires a gradient, and where it lay
    ("cpu", "cuda").
    """

    tensor: torch.Tensor
    requires_grad: bool
    device: str


def pack_header(kind: Kind, sequence: int, structure: int, data: int) -> bytes:
    """The 24 bytes that start a frame."""
    return HEADER.pack(MAGIC, kind, sequence, structure, data)


def unpack_header(raw: bytes) -> Header:
    """Check and read the 24 bytes that start a frame.

    Raises:
        WireError: not our magic, an unknown kind, or a length past its bound.
    """
    if len(raw) != HEADER.size:
        raise WireError(f"a header has {HEADER.size} bytes, got {len(raw)}")
    magic, kind, sequence, structure, data = HEADER.unpack(raw)
    if magic != MAGIC or raw[5:8] != b"\0\0\0":
        raise WireError("not a frame")
    if kind not in (Kind.REQUEST, Kind.REPLY, Kind.ERROR):
        raise WireError(f"unknown kind of frame {kind}")
    if structure > MAX_STRUCTURE or data > MAX_DATA:
        raise WireError(f"frame too large: {structure} + {data} bytes")
    return Header(Kind(kind), sequence, structure, data)


class Encoder:
    """Collects one frame's structure and tensor bytes.

    Args:
        keep: called for an object that has no encoding; returns the `Reference` under which it
            stays here, or raises.
        trusted: the value is the grader's own. Then views are sent as they lie in their storage
            (strides and all), and msgpack walks lists and dicts by itself, which is faster and
            leaves it to the other end to refuse what is too deep or has other keys than texts.
    """

    def __init__(
        self, keep: Callable[[Any], Reference] | None = None, *, trusted: bool = False
    ) -> None:
        self._keep = keep
        self._trusted = trusted
        self._chunks: list[bytes] = []
        self._size = 0

    def frame(self, kind: Kind, sequence: int, value: Any) -> bytes:
        """The frame; in one piece, since each piece would be written by a call of its own.

        Raises:
            WireError: the value is too deep, too long, or too large to cross.
        """
        structure = self._packed(value, 0)
        if len(structure) > MAX_STRUCTURE:
            raise WireError(
                f"the value's structure takes {len(structure)} bytes; {MAX_STRUCTURE} are allowed"
            )
        header = pack_header(kind, sequence, len(structure), self._size)
        return b"".join([header, structure, *self._chunks])

    def _packed(self, value: Any, depth: int) -> bytes:
        """The value in msgpack's bytes."""
        if not self._trusted:
            return bytes(msgpack.packb(self._plain(value, depth)))
        try:
            packed = msgpack.packb(
                value,
                default=lambda inner: self._special(inner, 0),
                strict_types=True,
                unicode_errors="replace",
            )
        except (ValueError, TypeError, OverflowError) as error:
            raise WireError(f"a value that cannot cross: {error}") from None
        return bytes(packed)

    def _plain(self, value: Any, depth: int) -> Any:
        """The value as msgpack can write it."""
        if depth > MAX_DEPTH:
            raise WireError(f"values may be nested {MAX_DEPTH} deep")
        if value is None or value is True or value is False:
            return value
        if type(value) is list:
            return [self._plain(v, depth + 1) for v in value]
        if type(value) is dict and all(type(k) is str for k in value):
            return {k[:MAX_TEXT]: self._plain(v, depth + 1) for k, v in value.items()}
        return self._special(value, depth)

    def _special(self, value: Any, depth: int) -> Any:
        """As `_plain`, for everything but lists and dicts."""
        if isinstance(value, int) and not isinstance(value, torch.SymInt):
            return _plain_int(int(value))
        if isinstance(value, float):
            return float(value)
        if isinstance(value, str):
            return str(value)[:MAX_TEXT].encode("utf-8", "replace").decode()
        if isinstance(value, (bytes, bytearray)):
            return bytes(value)
        if isinstance(value, torch.Tensor) and (wired := self._tensor(value)) is not None:
            return wired
        return self._extended(value, depth)

    def _extended(self, value: Any, depth: int) -> Any:
        """What msgpack has no word for, what holds other values, and what stays here."""
        if isinstance(value, Reference):
            return msgpack.ExtType(
                _HANDLE, msgpack.packb([value.number, value.type_name[:MAX_NAME]])
            )
        if isinstance(value, torch.dtype) and value in _DTYPE_CODES:
            return msgpack.ExtType(_DTYPE, bytes([_DTYPE_CODES[value]]))
        if type(value) is slice:
            return msgpack.ExtType(_SLICE, msgpack.packb([value.start, value.stop, value.step]))
        if isinstance(value, tuple):
            return msgpack.ExtType(_TUPLE, self._packed(list(value), depth))
        if self._keep is None:
            raise WireError(f"a {type(value).__name__} cannot cross to the student's process")
        return self._plain(self._keep(value), depth)

    def _tensor(self, value: torch.Tensor) -> msgpack.ExtType | None:
        """A reference into the data, or None for a tensor that has no bytes to send."""
        if (
            value.layout != torch.strided
            or value.dtype not in _DTYPE_CODES
            or value.device.type not in ("cpu", "cuda")
        ):
            return None
        if value.dim() > MAX_DIMS:
            raise WireError(f"tensors may have {MAX_DIMS} dimensions, got {value.dim()}")
        flat, strides = tensor_bytes.laid_out(value) if self._trusted else (value, None)
        if flat.numel() * flat.element_size() > MAX_DATA - self._size:
            raise WireError(
                f"a tensor of shape {tuple(value.shape)} is too large to cross "
                f"({MAX_DATA >> 20} MB a call)"
            )
        raw = tensor_bytes.bytes_of(flat)
        head = [_DTYPE_CODES[value.dtype], list(value.shape), strides, self._size, len(raw)]
        self._chunks.append(raw)
        self._size += len(raw)
        return msgpack.ExtType(
            _TENSOR, msgpack.packb([*head, value.requires_grad, value.device.type])
        )


def decode(
    structure: bytes,
    data: memoryview,
    *,
    tensor: Callable[[Wired], Any],
    handle: Callable[[Reference], Any],
    trusted: bool = False,
) -> Any:
    """Read a frame's value.

    Args:
        structure: the msgpack part, already bounded by its header.
        data: the bytes of the tensors.
        tensor: what becomes of a tensor; it gets one that owns its memory, on the CPU.
        handle: what becomes of a reference.
        trusted: the value is the grader's own, and is read without looking for lies.

    Raises:
        WireError: anything is not as the protocol says.
    """
    value = _Decoder(data, tensor, handle, trusted=trusted).value(structure, 0)
    if not trusted:
        _check(value, 0)
    return value


_CHECKED = frozenset({list, tuple, dict, str, msgpack.Timestamp})


def _check(value: Any, depth: int) -> None:
    """Refuse what msgpack allows and the protocol does not.

    Lists nested a thousand deep, on which every recursion here would break; keys that are no text;
    texts longer than the other end may send; msgpack's own times.
    """
    kind = type(value)
    if kind in (list, tuple, dict):
        if depth > MAX_DEPTH + 1:
            raise WireError(f"values may be nested {MAX_DEPTH} deep")
        for inner in value.values() if kind is dict else value:
            if type(inner) in _CHECKED:
                _check(inner, depth + 1)
        if kind is dict and not all(type(key) is str for key in value):
            raise WireError("a key that is no text")
    elif kind is str and len(value) > MAX_TEXT:
        raise WireError(f"a text of more than {MAX_TEXT} characters")
    elif kind is msgpack.Timestamp:
        raise WireError("a time is no value")


class _Decoder:
    def __init__(
        self,
        data: memoryview,
        tensor: Callable[[Wired], Any],
        handle: Callable[[Reference], Any],
        *,
        trusted: bool,
    ) -> None:
        self._data = data
        self._trusted = trusted
        self._on_tensor = tensor
        self._on_handle = handle
        # bytes that views of one and the same data may still expand to
        self._left = 2 * len(data) + MAX_DATA

    def value(self, packed: bytes, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise WireError(f"values may be nested {MAX_DEPTH} deep")
        if len(packed) > _LITTLE and not self._trusted:
            msgpack_claims.check(packed, MAX_DEPTH + 2)
        try:
            return msgpack.unpackb(
                packed,
                ext_hook=lambda code, payload: self._extension(code, payload, depth),
                strict_map_key=True,
                max_array_len=min(MAX_ITEMS, len(packed)),
                max_map_len=MAX_KEYS,
            )
        except WireError:
            raise
        except _BROKEN as error:
            raise WireError(f"not a value: {type(error).__name__}") from None

    def _extension(self, code: int, payload: bytes, depth: int) -> Any:
        if code == _TENSOR:
            return self._tensor(payload)
        if code == _HANDLE:
            number, name = _shaped(self.value(payload, MAX_DEPTH), int, str)
            if not 0 <= number <= MAX_NUMBER:
                raise WireError("a handle's number out of range")
            return self._on_handle(Reference(number, name[:MAX_NAME]))
        if code == _TUPLE:
            return tuple(_list(self.value(payload, depth + 1)))
        if code == _DTYPE and len(payload) == 1 and payload[0] < len(DTYPES):
            return DTYPES[payload[0]]
        if code == _LONG and len(payload) <= 128:
            number = int.from_bytes(payload, "little", signed=True)
            if number.bit_length() <= MAX_BITS:
                return number
        if code == _SLICE:
            bounds = _list(self.value(payload, MAX_DEPTH))
            if len(bounds) == 3 and all(b is None or _is_bound(b) for b in bounds):
                return slice(*bounds)
        raise WireError(f"unknown extension {code}")

    def _tensor(self, payload: bytes) -> Any:
        # Not by `value`, whose hook costs as much as the rest; there are thousands a submission.
        try:
            head = msgpack.unpackb(payload, max_array_len=2 * MAX_DIMS)
        except _BROKEN as error:
            raise WireError(f"a malformed tensor: {type(error).__name__}") from None
        code, shape, strides, start, length, requires_grad, device = _shaped(
            head, int, list, (list, type(None)), int, int, bool, str
        )
        if not 0 <= code < len(DTYPES) or device not in ("cpu", "cuda"):
            raise WireError("unknown dtype or device")
        dtype = DTYPES[code]
        count = tensor_bytes.product(shape)
        if not 0 <= start <= start + length <= len(self._data) or length % dtype.itemsize:
            raise WireError("a tensor's bytes lie outside the frame")
        self._left -= max(length, count * dtype.itemsize)
        if self._left < 0:
            raise WireError("tensors larger than their frame")
        stored = tensor_bytes.from_bytes(self._data[start : start + length], dtype)
        laid = tensor_bytes.restride(stored, shape, strides)
        return self._on_tensor(Wired(laid, requires_grad, device))


def _plain_int(value: int) -> Any:
    if -(1 << 63) <= value < (1 << 64):
        return value
    if value.bit_length() > MAX_BITS:
        raise WireError(f"an integer of more than {MAX_BITS} bits cannot cross")
    return msgpack.ExtType(_LONG, value.to_bytes(128, "little", signed=True))


def _is_bound(value: Any) -> bool:
    """Whether it can bound a slice."""
    return type(value) is int and abs(value) <= MAX_NUMBER


def _list(value: Any) -> list[Any]:
    if type(value) is not list:
        raise WireError("expected a list")
    return value


def _shaped(value: Any, *types: Any) -> list[Any]:
    """The value, if it is a list of exactly these types."""
    items = _list(value)
    if len(items) != len(types):
        raise WireError("a malformed extension")
    for item, wanted in zip(items, types, strict=True):
        if type(item) is not wanted and (type(wanted) is not tuple or type(item) not in wanted):
            raise WireError("a malformed extension")
    return items
