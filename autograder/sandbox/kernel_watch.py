"""Notes which of PyTorch's own activation kernels run while the grader is calling.

A kernel of ours is registered over each (`torch.library`), so every alias ends here: `F.relu`,
`nn.ReLU`, `torch._C._nn`, a scripted module, the formulas of autograd. An ordinary operation costs
nothing more. What is noted is evidence from the student's own process: it can warn, and it can take
points away, but it never earns any.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import torch

_calls_from_grader = False
_used: set[str] = set()
_library: torch.library.Library | None = None


Kernel = Callable[..., Any]


def _threshold(x: torch.Tensor, threshold: Any, value: Any) -> torch.Tensor:
    return torch.where(x <= threshold, torch.full_like(x, value), x)


def _threshold_backward(grad: torch.Tensor, x: torch.Tensor, threshold: Any) -> torch.Tensor:
    return torch.where(x <= threshold, torch.zeros_like(grad), grad)


def _bce_with_logits(
    x: torch.Tensor,
    target: torch.Tensor,
    weight: torch.Tensor | None = None,
    pos_weight: torch.Tensor | None = None,
    reduction: int = 1,
) -> torch.Tensor:
    scale = 1 if pos_weight is None else 1 + (pos_weight - 1) * target
    loss = (1 - target) * x + scale * (torch.log1p(torch.exp(-x.abs())) + (-x).clamp_min(0))
    loss = loss if weight is None else loss * weight
    return loss.mean() if reduction == 1 else loss.sum() if reduction == 2 else loss


# Where PyTorch registers a kernel for the out= form, ours calls that; these have no such form that
# is not the function itself.
_FORMULAS: dict[str, Kernel] = {
    "relu": lambda x: torch.clamp_min(x, 0),
    "relu_": lambda x: x.clamp_min_(0),
    "threshold": _threshold,
    "threshold_": lambda x, threshold, value: x.copy_(_threshold(x, threshold, value)),
    "threshold.out": lambda x, threshold, value, *, out: out.copy_(_threshold(x, threshold, value)),
    "threshold_backward": _threshold_backward,
    "threshold_backward.grad_input": lambda g, x, t, *, grad_input: grad_input.copy_(
        _threshold_backward(g, x, t)
    ),
    "_prelu_kernel": lambda x, weight: torch.where(x > 0, x, weight * x),
    "_prelu_kernel_backward": lambda g, x, w: (
        torch.where(x > 0, g, w * g),
        torch.where(x > 0, torch.zeros_like(g), x * g),
    ),
    "binary_cross_entropy_with_logits": _bce_with_logits,
}
_THROUGH_OUT = (
    *("leaky_relu", "leaky_relu_backward", "elu", "elu_backward", "gelu", "gelu_backward"),
    *(
        "hardtanh",
        "hardtanh_backward",
        "huber_loss",
        "huber_loss_backward",
        "smooth_l1_loss",
        "smooth_l1_loss_backward",
    ),
)
_IN_PLACE_THROUGH_OUT = ("leaky_relu_", "elu_", "hardtanh_", "gelu_")


def _original(name: str) -> Kernel:
    """PyTorch's own kernel of the function `name`, reached through its out= form."""
    operator = getattr(torch.ops.aten, name)
    function = operator.out if "out" in operator.overloads() else operator.grad_input
    (argument,) = [a.name for a in function._schema.arguments if a.is_out]

    def original(x: torch.Tensor, *rest: Any, **options: Any) -> torch.Tensor:
        result: torch.Tensor = function(
            x, *rest, **options, **{argument: torch.empty(0, dtype=x.dtype, device=x.device)}
        )
        return result

    return original


def _original_in_place(name: str) -> Kernel:
    function = getattr(torch.ops.aten, name.removesuffix("_")).out
    return lambda x, *rest, **options: function(x, *rest, **options, out=x)


def _kernels() -> dict[str, Kernel]:
    return {
        **_FORMULAS,
        **{name: _original(name) for name in _THROUGH_OUT},
        **{name: _original_in_place(name) for name in _IN_PLACE_THROUGH_OUT},
    }


def install() -> None:
    """Lay the noting kernels over PyTorch's own, in this process and every one forked from it."""
    global _library
    _library = torch.library.Library("aten", "IMPL")
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # PyTorch warns of an overridden kernel: that is the purpose
        for name, kernel in _kernels().items():
            for key in ("CPU", "CUDA"):
                _library.impl(name, _noting(name, kernel), key)


def _noting(name: str, kernel: Kernel) -> Kernel:
    function = name.partition(".")[0].rstrip("_")

    def noted(*args: Any, **options: Any) -> Any:
        if _calls_from_grader:
            _used.add(function)
        return kernel(*args, **options)

    return noted


@contextlib.contextmanager
def noting() -> Iterator[None]:
    """While this is open, use of a watched kernel counts as use during the grader's call."""
    global _calls_from_grader
    _calls_from_grader = True
    try:
        yield
    finally:
        _calls_from_grader = False


def used() -> list[str]:
    """The watched kernels used so far during the grader's calls."""
    return sorted(_used)
