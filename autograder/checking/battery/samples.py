"""Samples that several families ask."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import torch

from autograder.checking.contract import Contract, Options, Shape, smallest
from autograder.checking.draw import Draw
from autograder.checking.layouts import (
    CONTIGUOUS,
    FIRST_MOVED_LAST,
    SLICED,
    TRANSPOSED,
    Layout,
)
from autograder.checking.question import Sample, sample, sample_of

# What is special about them, and the arguments, in float64.
Given = Sequence[tuple[str, tuple[torch.Tensor, ...]]]
# Where answers have been seen to take another way: a number, a row, more dimensions, and more
# elements than a chunk of 4096 holds.
LARGE: Shape = (71, 73)
ODD_SHAPES: tuple[Shape, ...] = ((), (5,), (2, 3, 4), LARGE)


def options_of(contract: Contract, draw: Draw) -> Options:
    """The first of the function's settings."""
    return contract.options(draw)[0]


def dtype_name(dtype: torch.dtype) -> str:
    """Such as `float16`."""
    return str(dtype).removeprefix("torch.")


def far(dtype: torch.dtype) -> float:
    """About the root of the largest number; a power of 2, so that scaling by it rounds nothing."""
    return float(2.0 ** int(math.log2(torch.finfo(dtype).max) / 2))


def plain_shape(draw: Draw, contract: Contract) -> Shape:
    """A small matrix's shape; drawn, so that an answer for known shapes alone gets nothing. The
    function's first one where it takes no matrix.
    """
    takes_matrices = any(len(shape) == 2 for shape in contract.shapes)
    return draw.shape(2, 4, 8) if takes_matrices else contract.shapes[0]


def plain(contract: Contract, draw: Draw, dtype: torch.dtype | None = None) -> Sample:
    """The plainest sample: a small contiguous matrix."""
    shape = plain_shape(draw, contract)
    return sample(contract, draw, shape, dtype or contract.dtypes[0], options_of(contract, draw))


def each_dtype(draw: Draw, contract: Contract) -> list[Sample]:
    """The plainest sample in each dtype, and in each of the other settings."""
    first, *others = contract.options(draw)  # once, so that all dtypes meet the same numbers
    made = [
        sample(
            contract,
            draw,
            plain_shape(draw, contract),
            dtype,
            first,
            about=f"for {dtype_name(dtype)}",
        )
        for dtype in contract.dtypes
    ]
    made += [
        sample(contract, draw, plain_shape(draw, contract), contract.dtypes[0], options)
        for options in others
    ]
    return made


def each_shape(draw: Draw, contract: Contract, shapes: Sequence[Shape] = ()) -> list[Sample]:
    """A sample of each of the shapes; of the contract's, and a large one in each of the other
    settings, where none are given.
    """
    first, *others = contract.options(draw)
    asked = [(shape, first) for shape in shapes or contract.shapes]
    if not shapes and LARGE in contract.shapes:
        asked += [(LARGE, options) for options in others]
    return [
        sample(contract, draw, shape, contract.dtypes[0], options, about=f"for the shape {shape}")
        for shape, options in asked
    ]


def odd_shapes(contract: Contract) -> list[Shape]:
    """Those of `ODD_SHAPES` that the function is for."""
    dims = {len(shape) for shape in contract.shapes}
    return [shape for shape in ODD_SHAPES if len(shape) in dims]


def each_magnitude(draw: Draw, contract: Contract) -> list[Sample]:
    """Samples whose first argument is nearly as small and as large as a dtype goes."""
    made = []
    for dtype in contract.dtypes:
        for scale in contract.magnitudes(dtype):
            one = plain(contract, draw, dtype)
            first, *others = one.bases
            bases = ((first.double() * scale).to(dtype), *others)
            about = f"for {dtype_name(dtype)} near {scale:.1g}"
            made.append(replace(one, bases=bases, about=about))
    return made


def each_given(draw: Draw, contract: Contract, given: Given) -> list[Sample]:
    """Samples of the given arguments, in each dtype and setting."""
    return [
        sample_of(contract, draw, [tensor.to(dtype) for tensor in tensors], options, about)
        for about, tensors in given
        for dtype in contract.dtypes
        for options in contract.options(draw)
    ]


def each_seam(draw: Draw, contract: Contract) -> list[Sample]:
    """The seams of an argument with their nearest neighbors, for an upstream gradient of
    each sign: in each dtype and setting, several layouts and numbers of dimensions.
    """
    place = contract.at_seams
    seams = contract.arguments[place].seams
    dims = {len(shape) for shape in contract.shapes}
    row: Shape = (6 * len(seams),)  # a seam, its neighbors below and above, for both signs
    options, dtype = options_of(contract, draw), contract.dtypes[0]
    made = [
        _at_seams(draw, contract, row if 1 in dims else (*row, 2), one, settings)
        for one in contract.dtypes
        for settings in contract.options(draw)
    ]
    laid: tuple[tuple[Layout, Shape], ...] = (
        (TRANSPOSED, (*row, 2)),
        (SLICED, row),
        (FIRST_MOVED_LAST, (2, *row, 2)),
        (CONTIGUOUS, (2, 2, *row)),
        (CONTIGUOUS, (71, 73)),
    )
    for layout, shape in laid:
        if len(shape) in dims:
            made.append(_at_seams(draw, contract, shape, dtype, options, layout))
    if 0 in dims:
        for seam in _distinct(seams):
            for sign in (-1.0, 1.0):
                one = sample(contract, draw, (), dtype, options, about=_at(seams))
                bases = list(one.bases)
                bases[place] = torch.tensor(seam, dtype=dtype)
                upstream = torch.tensor(1.5 * sign, dtype=dtype)
                made.append(replace(one, bases=tuple(bases), upstream=upstream))
    return made


def _at_seams(
    draw: Draw,
    contract: Contract,
    shape: Shape,
    dtype: torch.dtype,
    options: Options,
    layout: Layout = CONTIGUOUS,
) -> Sample:
    seams = contract.arguments[contract.at_seams].seams
    one = sample(contract, draw, shape, dtype, options, layout, about=_at(seams))
    bases = list(one.bases)
    values = _with_neighbors(seams, dtype)
    place = torch.arange(bases[contract.at_seams].numel()).view(bases[contract.at_seams].shape)
    bases[contract.at_seams] = values[place % len(values)]
    upstream = one.upstream
    if contract.elementwise:
        signs = layout.lay(1 - 2 * (place // len(values) % 2), shape)
        upstream = upstream.abs() * signs
    return replace(one, bases=tuple(bases), upstream=upstream)


def _with_neighbors(seams: Sequence[float], dtype: torch.dtype) -> torch.Tensor:
    """Each seam, with the nearest numbers below and above it."""
    values: list[torch.Tensor] = []
    for seam in seams:
        at = torch.tensor(seam, dtype=dtype)
        if seam == 0:
            below, above = (
                torch.tensor(4 * side * smallest(dtype), dtype=dtype) for side in (-1, 1)
            )
        else:
            step = torch.finfo(dtype).eps * 2 ** math.floor(math.log2(abs(seam)))
            below, above = at - step, at + step
        values += [below, above, at]
    return torch.stack(values)


def _distinct(seams: Sequence[float]) -> list[float]:
    return list(dict.fromkeys(seams))  # 0.0 and -0.0 are one


def _at(seams: Sequence[float]) -> str:
    sizes = dict.fromkeys(abs(seam) for seam in seams)
    return f"where an input is exactly {' or '.join(f'{size:g}' for size in sizes)}"
