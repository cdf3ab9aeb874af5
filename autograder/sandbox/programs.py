"""Runs programs in the student's process: many calls, and what is asked of their results, in one
request.

A program is a list of steps `[operation, *arguments]`; an argument `{"$": i}` stands for the result
of step i. An error ends its program, not the others. What is said here is the student's claim, as
everything from this process is; what is read comes as values, which the grader judges.
"""

from __future__ import annotations

import ctypes
import operator
from collections.abc import Callable, Sequence
from typing import Any

import torch

from autograder.sandbox import graphs, watch

# Taken before any of the student's cells runs: an answer that replaces `Tensor.detach` to hide what
# it has overwritten changes nothing here.
_clone, _detach, _grad = torch.Tensor.clone, torch.Tensor.detach, torch.autograd.grad
_stack = torch.stack


class _MallInfo2(ctypes.Structure):
    """What glibc 2.33 and later say of the memory that `malloc` gave; see mallinfo(3)."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks"),
            *("uordblks", "fordblks", "keepcost"),
        )
    ]


_mallinfo2 = getattr(ctypes.CDLL(None), "mallinfo2", None)
if _mallinfo2 is not None:
    _mallinfo2.restype = _MallInfo2

Step = Sequence[Any]
Named = Callable[[str], Any]
Described = Callable[[BaseException], dict[str, Any]]


class Programs:
    """Runs programs.

    Args:
        named: from a name of the notebook's, dotted or not, to what it stands for.
        described: from an error to its description in data.
    """

    def __init__(self, named: Named, described: Described) -> None:
        self._named, self._described = named, described

    def run(self, programs: Sequence[Sequence[Step]]) -> list[list[Any]]:
        """For each program, what its `read` steps read, and the error that ended it or None."""
        return [self._run(steps) for steps in programs]

    def _run(self, steps: Sequence[Step]) -> list[Any]:
        done: list[Any] = []
        read: list[Any] = []
        try:
            for name, *arguments in steps:
                value = getattr(self, f"_do_{name}")(*(_filled(a, done) for a in arguments))
                done.append(value)
                if name == "read":
                    read.append(value)
        except BaseException as error:  # noqa: BLE001 - SystemExit of the student's is an error, too
            return [read, self._described(error)]
        return [read, None]

    # -- operations: _do_<name>(*arguments) --------------------------------------------------------

    def _do_put(self, value: Any) -> Any:
        return value

    def _do_call(self, target: Any, args: list[Any], options: dict[str, Any], grad: bool) -> Any:
        function = self._named(target) if isinstance(target, str) else target
        with torch.set_grad_enabled(grad), watch.noting():
            return function(*args, **options)

    def _do_vmap(
        self, target: str, args: list[Any], options: dict[str, Any], axes: Any, out: int
    ) -> Any:
        function = self._named(target)
        mapped = torch.func.vmap(lambda *a: function(*a, **options), in_dims=axes, out_dims=out)
        with watch.noting(python=False):  # it is the grader that asks for vmap
            return mapped(*args)

    def _do_method(self, owner: Any, name: str, *args: Any) -> Any:
        return getattr(owner, name)(*args)

    def _do_each(self, owners: Sequence[Any], name: str, *args: Any) -> list[Any]:
        lists = [a if isinstance(a, (list, tuple)) else [a] * len(owners) for a in args]
        return [getattr(owner, name)(*given) for owner, *given in zip(owners, *lists, strict=True)]

    def _do_stacked(self, tensors: Sequence[torch.Tensor]) -> torch.Tensor:
        return _stack([_detach(tensor) for tensor in tensors])

    def _do_get(self, owner: Any, name: str) -> Any:
        return getattr(owner, name)

    def _do_item(self, owner: Any, index: int) -> Any:
        return operator.getitem(owner, index)

    def _do_grad(
        self, outputs: Any, inputs: list[Any], upstream: list[Any], retain: bool, create: bool
    ) -> list[Any]:
        with watch.noting(python=False):  # it is the grader that asks autograd
            found = _grad(
                outputs,
                inputs,
                upstream,
                retain_graph=retain or create,
                create_graph=create,
                allow_unused=True,
            )
        return list(found)

    def _do_graph(self, result: Any, function: str) -> dict[str, Any]:
        return graphs.describe(result, self._named(function) if function else None)

    def _do_alone(self, result: Any, upstream: Any) -> list[Any]:
        with watch.noting():
            return graphs.alone(result, upstream)

    def _do_read(self, value: Any) -> Any:
        return _snapshot(value)

    def _do_allocated(self) -> int | None:
        """Bytes that this process has allocated and not freed; None where its C library does not
        say, and there is no /proc here.
        """
        if _mallinfo2 is None:
            return None
        about = _mallinfo2()
        return int(about.uordblks + about.hblkhd)


def _filled(value: Any, done: list[Any]) -> Any:
    """The argument, with results in the places of references."""
    kind = type(value)
    if kind is dict:
        if len(value) == 1 and "$" in value:
            return done[value["$"]]
        return {key: _filled(inner, done) for key, inner in value.items()}
    if kind is list or kind is tuple:
        return kind(_filled(inner, done) for inner in value)
    return value


def _snapshot(value: Any) -> Any:
    """The value as it is now: later steps may write into its tensors."""
    if isinstance(value, torch.Tensor):
        return _clone(_detach(value))
    if type(value) in (list, tuple):
        return type(value)(_snapshot(inner) for inner in value)
    return value
