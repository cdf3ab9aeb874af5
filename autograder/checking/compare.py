"""The one comparison of tensors: exact shape, exact dtype, finite, then values.

And `gradcheck` in a student's words.

`torch.allclose` broadcasts and accepts empty tensors; `difference > tolerance` is false for NaN.
Neither decides a point here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.autograd.gradcheck import GradcheckError

# Tolerances as torch.testing.assert_close has them
# (https://docs.pytorch.org/docs/stable/testing.html).
_TOLERANCES = {
    torch.float16: (1e-3, 1e-5),
    torch.bfloat16: (1.6e-2, 1e-5),
    torch.float32: (1.3e-6, 1e-5),
    torch.float64: (1e-7, 1e-7),
    torch.complex64: (1.3e-6, 1e-5),
    torch.complex128: (1e-7, 1e-7),
}
SHOWN = 3


class Mismatch(AssertionError):
    """What came back is not what was expected.

    Attributes:
        hint: the sentence for a student, without any hidden input or expected value.
        detail: the same with values, for whoever may see them.
    """

    def __init__(self, hint: str, detail: str = "") -> None:
        super().__init__(f"{hint}: {detail}" if detail else hint)
        self.hint, self.detail = hint, detail


def assert_matches(
    actual: Any,
    expected: torch.Tensor,
    what: str = "the result",
    *,
    rtol: float | None = None,
    atol: float | None = None,
) -> None:
    """Compare what a student's code returned with what it should be.

    Args:
        actual: what came back; anything but a tensor is a mismatch.
        expected: the right tensor, finite.
        what: how a student would name it, such as "the gradient".
        rtol, atol: tolerances; those of `torch.testing.assert_close` for the dtype otherwise, and 0
            for integers and booleans.

    Raises:
        Mismatch: any difference in type, shape, dtype, device, finiteness or value.
    """
    if not isinstance(actual, torch.Tensor):
        raise Mismatch(f"{what} should be a tensor, got {_kind(actual)}")
    if actual.shape != expected.shape:
        raise Mismatch(f"{what} has shape {_shape(actual)}, expected {_shape(expected)}")
    if actual.dtype != expected.dtype:
        raise Mismatch(f"{what} has dtype {_dtype(actual)}, expected {_dtype(expected)}")
    if actual.device.type != expected.device.type:
        raise Mismatch(f"{what} lies on `{actual.device.type}`, expected `{expected.device.type}`")
    actual, expected = actual.detach(), expected.detach()
    if torch.equal(actual, expected):
        return  # the usual case, at a tenth of the cost
    inexact = expected.is_floating_point() or expected.is_complex()
    if inexact and not bool(torch.isfinite(actual).all()):
        raise Mismatch(
            f"{what} contains NaN or infinity in "
            f"{int((~torch.isfinite(actual)).sum())} of {actual.numel()} elements"
        )
    default_rtol, default_atol = tolerances(expected.dtype)
    close = torch.isclose(
        actual,
        expected,
        rtol=default_rtol if rtol is None else rtol,
        atol=default_atol if atol is None else atol,
    )
    wrong = int((~close).sum())
    if wrong:
        raise Mismatch(
            f"{what} is wrong in {wrong} of {actual.numel()} elements",
            _first(actual, expected, ~close),
        )


def tolerances(dtype: torch.dtype) -> tuple[float, float]:
    """The relative and the absolute tolerance of a dtype; 0 for integers and booleans."""
    return _TOLERANCES.get(dtype, (0.0, 0.0))


def assert_gradcheck(
    function: Callable[..., Any], inputs: Sequence[torch.Tensor], *, second: bool = False
) -> None:
    """Compare the student's backward with finite differences of the student's forward, in double
    precision.

    Args:
        function: from tensors to a tensor.
        inputs: tensors of dtype float64 that require a gradient, away from kinks.
        second: check second derivatives (`gradgradcheck`) instead.

    Raises:
        Mismatch: they differ.
    """
    run = torch.autograd.gradgradcheck if second else torch.autograd.gradcheck
    try:
        run(function, tuple(inputs), eps=1e-6, atol=1e-5, rtol=1e-3)
    except GradcheckError as error:
        which = "second derivatives" if second else "the gradient"
        raise Mismatch(
            f"{which} of `backward` and the slope measured by finite differences disagree",
            str(error),
        ) from None


def _first(actual: torch.Tensor, expected: torch.Tensor, wrong: torch.Tensor) -> str:
    places = wrong.nonzero()[:SHOWN]
    shown = []
    for place in places:
        index = tuple(place.tolist())
        shown.append(
            f"at {list(index)} got {actual[index].item():.6g}, expected "
            f"{expected[index].item():.6g}"
        )
    return "; ".join(shown)


def _kind(value: Any) -> str:
    return "None: is a `return` missing?" if value is None else f"{type(value).__name__}"


def _shape(tensor: torch.Tensor) -> str:
    return str(tuple(tensor.shape))


def _dtype(tensor: torch.Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")
