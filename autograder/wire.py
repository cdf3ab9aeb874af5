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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import msgpack
import torch

HEADER = struct.Struct("<4sB3xIIQ")
MAGIC = b"AGL1"
MAX_STRUCTURE = 1 << 20
MAX_DATA = 64 << 20
MAX_DEPTH = 16
MAX_DIMS = 16
MAX_NAME = 200
MAX_TEXT = 1 << 19
MAX_NUMBER = (1 << 63) - 1  # of handles, nodes and bounds of slices
MAX_BITS = 1000  # of an integer

DTYPES: tuple[torch.dtype, ...] = (
    torch.float32,
    torch.float64,
    torch.float16,
    torch.bfloat16,
    torch.bool,
    torch.uint8,
    torch.int8,
    torch.int16,
    torch.int32,
    torch.int64,
    torch.complex64,
    torch.complex128,
)
_DTYPE_CODES = {dtype: code for code, dtype in enumerate(DTYPES)}
_TENSOR, _HANDLE, _TUPLE, _DTYPE, _LONG, _SLICE = range(1, 7)


class WireError(ValueError):
    """A frame or a value that breaks the protocol's rules."""


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
        strided: send views as they lie in their storage (strides and all). Only the trusted side
            does this.
    """

    def __init__(
        self, keep: Callable[[Any], Reference] | None = None, strided: bool = False
    ) -> None:
        self._keep = keep
        self._strided = strided
        self._chunks: list[bytes] = []
        self._size = 0

    def frame(self, kind: Kind, sequence: int, value: Any) -> list[bytes]:
        """The frame as byte strings to write one after another.

        Raises:
            WireError: the value is too deep, too long, or too large to cross.
        """
        structure = msgpack.packb(self._plain(value, 0))
        if len(structure) > MAX_STRUCTURE:
            raise WireError(
                f"the value's structure takes {len(structure)} bytes; {MAX_STRUCTURE} are allowed"
            )
        return [pack_header(kind, sequence, len(structure), self._size), structure, *self._chunks]

    def _plain(self, value: Any, depth: int) -> Any:
        """The value as msgpack can write it."""
        if depth > MAX_DEPTH:
            raise WireError(f"values may be nested {MAX_DEPTH} deep")
        if value is None or value is True or value is False:
            return value
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
        if isinstance(value, Reference):
            return msgpack.ExtType(
                _HANDLE, msgpack.packb([value.number, value.type_name[:MAX_NAME]])
            )
        if isinstance(value, torch.dtype) and value in _DTYPE_CODES:
            return msgpack.ExtType(_DTYPE, bytes([_DTYPE_CODES[value]]))
        if type(value) is slice:
            return msgpack.ExtType(_SLICE, msgpack.packb([value.start, value.stop, value.step]))
        if isinstance(value, tuple):
            return msgpack.ExtType(
                _TUPLE, msgpack.packb([self._plain(v, depth + 1) for v in value])
            )
        if type(value) is list:
            return [self._plain(v, depth + 1) for v in value]
        if type(value) is dict and all(type(k) is str for k in value):
            return {k[:MAX_TEXT]: self._plain(v, depth + 1) for k, v in value.items()}
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
        flat, strides = _laid_out(value) if self._strided else (value, None)
        if flat.numel() * flat.element_size() > MAX_DATA - self._size:
            raise WireError(
                f"a tensor of shape {tuple(value.shape)} is too large to cross "
                f"({MAX_DATA >> 20} MB a call)"
            )
        raw = _bytes_of(flat)
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
) -> Any:
    """Read a frame's value.

    Args:
        structure: the msgpack part, already bounded by its header.
        data: the bytes of the tensors.
        tensor: what becomes of a tensor; it gets one that owns its memory, on the CPU.
        handle: what becomes of a reference.

    Raises:
        WireError: anything is not as the protocol says.
    """
    value = _Decoder(data, tensor, handle).value(structure, 0)
    if type(value) in (list, tuple, dict):
        _check_depth(value, 0)
    return value


def _check_depth(value: Any, depth: int) -> None:
    """msgpack itself allows lists nested a thousand deep, on which every recursion here would
    break.
    """
    if depth > MAX_DEPTH + 1:
        raise WireError(f"values may be nested {MAX_DEPTH} deep")
    for inner in value.values() if type(value) is dict else value:
        if type(inner) in (list, tuple, dict):
            _check_depth(inner, depth + 1)


class _Decoder:
    def __init__(
        self, data: memoryview, tensor: Callable[[Wired], Any], handle: Callable[[Reference], Any]
    ) -> None:
        self._data = data
        self._on_tensor = tensor
        self._on_handle = handle
        self._left = (
            2 * len(data) + MAX_DATA
        )  # bytes that views of one and the same data may still expand to

    def value(self, packed: bytes, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise WireError(f"values may be nested {MAX_DEPTH} deep")
        try:
            return msgpack.unpackb(
                packed,
                ext_hook=lambda code, payload: self._extension(code, payload, depth),
                strict_map_key=True,
                max_array_len=1 << 16,
                max_map_len=1 << 12,
            )
        except WireError:
            raise
        except (
            ValueError,
            TypeError,
            RecursionError,
            OverflowError,
            msgpack.UnpackException,
        ) as error:
            raise WireError(f"not a value: {type(error).__name__}") from None

    def _extension(self, code: int, payload: bytes, depth: int) -> Any:
        if code == _TENSOR:
            return self._tensor(self.value(payload, MAX_DEPTH))
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

    def _tensor(self, head: Any) -> Any:
        code, shape, strides, start, length, requires_grad, device = _shaped(
            head, int, list, (list, type(None)), int, int, bool, str
        )
        if not 0 <= code < len(DTYPES) or device not in ("cpu", "cuda"):
            raise WireError("unknown dtype or device")
        dtype = DTYPES[code]
        count = _product(shape)
        if not 0 <= start <= start + length <= len(self._data) or length % dtype.itemsize:
            raise WireError("a tensor's bytes lie outside the frame")
        self._left -= max(length, count * dtype.itemsize)
        if self._left < 0:
            raise WireError("tensors larger than their frame")
        stored = _from_bytes(self._data[start : start + length], dtype)
        if strides is None:
            if count != stored.numel():
                raise WireError(f"shape {shape} does not fit {length} bytes")
            laid = _laid(stored, shape, _contiguous(shape))
        else:
            laid = _restride(stored, shape, strides)
        return self._on_tensor(Wired(laid, requires_grad, device))


def _plain_int(value: int) -> Any:
    if -(1 << 63) <= value < (1 << 64):
        return value
    if value.bit_length() > MAX_BITS:
        raise WireError(f"an integer of more than {MAX_BITS} bits cannot cross")
    return msgpack.ExtType(_LONG, value.to_bytes(128, "little", signed=True))


def _laid_out(value: torch.Tensor) -> tuple[torch.Tensor, list[int] | None]:
    """The part of the storage that a view spans, one-dimensional, and the view's strides in it."""
    if value.is_contiguous() or value.numel() == 0 or value.is_conj() or value.is_neg():
        return value, None
    span = 1 + sum(
        (size - 1) * stride for size, stride in zip(value.shape, value.stride(), strict=True)
    )
    return value.detach().as_strided((span,), (1,)), list(value.stride())


def _bytes_of(value: torch.Tensor) -> bytes:
    plain = value.detach().resolve_conj().resolve_neg().cpu().contiguous()
    if plain.dtype == torch.bfloat16:
        plain = plain.view(torch.int16)
    return bytes(plain.numpy().tobytes())


def _from_bytes(raw: memoryview, dtype: torch.dtype) -> torch.Tensor:
    if not len(raw):
        return torch.empty(0, dtype=dtype)
    if dtype == torch.bool:  # a byte other than 0 and 1 would make a boolean that is neither
        return torch.frombuffer(bytearray(raw), dtype=torch.uint8) != 0
    return torch.frombuffer(bytearray(raw), dtype=dtype)


def _restride(stored: torch.Tensor, shape: list[int], strides: list[int]) -> torch.Tensor:
    if len(strides) != len(shape) or not all(
        type(s) is int and 0 <= s <= stored.numel() for s in strides
    ):
        raise WireError("strides do not fit the shape")
    if (
        1 + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
        > stored.numel()
    ):
        raise WireError("strides reach outside the tensor's bytes")
    return _laid(stored, shape, strides)


def _laid(stored: torch.Tensor, shape: Sequence[int], strides: Sequence[int]) -> torch.Tensor:
    """A tensor over the same bytes that is no view: errors about views would puzzle a student who
    made none.
    """
    return torch.empty(0, dtype=stored.dtype).set_(
        stored.untyped_storage(), 0, tuple(shape), tuple(strides)
    )


def _contiguous(shape: Sequence[int]) -> list[int]:
    strides, step = [0] * len(shape), 1
    for axis in reversed(range(len(shape))):
        strides[axis] = step
        step *= max(shape[axis], 1)
    return strides


def _product(shape: list[Any]) -> int:
    if len(shape) > MAX_DIMS:
        raise WireError(f"tensors may have {MAX_DIMS} dimensions, got {len(shape)}")
    count = 1
    for size in shape:
        if type(size) is not int or not 0 <= size <= MAX_DATA:
            raise WireError(f"not a size: {size!r:.40}")
        count *= size
        if count > MAX_DATA:
            raise WireError("a tensor with too many elements")
    return count


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
    if len(items) != len(types) or not all(
        type(v) in (t if isinstance(t, tuple) else (t,)) for v, t in zip(items, types, strict=True)
    ):
        raise WireError("a malformed extension")
    return items
