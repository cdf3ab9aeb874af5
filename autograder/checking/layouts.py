"""Memory layouts: how a tensor of some shape can lie in memory, as views of a contiguous one.

A layout is written as methods and their arguments, so that the grader and the student's process
make the same view of the same numbers, and gradients are asked of the contiguous tensor behind it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

Shape = tuple[int, ...]
View = tuple[str, tuple[Any, ...]]
_ALL = slice(None)


@dataclass(frozen=True)
class Layout:
    """A way in which a tensor can lie in memory.

    Attributes:
        name: as messages name it, such as "transposed".
        base: from the tensor's shape to that of the contiguous tensor behind it.
        views: from the tensor's shape to the methods that make the view, with their arguments.
        dims: the numbers of dimensions that it is for, least and most.
    """

    name: str
    base: Callable[[Shape], Shape]
    views: Callable[[Shape], list[View]]
    dims: tuple[int, int] = (1, 6)

    def lay(self, base: torch.Tensor, shape: Shape) -> torch.Tensor:
        """The view of this shape of a contiguous tensor."""
        for method, arguments in self.views(shape):
            base = getattr(base, method)(*arguments)
        return base

    def fits(self, shape: Shape) -> bool:
        """Whether a tensor of this shape can lie so."""
        return self.dims[0] <= len(shape) <= self.dims[1]


def _swapped(shape: Shape) -> Shape:
    return (*shape[:-2], shape[-1], shape[-2])


CONTIGUOUS = Layout("contiguous", lambda shape: shape, lambda _: [], (0, 16))
TRANSPOSED = Layout("transposed", _swapped, lambda _: [("transpose", (-2, -1))], (2, 6))
FIRST_MOVED_LAST = Layout(
    "permuted",
    lambda shape: (shape[-1], *shape[:-1]),
    lambda shape: [("permute", (*range(1, len(shape)), 0))],
    (3, 6),
)
CHANNELS_LAST = Layout(
    "channels-last",
    lambda shape: (shape[0], *shape[2:], shape[1]),
    lambda shape: [("permute", (0, len(shape) - 1, *range(1, len(shape) - 1)))],
    (4, 5),
)
SLICED = Layout(
    "sliced",
    lambda shape: (*shape[:-1], 2 * shape[-1]),
    lambda shape: [("__getitem__", ((*[_ALL] * (len(shape) - 1), slice(None, None, 2)),))],
)
OFFSET = Layout(
    "cut out of a longer one",  # with a storage offset
    lambda shape: (math.prod(shape) + 3,),
    lambda shape: [("narrow", (0, 3, math.prod(shape))), ("view", shape)],
    (0, 6),
)
EXPANDED = Layout("expanded", lambda shape: (*shape[:-1], 1), lambda shape: [("expand", (*shape,))])
EXPANDED_ROWS = Layout(
    "expanded", lambda shape: (1, *shape[1:]), lambda shape: [("expand", (*shape,))], (2, 6)
)
EXPANDED_WHOLE = Layout(  # what the gradient of a sum is: one number, shown everywhere
    "expanded", lambda _: (), lambda shape: [("expand", (*shape,))]
)
LAYOUTS = (
    TRANSPOSED,
    FIRST_MOVED_LAST,
    CHANNELS_LAST,
    SLICED,
    OFFSET,
    EXPANDED,
    EXPANDED_ROWS,
)
