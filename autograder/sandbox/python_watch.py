"""Notes which of PyTorch's Python functions run while the grader is calling, in every thread.

For what has no kernel of its own: clipping, optimizers, autograd and `torch.func`, PyTorch's
reference implementations. A profiler (`sys.setprofile`) sees each call; a function is recognized by
its file, and a copied one by its code. What is noted is evidence from the student's own process: it
can take points away, and never earns any.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import torch

_TORCH = str(Path(torch.__file__).parent)
# What a lab may forbid: files of PyTorch's, below its own folder, where a name ending in / is a
# folder; and functions of its C library by name.
FILES: dict[str, tuple[str, ...]] = {
    "torch": ("",),
    "torch.autograd": (
        *("_tensor.py", "autograd/__init__.py", "autograd/functional.py", "autograd/graph.py"),
        *("autograd/forward_ad.py", "autograd/gradcheck.py", "_functorch/", "func/"),
    ),
    "torch.optim": ("optim/",),
    "torch.nn.utils.clip_grad": ("nn/utils/clip_grad.py",),
    "torch._refs": ("_refs/", "_decomp/", "_prims/"),
}
# Calls into C that have no Python function of their own above them.
BUILTINS: dict[str, frozenset[str]] = {
    "torch.autograd": frozenset({"run_backward", "_make_dual", "_grad_increment_nesting"}),
    "torch": frozenset(),
}
_INNOCENT = frozenset({"__del__", "__hash__", "_is_compiling", "__torch_function__"})
_MIN_CODE = 60  # bytes: shorter code is nobody's in particular

_prefixes: dict[str, tuple[str, ...]] = {}
_builtins: dict[str, str] = {}
_copies: dict[bytes, str] = {}
_used: set[str] = set()


def forbid(functions: Iterable[str]) -> None:
    """Watch these, of `FILES`, from here on; others no longer."""
    _prefixes.clear()
    _builtins.clear()
    _copies.clear()
    for name in functions:
        if name in FILES:
            _prefixes[name] = tuple(f"{_TORCH}/{file}" for file in FILES[name])
            _builtins.update(dict.fromkeys(BUILTINS.get(name, ()), name))
            if name != "torch":
                _copies.update((code, name) for code in _codes(_prefixes[name]))


def _codes(prefixes: tuple[str, ...]) -> Iterator[bytes]:
    """The byte code of the functions of modules that lie in these files."""
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None) or ""
        if file.startswith(prefixes):
            for value in list(vars(module).values()):
                code = getattr(getattr(value, "__wrapped__", value), "__code__", None)
                if isinstance(code, CodeType) and len(code.co_code) >= _MIN_CODE:
                    yield code.co_code


@contextmanager
def noting() -> Iterator[None]:
    """While this is open, calls are looked at; at no cost where nothing is forbidden."""
    if not _prefixes:
        yield
        return
    threading.setprofile(_look)
    sys.setprofile(_look)
    try:
        yield
    finally:
        if sys.getprofile() is not _look:
            _used.update(_prefixes)  # somebody took the profiler away, which no honest answer does
        sys.setprofile(None)
        threading.setprofile(None)


def _look(frame: FrameType, event: str, argument: Any) -> None:
    if event == "call":
        code = frame.f_code
        if code.co_name not in _INNOCENT:
            for name, prefixes in _prefixes.items():
                if code.co_filename.startswith(prefixes):
                    _used.add(name)
            if len(code.co_code) >= _MIN_CODE and code.co_code in _copies:
                _used.add(_copies[code.co_code])
    elif event == "c_call" and _builtins:
        name = getattr(argument, "__name__", "")
        if name in _builtins:
            _used.add(_builtins[name])


def used() -> set[str]:
    """What was noted so far."""
    return _used
