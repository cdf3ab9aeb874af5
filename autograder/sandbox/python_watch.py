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
# folder. Behind a colon stands the one function that counts.
FILES: dict[str, tuple[str, ...]] = {
    "torch": ("",),
    "torch.autograd": (
        *("_tensor.py:backward", "autograd/__init__.py", "autograd/functional.py"),
        *("autograd/graph.py:_engine_run_backward", "autograd/forward_ad.py"),
        *("autograd/gradcheck.py", "_functorch/eager_transforms.py", "func/"),
    ),
    "torch.optim": ("optim/",),
    "torch.nn.utils": ("nn/utils/clip_grad.py",),
}
# Calls into C that have no Python function of their own above them.
BUILTINS: dict[str, frozenset[str]] = {
    "torch.autograd": frozenset({"run_backward", "_make_dual", "_grad_increment_nesting"}),
}
# PyTorch's own implementations in Python of what it has kernels for, and its functions above them:
# `vmap` takes some apart before any kernel is called. Honest code meets them, too, with tensors
# that hold no values; so only functions of forbidden names count there.
REFERENCES = ("_refs/", "_decomp/", "_inductor/", "_dynamo/", "nn/functional.py")
# A call that would end the watch.
_BLINDS = frozenset({"setprofile", "_setprofile", "settrace"})
_MIN_CODE = 60  # bytes: shorter code is nobody's in particular
_MAX_KNOWN = 10_000

_prefixes: dict[str, tuple[str, ...]] = {}
_builtins: dict[str, str] = {}
_functions: dict[tuple[str, str], str] = {}
_references: tuple[str, ...] = tuple(f"{_TORCH}/{folder}" for folder in REFERENCES)
_names: frozenset[str] = frozenset()
_copies: dict[bytes, str] = {}
# By the code's id, which stays its own as long as the code is kept here.
_known: dict[int, tuple[CodeType, tuple[str, ...]]] = {}
_used: set[str] = set()


def forbid(functions: Iterable[str]) -> None:
    """Watch these from here on, and others no longer.

    Args:
        functions: names of `FILES`, and of functions whose reference implementations count.
    """
    global _names
    _names = frozenset(name for name in functions if "." not in name)
    _prefixes.clear()
    _builtins.clear()
    _functions.clear()
    _copies.clear()
    _known.clear()
    for name in functions:
        if name in FILES:
            whole = [file for file in FILES[name] if ":" not in file]
            _prefixes[name] = tuple(f"{_TORCH}/{file}" for file in whole)
            for file in FILES[name]:
                path, colon, function = file.partition(":")
                if colon:
                    _functions[f"{_TORCH}/{path}", function] = name
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
    if not (_prefixes or _names):
        yield
        return
    threading.setprofile(_look)
    sys.setprofile(_look)
    try:
        yield
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def _look(frame: FrameType, event: str, argument: Any) -> None:
    if event == "call":
        code = frame.f_code
        known = _known.get(id(code))
        names = _remember(code) if known is None else known[1]
        if names:
            _used.update(names)
    elif event == "c_call":
        name = getattr(argument, "__name__", "")
        if name in _builtins:
            _used.add(_builtins[name])
        elif name in _names or (name[-1:] == "_" and name[:-1] in _names):
            _used.add(name.removesuffix("_"))
        elif name in _BLINDS and frame.f_code.co_filename != __file__:
            _used.update(_prefixes or _names)


def _remember(code: CodeType) -> tuple[str, ...]:
    """What a function counts as, found out once: an answer calls the same ones again and again."""
    if len(_known) >= _MAX_KNOWN:  # code that makes code
        _known.clear()
    names = tuple(_counts_as(code))
    _known[id(code)] = (code, names)
    return names


def _counts_as(code: CodeType) -> Iterator[str]:
    """The forbidden functions that a function is, by its file, its name, or its code."""
    for name, prefixes in _prefixes.items():
        if code.co_filename.startswith(prefixes):
            yield name
    if (code.co_filename, code.co_name) in _functions:
        yield _functions[code.co_filename, code.co_name]
    if code.co_filename.startswith(_references):
        name = code.co_name.strip("_").removesuffix("_backward")
        if name in _names:
            yield name
    if len(code.co_code) >= _MIN_CODE and code.co_code in _copies:
        yield _copies[code.co_code]


def take_used() -> set[str]:
    """What was noted since this was asked the last time."""
    taken = set(_used)
    _used.clear()
    return taken
