"""Notes which of PyTorch's own kernels run while the grader is calling, and spoils their results.

A kernel of ours is registered over each (`torch.library`), so every alias ends here: `F.relu`,
`nn.ReLU`, `torch._C._nn`, out= and in-place forms, a scripted module, the formulas of autograd, the
batching rules of `vmap`, sparse, mkldnn, nested and quantized tensors. An ordinary operation costs
nothing more. While the grader is calling, a function that the lab forbids returns garbage, so that
the values tell what no note need be trusted for; at all other times it is PyTorch's own.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch

# What a lab may forbid, and the kernels that compute it; in-place and out= forms are found by name.
# Functions that PyTorch composes of others are forbidden with those: relu6 is a hardtanh, selu and
# celu are an elu, rrelu outside of training a leaky_relu.
KERNELS: dict[str, tuple[str, ...]] = {
    "relu": ("relu", "_addmm_activation"),
    "threshold": ("threshold", "threshold_backward"),
    "leaky_relu": ("leaky_relu", "leaky_relu_backward"),
    "rrelu": ("rrelu_with_noise", "rrelu_with_noise_backward"),
    "prelu": ("_prelu_kernel", "_prelu_kernel_backward"),
    "elu": ("elu", "elu_backward", "celu"),
    "gelu": ("gelu", "gelu_backward"),
    "hardtanh": ("hardtanh", "hardtanh_backward"),
    "hardswish": ("hardswish",),
    "binary_cross_entropy": ("binary_cross_entropy", "binary_cross_entropy_backward"),
    "binary_cross_entropy_with_logits": ("binary_cross_entropy_with_logits",),
    "cross_entropy": ("nll_loss_forward", "nll_loss2d_forward"),
    "soft_margin_loss": ("soft_margin_loss",),
    "huber_loss": ("huber_loss", "huber_loss_backward"),
    "smooth_l1_loss": ("smooth_l1_loss", "smooth_l1_loss_backward"),
}
_KEYS = (
    *("CPU", "CUDA", "SparseCPU", "SparseCsrCPU", "MkldnnCPU", "QuantizedCPU"),
    *("NestedTensorCPU", "NestedTensorCUDA"),
)
_COMPOSITE = "CompositeExplicitAutograd"
# Fused with an activation that is named in an argument.
_FUSED = ("_linear_pointwise", "_convolution_pointwise")
GARBAGE = -7.25

Kernel = Callable[..., Any]

# PyTorch has no public name for either: which keys a function has kernels for, and a set of keys.
_has_kernel = torch._C._dispatch_has_kernel_for_dispatch_key  # noqa: SLF001
_DispatchKey, _DispatchKeySet = torch._C.DispatchKey, torch._C.DispatchKeySet  # noqa: SLF001

_forbidden: frozenset[str] = frozenset()
_calls_from_grader = False
_used: set[str] = set()
_libraries: list[torch.library.Library] = []


def install() -> None:
    """Lay the noting kernels over PyTorch's own, in this process and every one forked from it."""
    aten = torch.library.Library("aten", "IMPL")
    _libraries.append(aten)
    with warnings.catch_warnings():
        # PyTorch warns of an overridden kernel, which is the purpose.
        warnings.simplefilter("ignore")
        for function, names in KERNELS.items():
            for name in names:
                for overload in _overloads(name):
                    _lay_over(aten, function, overload)
        _watch_fused()


def forbid(functions: Iterable[str]) -> None:
    """Watch these functions, of `KERNELS`, from here on; others no longer."""
    global _forbidden
    _forbidden = frozenset(functions) & KERNELS.keys()


def _overloads(name: str) -> Iterator[str]:
    """A function's overloads, with those of its in-place form, as `torch.library` names them."""
    for one in (name, f"{name}_"):
        packet = getattr(torch.ops.aten, one, None)
        for overload in packet.overloads() if packet is not None else ():
            yield one if overload == "default" else f"{one}.{overload}"


def _lay_over(library: torch.library.Library, function: str, overload: str) -> None:
    """Lay a noting kernel over every one that an overload has.

    Raises:
        RuntimeError: one for ordinary tensors cannot be laid over, so that it would go unseen.
    """
    composite = _has_kernel(f"aten::{overload}", _COMPOSITE)
    for key in _KEYS:
        if not _has_kernel(f"aten::{overload}", key) and not (composite and key in ("CPU", "CUDA")):
            continue
        original = _original(overload, key)
        if original is not None:
            library.impl(overload, _noting(function, original), key)
        elif key == "CPU" and hasattr(torch.library, "get_kernel"):
            raise RuntimeError(f"PyTorch's kernel of `{overload}` cannot be watched")


def _original(overload: str, key: str) -> Kernel | None:
    """PyTorch's own kernel, to be called once ours lies over it; None where it cannot be had.

    Args:
        overload: of the function.
        key: the dispatch key under which it is called. One that is registered for every key is
            found under each.
    """
    if key == "MkldnnCPU":  # which Python has no name for
        return _through_dense(overload)
    if hasattr(torch.library, "get_kernel"):  # PyTorch 2.9 and later
        with contextlib.suppress(RuntimeError, ValueError):
            kernel = torch.library.get_kernel(f"aten::{overload}", key)
            keys = _DispatchKeySet(getattr(_DispatchKey, key))
            return lambda *args, **options: kernel.call_boxed(keys, *args, **options)
        return None
    return _through_out(overload) if key in ("CPU", "CUDA") else None


def _through_dense(overload: str) -> Kernel | None:
    """A function of mkldnn tensors by way of ordinary ones."""
    name, _, form = overload.partition(".")
    if form or name.endswith("_"):
        return None
    function = getattr(torch.ops.aten, name)

    def original(*args: Any, **options: Any) -> Any:
        dense = [a.to_dense() if isinstance(a, torch.Tensor) else a for a in args]
        return function(*dense, **options).to_mkldnn()

    return original


def _through_out(overload: str) -> Kernel | None:
    """For older versions: the function by way of its out= form, which then stays unwatched."""
    name, _, form = overload.partition(".")
    packet = getattr(torch.ops.aten, name.rstrip("_") if name.endswith("_") else name)
    outs = [o for o in packet.overloads() if o in ("out", "grad_input")]
    if form or not outs:
        return None
    function = getattr(packet, outs[0])
    arguments = function._schema.arguments  # noqa: SLF001 - its names have no public reader
    (argument,) = [a.name for a in arguments if a.is_out]

    def original(x: torch.Tensor, *rest: Any, **options: Any) -> Any:
        target = x if name.endswith("_") else torch.empty(0, dtype=x.dtype, device=x.device)
        return function(x, *rest, **options, **{argument: target})

    return original


def _watch_fused() -> None:
    """Matrix products that apply an activation of a given name."""
    if not torch.backends.mkldnn.is_available():
        return
    library = torch.library.Library("mkldnn", "IMPL")
    _libraries.append(library)
    for name in _FUSED:
        with contextlib.suppress(RuntimeError, AttributeError, ValueError):
            original = torch.library.get_kernel(f"mkldnn::{name}", "CPU")
            keys = _DispatchKeySet(_DispatchKey.CPU)
            library.impl(name, _noting_fused(original, keys), "CPU")


def _noting_fused(original: Any, keys: Any) -> Kernel:
    def fused(*args: Any, **options: Any) -> Any:
        named = [a for a in (*args, *options.values()) if isinstance(a, str)]
        result = original.call_boxed(keys, *args, **options)
        for function in named:
            if _calls_from_grader and function in _forbidden:
                _used.add(function)
                _spoil(result)
        return result

    return fused


def _noting(function: str, original: Kernel) -> Kernel:
    def noted(*args: Any, **options: Any) -> Any:
        result = original(*args, **options)
        if _calls_from_grader and function in _forbidden:
            _used.add(function)
            _spoil(result)
        return result

    return noted


def _spoil(result: Any) -> None:
    """Overwrite what a forbidden function returned."""
    for tensor in result if isinstance(result, (tuple, list)) else (result,):
        if isinstance(tensor, torch.Tensor) and tensor.layout == torch.strided:
            with contextlib.suppress(RuntimeError), torch.no_grad():
                tensor.fill_(GARBAGE)
        elif isinstance(tensor, torch.Tensor):
            with contextlib.suppress(RuntimeError), torch.no_grad():
                tensor.mul_(0)


@contextlib.contextmanager
def noting() -> Iterator[None]:
    """While this is open, use of a forbidden function counts as use during the grader's call."""
    global _calls_from_grader
    _calls_from_grader = True
    try:
        yield
    finally:
        _calls_from_grader = False


def take_used() -> set[str]:
    """What was noted since this was asked the last time."""
    taken = set(_used)
    _used.clear()
    return taken
