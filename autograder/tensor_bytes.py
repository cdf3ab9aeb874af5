"""A tensor's bytes, shape and strides, as they cross the process boundary.

Every number that comes from the other end is checked before memory is taken for it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch

from autograder.errors import WireError

MAX_DATA = 64 << 20  # bytes of all tensors of a frame
MAX_DIMS = 16

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


def laid_out(value: torch.Tensor) -> tuple[torch.Tensor, list[int] | None]:
    """The part of the storage that a view spans, one-dimensional, and the view's strides in it."""
    if value.is_contiguous() or value.numel() == 0 or value.is_conj() or value.is_neg():
        return value, None
    span = 1 + sum(
        (size - 1) * stride for size, stride in zip(value.shape, value.stride(), strict=True)
    )
    return value.detach().as_strided((span,), (1,)), list(value.stride())


def bytes_of(value: torch.Tensor) -> bytes:
    """The elements in order, as bytes."""
    plain = value.detach()
    if not plain.is_contiguous() or plain.is_conj() or plain.is_neg() or not plain.is_cpu:
        plain = plain.resolve_conj().resolve_neg().cpu().contiguous()
    if plain.dtype == torch.bfloat16:
        plain = plain.view(torch.int16)
    return bytes(plain.numpy().tobytes())


def from_bytes(raw: memoryview, dtype: torch.dtype) -> torch.Tensor:
    """A one-dimensional tensor that owns its memory."""
    if not len(raw):
        return torch.empty(0, dtype=dtype)
    if dtype == torch.bool:  # a byte other than 0 and 1 would make a boolean that is neither
        return torch.frombuffer(bytearray(raw), dtype=torch.uint8) != 0
    return torch.frombuffer(bytearray(raw), dtype=dtype)


def restride(stored: torch.Tensor, shape: list[int], strides: list[Any] | None) -> torch.Tensor:
    """A tensor over the bytes of a one-dimensional one; contiguous where `strides` is None.

    It is no view: errors about views would puzzle a student who made none.

    Raises:
        WireError: the shape, as `product` has checked it, and strides do not fit the bytes.
    """
    if strides is None:
        if stored.numel() != math.prod(shape):
            raise WireError(f"shape {shape} does not fit {stored.numel()} elements")
        strides = contiguous(shape)
    else:
        _check_strides(stored.numel(), shape, strides)
    return torch.empty(0, dtype=stored.dtype).set_(
        stored.untyped_storage(), 0, tuple(shape), tuple(strides)
    )


def _check_strides(count: int, shape: list[int], strides: list[Any]) -> None:
    """Refuse strides that do not fit the shape or reach past `count` elements."""
    if len(strides) != len(shape) or not all(
        type(s) is int and 0 <= s <= MAX_DATA for s in strides
    ):
        raise WireError("strides do not fit the shape")
    last = sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
    if 0 not in shape and last >= count:
        raise WireError("strides reach outside the tensor's bytes")


def contiguous(shape: Sequence[int]) -> list[int]:
    """The strides of a tensor without gaps."""
    strides, step = [0] * len(shape), 1
    for axis in reversed(range(len(shape))):
        strides[axis] = step
        step *= max(shape[axis], 1)
    return strides


def product(shape: list[Any]) -> int:
    """The number of elements of a shape.

    Raises:
        WireError: it is no shape, or one of more elements than may cross, even if a size of 0 makes
            them none.
    """
    if len(shape) > MAX_DIMS:
        raise WireError(f"tensors may have {MAX_DIMS} dimensions, got {len(shape)}")
    count = 1
    for size in shape:
        if type(size) is not int or not 0 <= size <= MAX_DATA:
            raise WireError(f"not a size: {size!r:.40}")
        count *= max(size, 1)
        if count > MAX_DATA:
            raise WireError("a tensor with too many elements")
    return 0 if 0 in shape else count
