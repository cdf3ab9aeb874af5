"""Inputs of checks, drawn from a seed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import torch


class Draw:
    """Inputs from a seed: the same for the same seed and check, whatever ran before.

    Args:
        seed: the run's seed.
        purpose: what the inputs are for: the check's full name.
    """

    def __init__(self, seed: int, purpose: str) -> None:
        digest = hashlib.sha256(f"{seed}/{purpose}".encode()).digest()
        self._generator = torch.Generator().manual_seed(int.from_bytes(digest[:7], "little"))

    def integer(self, low: int, high: int) -> int:
        """A whole number with low <= n <= high."""
        return int(torch.randint(low, high + 1, (), generator=self._generator))

    def number(self, low: float, high: float) -> float:
        """A number between low and high."""
        return low + (high - low) * float(
            torch.rand((), generator=self._generator, dtype=torch.float64)
        )

    def shape(self, dims: int, low: int = 2, high: int = 7) -> tuple[int, ...]:
        """`dims` sizes that all differ, so that a transposed or square mistake cannot hide."""
        sizes = torch.randperm(high - low + 1, generator=self._generator)[:dims] + low
        if len(sizes) < dims:
            raise ValueError(f"{dims} different sizes do not lie between {low} and {high}")
        return tuple(int(size) for size in sizes)

    def normal(
        self,
        shape: Sequence[int],
        dtype: torch.dtype = torch.float32,
        *,
        requires_grad: bool = False,
        scale: float = 1.0,
    ) -> torch.Tensor:
        """Normally distributed values of the given shape; about half are negative, none is exactly
        0.
        """
        values = torch.randn(tuple(shape), generator=self._generator, dtype=torch.float64) * scale
        return values.to(dtype).requires_grad_(requires_grad)

    def uniform(
        self, shape: Sequence[int], low: float, high: float, dtype: torch.dtype = torch.float32
    ) -> torch.Tensor:
        """Values spread evenly between low and high."""
        return (
            low
            + (high - low)
            * torch.rand(tuple(shape), generator=self._generator, dtype=torch.float64)
        ).to(dtype)

    def off_zero(
        self, shape: Sequence[int], margin: float = 0.1, *, requires_grad: bool = True
    ) -> torch.Tensor:
        """float64 values at least `margin` from 0, of both signs where there are two or more: for
        finite differences at a kink.
        """
        values = self.normal(shape, torch.float64)
        values = values + margin * torch.where(values >= 0, 1.0, -1.0)
        flat = values.view(-1)
        if flat.numel() >= 2:
            flat[0], flat[1] = flat[0].abs(), -flat[1].abs()
        return values.requires_grad_(requires_grad)

    def pair(
        self, shape: Sequence[int], dtype: torch.dtype = torch.float32
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """An input that requires a gradient and an upstream gradient for it, none near 0 and the
        upstream past 1 in size.

        With four or more elements, all four combinations of their signs are there.
        """
        x, upstream = (
            self.uniform(shape, 0.2, 3, torch.float64),
            self.uniform(shape, 1.5, 3, torch.float64),
        )
        x, upstream = (
            x * self.signs(shape, torch.float64),
            upstream * self.signs(shape, torch.float64),
        )
        if x.numel() >= 4:
            places = self.order(x.numel())[:4]
            x.view(-1)[places] = x.view(-1)[places].abs() * torch.tensor(
                [1.0, 1.0, -1.0, -1.0], dtype=torch.float64
            )
            upstream.view(-1)[places] = upstream.view(-1)[places].abs() * torch.tensor(
                [1.0, -1.0, 1.0, -1.0], dtype=torch.float64
            )
        return x.to(dtype).requires_grad_(), upstream.to(dtype)

    def signs(self, shape: Sequence[int], dtype: torch.dtype = torch.float32) -> torch.Tensor:
        """Values -1 and 1."""
        return (torch.randint(0, 2, tuple(shape), generator=self._generator) * 2 - 1).to(dtype)

    def order(self, count: int) -> torch.Tensor:
        """The numbers 0 to count - 1, shuffled; int64."""
        return torch.randperm(count, generator=self._generator)

    def choice(self, options: Sequence[Any]) -> Any:
        """One of the options."""
        return options[self.integer(0, len(options) - 1)]
