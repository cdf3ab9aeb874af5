"""What a student's function promises, declared once; the battery asks all of it.

PyTorch tests its own operators so: a table of operators with sample inputs (`OpInfo`), and generic
tests over all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from autograder.checking.draw import Draw

Shape = tuple[int, ...]
Options = Mapping[str, Any]
FLOATS = (torch.float32, torch.float64)
ALL_FLOATS = (torch.float32, torch.float64, torch.float16, torch.bfloat16)
# Every number of dimensions to 6, sizes of 0 and 1, equal sizes, and more elements than a chunk of
# 4096 or a position in one byte can hold; 5003 is a prime, so every chunk leaves a tail.
SHAPES: tuple[Shape, ...] = (
    *((), (1,), (0,), (2, 0, 3)),
    *((6,), (3, 4), (4, 4), (1, 5), (5, 1), (2, 5, 4)),
    *((2, 3, 4), (3, 1, 5, 2), (2, 1, 3, 2, 2), (2, 1, 2, 3, 1, 2)),
    *((5003,), (71, 73)),
)


@dataclass(frozen=True)
class Argument:
    """A tensor that the function takes.

    Attributes:
        name: as messages name it, such as "the input".
        gradient: whether a gradient flows back to it. Where none does, none may arrive, even if the
            caller's tensor requires one.
        draw: from a draw, a shape and a dtype to ordinary values: both signs, none at a seam.
        shape: from the shape that is asked to this argument's; the same where None.
        seams: values at which the function or its derivative changes its rule; they and their
            neighbors are always asked.
    """

    name: str = "the input"
    gradient: bool = True
    draw: Callable[[Draw, Shape, torch.dtype], torch.Tensor] | None = None
    shape: Callable[[Shape], Shape] | None = None
    seams: tuple[float, ...] = ()

    def shape_for(self, shape: Shape) -> Shape:
        """This argument's shape where the first argument has this one."""
        return self.shape(shape) if self.shape else shape

    def values(self, draw: Draw, shape: Shape, dtype: torch.dtype) -> torch.Tensor:
        """Ordinary values of this argument, of exactly this shape."""
        return (self.draw or signed)(draw, shape, dtype)


@dataclass(frozen=True)
class Refusal:
    """A call that the function must refuse.

    Attributes:
        about: what is wrong with it, such as "a reduction that there is not".
        tensors, options: its arguments.
        error: the name of the error's type, or of one that it must be derived from.
    """

    about: str
    tensors: tuple[torch.Tensor, ...]
    options: Options
    error: str = "ValueError"


def no_options(draw: Draw) -> Sequence[Options]:
    """The options of a function that has none."""
    return ({},)


def no_refusals(draw: Draw) -> Sequence[Refusal]:
    """The refusals of a function that takes whatever comes."""
    return ()


@dataclass(frozen=True)
class Contract:
    """What one of the student's functions promises.

    Attributes:
        name: the function's name in the notebook.
        right: the right result, as a function of torch with the same arguments, by which the right
            gradients are found as well. It is computed in float64 and rounded to the dtype asked.
        arguments: its tensors, in their order.
        function: name of the class behind it, whose `apply` takes the same arguments; "" where the
            text promises no class of a certain name.
        part: of a function that returns several results, the number or key of the one that is
            asked; None for the result itself.
        options: from a draw to the settings of its other arguments, each of which is asked.
        by_position: pass the options by position, in their order, rather than by name.
        dtypes: asked for values, gradients, seams, and what must stay untouched.
        shapes: asked, of the first argument.
        scales: from a dtype to the magnitudes that are asked.
        elementwise: each element of the result comes from the element of the first argument in its
            place, and from no other.
        refuses: from a draw to the calls that it must refuse.
        tolerance: from a dtype to (rtol, atol); None for those of `assert_matches`.
        strict: results have the dtype of the first argument, and its precision; otherwise any
            floating dtype and float32's precision will do, so that a wrong dtype costs the points
            of the checks that are about dtypes alone.
        result: how messages name the result.
    """

    name: str
    right: Callable[..., torch.Tensor]
    arguments: tuple[Argument, ...] = (Argument(),)
    function: str = ""
    part: int | str | None = None
    options: Callable[[Draw], Sequence[Options]] = no_options
    by_position: bool = False
    dtypes: tuple[torch.dtype, ...] = FLOATS
    shapes: tuple[Shape, ...] = SHAPES
    scales: Callable[[torch.dtype], Sequence[float]] | None = None
    elementwise: bool = True
    refuses: Callable[[Draw], Sequence[Refusal]] = no_refusals
    tolerance: Callable[[torch.dtype], tuple[float, float]] | None = None
    strict: bool = True
    result: str = "the result"

    @property
    def carrying(self) -> list[int]:
        """The places of the arguments that carry a gradient."""
        return [i for i, argument in enumerate(self.arguments) if argument.gradient]

    @property
    def exact(self) -> Contract:
        """The contract with results of the first argument's dtype, to their last digits."""
        return replace(self, strict=True)

    @property
    def at_seams(self) -> int:
        """The place of the argument whose seams are asked; 0 where none has any."""
        return next((i for i, argument in enumerate(self.arguments) if argument.seams), 0)

    def magnitudes(self, dtype: torch.dtype) -> Sequence[float]:
        """The magnitudes that are asked."""
        return (self.scales or all_scales)(dtype)


def signed(draw: Draw, shape: Shape, dtype: torch.dtype) -> torch.Tensor:
    """Values between 0.2 and 3 in size; with two or more elements, of both signs."""
    signs = draw.signs(shape, torch.float64)
    if signs.numel() > 1:
        flat = signs.view(-1)
        flat[1] = -flat[0]
    return (draw.uniform(shape, 0.2, 3.0, torch.float64) * signs).to(dtype)


def all_scales(dtype: torch.dtype) -> Sequence[float]:
    """Magnitudes from nearly the smallest to nearly the largest normal number of a dtype."""
    about = torch.finfo(dtype)
    small, large = about.smallest_normal, about.max
    return (8 * small, small**0.5, 1.0, large**0.5, large / 16)


def smallest(dtype: torch.dtype) -> float:
    """The smallest positive number of a dtype, a subnormal one."""
    about = torch.finfo(dtype)
    return float(about.smallest_normal * about.eps)
