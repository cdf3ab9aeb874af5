"""The one comparison that decides points."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from autograder.checking.compare import Mismatch, assert_gradcheck, assert_matches

NAN = float("nan")


@pytest.mark.parametrize(
    ("actual", "expected", "said"),
    [
        (torch.empty(0), torch.ones(1), "shape (0,), expected (1,)"),
        (torch.ones(1), torch.ones(3), "shape (1,), expected (3,)"),
        (torch.ones(3, 1), torch.ones(1, 3), "shape"),
        (torch.ones(2, dtype=torch.float64), torch.ones(2), "dtype float64, expected float32"),
        (torch.ones(2, dtype=torch.bool), torch.ones(2), "dtype bool"),
        (torch.tensor([NAN, 1.0]), torch.ones(2), "NaN or infinity in 1 of 2"),
        (torch.tensor([float("inf")]), torch.ones(1), "NaN or infinity"),
        (torch.tensor([1.0, 2.1]), torch.tensor([1.0, 2.0]), "wrong in 1 of 2 elements"),
        (torch.zeros(2), torch.tensor([0.0, 1e-4]), "wrong in 1 of 2"),
        (None, torch.ones(1), "None: is a `return` missing?"),
        (1.0, torch.ones(()), "got float"),
        ([1.0], torch.ones(1), "got list"),
    ],
)
def test_differences_are_named(actual: Any, expected: torch.Tensor, said: str) -> None:
    """Type, shape, dtype, finiteness and values each have their sentence; what `allclose` lets
    through is caught.
    """
    with pytest.raises(Mismatch) as caught:
        assert_matches(actual, expected, "the result")

    assert said in str(caught.value)


def test_equal_tensors_pass() -> None:
    """Equal tensors of every kind pass, the empty one too."""
    for dtype in (
        torch.float16,
        torch.bfloat16,
        torch.float32,
        torch.float64,
        torch.int64,
        torch.bool,
    ):
        for shape in ((), (0,), (2, 3)):
            assert_matches(torch.ones(shape).to(dtype), torch.ones(shape).to(dtype))


def test_the_hint_holds_no_value() -> None:
    """What a student reads names no element; the detail does."""
    with pytest.raises(Mismatch) as caught:
        assert_matches(torch.tensor([1.25, 7.75]), torch.tensor([1.25, 8.5]), "the gradient")

    assert caught.value.hint == "the gradient is wrong in 1 of 2 elements"
    assert caught.value.detail == "at [1] got 7.75, expected 8.5"


def test_gradcheck_speaks_a_students_language() -> None:
    """A backward that disagrees with its forward is a mismatch, a right one is not."""

    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(_ctx: Any, x: torch.Tensor) -> torch.Tensor:
            return 2 * x

        @staticmethod
        def backward(_ctx: Any, grad: torch.Tensor) -> torch.Tensor:
            return 3 * grad

    x = torch.ones(3, dtype=torch.double, requires_grad=True)
    assert_gradcheck(lambda t: t * t, [x])
    with pytest.raises(Mismatch, match="finite differences disagree"):
        assert_gradcheck(Wrong.apply, [x])
