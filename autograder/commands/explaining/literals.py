"""Values as Python source that gives them back exactly, with nothing but torch."""

from __future__ import annotations

import base64
import math
import struct
from typing import Any

import torch

MOST_LISTED = 2000  # elements of a tensor that are written out; more stand there as base64
_PACKED = {torch.float32: ("f", 6), torch.float16: ("e", 3)}


def literal(value: Any, most: int = MOST_LISTED) -> str:
    """Source of a number, a string, a tensor, or a list, tuple or dict of those.

    Args:
        value: the value.
        most: elements of a tensor that are written out.
    """
    if isinstance(value, torch.Tensor):
        return tensor(value, most)
    if type(value) is float:
        return _number(value)
    if type(value) is tuple:
        inner = ", ".join(literal(one, most) for one in value)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(literal(one, most) for one in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key!r}: {literal(one, most)}' for key, one in value.items())}}}"
    return repr(value)


def tensor(value: torch.Tensor, most: int = MOST_LISTED) -> str:
    """Source of a tensor, its strides included, that requires a gradient where it does."""
    plain = value.detach()
    if plain.layout != torch.strided:
        return f"{tensor(plain.to_dense(), most)}.to_sparse()"
    source = _contiguous(_without_repeats(plain), most)
    if any(
        stride == 0 < size - 1 for size, stride in zip(plain.shape, plain.stride(), strict=True)
    ):
        source += f".expand({tuple(plain.shape)})"
    elif not plain.is_contiguous():
        laid = f"{tuple(plain.shape)}, {plain.stride()}, dtype={plain.dtype}"
        source = f"torch.empty_strided({laid}).copy_({source})"
    return f"{source}.requires_grad_()" if value.requires_grad else source


def _without_repeats(value: torch.Tensor) -> torch.Tensor:
    """The tensor without what `expand` repeats."""
    for dim, (size, stride) in enumerate(zip(value.shape, value.stride(), strict=True)):
        if stride == 0 < size - 1:
            value = value.narrow(dim, 0, 1)
    return value


def _contiguous(value: torch.Tensor, most: int) -> str:
    if value.numel() <= most:
        return f"torch.tensor({_listed(value.tolist(), value.dtype)}, dtype={value.dtype})" + (
            "" if value.numel() else f".reshape({tuple(value.shape)})"
        )
    raw = value.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
    text = base64.b64encode(raw).decode()
    return (
        f'torch.frombuffer(bytearray(base64.b64decode("{text}")), dtype={value.dtype})'
        f".reshape({tuple(value.shape)})"
    )


def listed(value: torch.Tensor) -> str:
    """A tensor's numbers, as lists."""
    return _listed(value.detach().tolist(), value.dtype)


def _listed(value: Any, dtype: torch.dtype) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_listed(one, dtype) for one in value)}]"
    return _number(value, dtype) if isinstance(value, float) else repr(value)


def _number(value: float, dtype: torch.dtype = torch.float64) -> str:
    """The shortest source of a number that gives the same one in its dtype."""
    if not math.isfinite(value):
        return f'float("{value}")'
    if dtype in _PACKED:
        form, least = _PACKED[dtype]
        for digits in range(least, 10):
            text = f"{value:.{digits}g}"
            if struct.pack(form, float(text)) == struct.pack(form, value):
                return repr(float(text))
    return repr(value)


def is_written(value: Any) -> bool:
    """Whether there is source that gives a value."""
    if isinstance(value, (list, tuple)):
        return all(map(is_written, value))
    return isinstance(value, (torch.Tensor, int, float, str, type(None)))


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same to the last bit, as far as values go."""
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        one, other = one.detach(), other.detach()
        alike = (one.shape, one.dtype, one.layout) == (other.shape, other.dtype, other.layout)
        if not alike or one.layout != torch.strided:
            return False
        return bool(((one == other) | ((one != one) & (other != other))).all())
    if isinstance(one, torch.Tensor) or isinstance(other, torch.Tensor):
        return False
    if type(one) is float and type(other) is float and one != one:
        return other != other
    return type(one) is type(other) and one is not None and bool(one == other)
