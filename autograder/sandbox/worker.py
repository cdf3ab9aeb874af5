"""What answers the grader's calls, in the student's process.

It is the student's process: whatever is said here is the student's claim, and the grader treats it
as such.
"""

from __future__ import annotations

import contextlib
import operator
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import torch

from autograder import wire
from autograder.messages import Call, RaisedError
from autograder.model import ErrorKind
from autograder.sandbox import shell as shells
from autograder.sandbox import steps, watch
from autograder.sandbox.programs import Programs

CELL_TEXT = 20_000

_ARITHMETIC = "add sub mul truediv floordiv mod pow matmul neg pos abs"
_COMPARISONS = "eq ne lt le gt ge contains"
_OPERATORS: dict[str, Callable[..., Any]] = {
    name: getattr(operator, name)
    for name in f"{_ARITHMETIC} {_COMPARISONS} getitem setitem".split()
} | {"len": len, "float": float, "int": int, "list": list}


class Missing(Exception):
    """The grader asked for a name that the notebook does not define."""


@dataclass
class Node:
    """A call whose outputs can be differentiated: what went in, what came out."""

    inputs: list[torch.Tensor]
    outputs: list[torch.Tensor]


class Worker:
    """Reads requests from one descriptor, answers on another, until the grader hangs up.

    Args:
        read, write: descriptors of the two pipes.
        shell: where the cells run.
    """

    def __init__(self, read: int, write: int, shell: shells.Shell) -> None:
        self._read, self._write = read, write
        self._shell = shell
        self._objects: dict[int, Any] = {}
        self._nodes: dict[int, Node] = {}
        self._count = 0
        self._probe: Callable[..., Any] | None = None
        self._called: tuple[type, ...] = ()
        self._failure: BaseException | None = None

    def allow(self, probe: Callable[..., Any]) -> None:
        """Answer `probe` requests with this function, until the first cell has run."""
        self._probe = probe

    def serve(self) -> None:
        """Answer requests, one reply each, until the other end closes its pipe."""
        while (head := self._take(wire.HEADER.size)) is not None:
            header = wire.unpack_header(head)
            structure, data = self._take(header.structure), self._take(header.data)
            if structure is None or data is None:
                return
            kind, value = self._answer(structure, data)
            self._send(kind, header.sequence, value)

    def _answer(self, structure: bytes, data: bytes) -> tuple[wire.Kind, Any]:
        """The reply to one request: a value, or an error in data."""
        leaves: list[torch.Tensor] = []
        try:
            request = wire.decode(
                structure,
                memoryview(data),
                tensor=lambda w: _arrived(w, leaves),
                handle=lambda r: self._objects[r.number],
                trusted=True,
            )
            name, objects, nodes, *arguments = request
            self._release(objects, nodes)
            return wire.Kind.REPLY, getattr(self, METHODS[Call(name)])(leaves, *arguments)
        except BaseException as error:  # noqa: BLE001 - SystemExit of the student's is an error, too
            return wire.Kind.ERROR, self._described(error)

    # -- requests: do_<name>(leaves, *arguments) ---------------------------------------------------

    def do_cell(self, _leaves: list[torch.Tensor], source: str) -> dict[str, Any]:
        """Run a cell; what it printed, what ended it, and which of its lines were left out."""
        self._probe = None
        if "" not in sys.path:
            sys.path.append("")  # for what `%%writefile` has written; last, as it shadows nothing
        tail = shells.Tail(sys.stdout, CELL_TEXT)
        with contextlib.redirect_stdout(tail), contextlib.redirect_stderr(tail):
            error = self._shell.run(source)
        found = None if error is None else self._described(error)
        return {"text": tail.take(), "error": found, "left_out": self._shell.left_out.take()}

    def do_call(
        self,
        leaves: list[torch.Tensor],
        target: Any,
        args: list[Any],
        kwargs: dict[str, Any],
        keep: bool,
        grad: bool,
    ) -> list[Any]:
        """Call a name or an object.

        Returns the value and, where it can be differentiated, the number of its node.
        """
        function = self._named(target) if isinstance(target, str) else target
        self._note_class(function)
        with torch.set_grad_enabled(grad), watch.noting():
            value = function(*args, **kwargs)
        node = 0
        if leaves and grad and not keep:
            outputs = [t for t in _tensors(value) if t.requires_grad]
            if outputs:
                self._count += 1
                node = self._count
                self._nodes[node] = Node(leaves, outputs)
        return [node, self._outgoing(value, keep)]

    def do_each(
        self,
        _leaves: list[torch.Tensor],
        name: str,
        inputs: list[torch.Tensor],
        upstream: torch.Tensor,
    ) -> Any:
        """Forward and backward for each input in one request, so that the grader's clock measures
        them and not the way here.
        """
        function = self._named(name)
        pairs = []
        with watch.noting():
            for x in inputs:
                y = function(x)
                pairs.append((y, torch.autograd.grad(y, x, upstream)[0]))
        if upstream.is_cuda:
            torch.cuda.synchronize()
        return [self._outgoing(list(pair), keep=True) for pair in pairs]

    def do_run(self, _leaves: list[torch.Tensor], programs: list[Any]) -> list[list[Any]]:
        """Run programs, many calls in one request; see `programs`."""
        found = Programs(self._dotted, self._described).run(programs)
        return [[[self._outgoing(v, False) for v in read], error] for read, error in found]

    def do_get(self, _leaves: list[torch.Tensor], owner: Any, name: str, keep: bool) -> Any:
        """An attribute of an object, or a name of the notebook where `owner` is None."""
        return self._outgoing(self._named(name) if owner is None else getattr(owner, name), keep)

    def do_set(self, _leaves: list[torch.Tensor], owner: Any, name: str, value: Any) -> None:
        """Set an attribute."""
        setattr(owner, name, value)

    def do_operate(
        self, _leaves: list[torch.Tensor], name: str, args: list[Any], keep: bool
    ) -> Any:
        """Apply one of Python's operators."""
        with watch.noting():
            return self._outgoing(_OPERATORS[name](*args), keep)

    def do_program(self, _leaves: list[torch.Tensor], program: list[Any]) -> list[Any]:
        """Carry out many steps in one request (see `steps`).

        Returns what they told; the number of the step that ended it, or -1; and the operands of
        that step. Its error is raised by the request `failure`.
        """
        with watch.noting():
            progress = steps.carry_out(program, self._call, _OPERATORS)
        self._failure = progress.error
        told = [self._outgoing(value, keep=False) for value in progress.told]
        if progress.error is None:
            return [told, -1, []]
        operands = [self._outgoing(value, keep=False) for value in progress.operands]
        return [told, len(progress.results), operands]

    def do_failure(self, _leaves: list[torch.Tensor]) -> None:
        """Raise what ended the last program."""
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def do_put(self, _leaves: list[torch.Tensor], value: Any) -> Any:
        """Keep a value here; returns its reference."""
        return self._outgoing(value, keep=True)

    def do_backward(
        self, leaves: list[torch.Tensor], number: int, grads: list[Any], retain: bool, create: bool
    ) -> list[Any]:
        """Run the backward pass of a node.

        Returns the number of the new node, where the gradients can themselves be differentiated,
        and one gradient or None for each of the node's inputs.
        """
        node = self._nodes[number]
        pairs = [
            (out, grad) for out, grad in zip(node.outputs, grads, strict=True) if grad is not None
        ]
        outputs, upstream = [p[0] for p in pairs], [p[1] for p in pairs]
        with watch.noting(python=False):  # it is the grader that calls autograd
            if not create:
                torch.autograd.backward(outputs, upstream, retain_graph=retain)
                found = [leaf.grad for leaf in node.inputs]
                for leaf in node.inputs:
                    leaf.grad = None
                return [0, found]
            found = list(
                torch.autograd.grad(
                    outputs,
                    node.inputs,
                    upstream,
                    retain_graph=True,
                    create_graph=True,
                    allow_unused=True,
                )
            )
        self._count += 1
        self._nodes[self._count] = Node(
            [*node.inputs, *leaves], [g for g in found if g is not None and g.requires_grad]
        )
        return [self._count, found]

    def do_forbid(self, _leaves: list[torch.Tensor], functions: list[str]) -> None:
        """Watch these functions of PyTorch's from here on; see `watch.forbid`."""
        watch.forbid(functions)

    def do_used(self, _leaves: list[torch.Tensor]) -> list[str]:
        """PyTorch's own activation kernels used during the grader's calls."""
        return watch.take_used()

    def do_probe(self, _leaves: list[torch.Tensor], name: str, arguments: dict[str, Any]) -> Any:
        """Try to break out, for the self-test; never after a cell has run."""
        if self._probe is None:
            raise Missing("no probe")
        return self._probe(name, arguments)

    # -- helpers -----------------------------------------------------------------------------------

    def _described(self, error: BaseException) -> dict[str, Any]:
        if isinstance(error, Missing):
            return _missing(error)
        names = self._shell.user_ns
        unwritten = isinstance(error, NotImplementedError) and shells.is_own(error, names)
        kind = ErrorKind.UNWRITTEN if unwritten else _kind(error)
        described: dict[str, Any] = msgspec.to_builtins(shells.describe(error, names, kind))
        return described

    def _named(self, name: str) -> Any:
        try:
            return self._shell.user_ns[name]
        except KeyError:
            raise Missing(f"`{name}` is not defined") from None

    def _dotted(self, name: str) -> Any:
        """What a name such as `ReLUFunction.apply` stands for."""
        first, *rest = name.split(".")
        found = self._named(first)
        for attribute in rest:
            found = getattr(found, attribute)
        return found

    def _call(self, name: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
        function = self._named(name)
        self._note_class(function)
        return function(*args, **kwargs)

    def _note_class(self, function: Any) -> None:
        """Remember a class whose objects would leave as the numbers, texts or lists that they also
        are: the grader has called it by its name, so it wants the objects.
        """
        if (
            isinstance(function, type)
            and issubclass(function, (int, float, str, bytes, list, tuple, dict))
            and function.__module__ != "builtins"
            and function not in self._called
        ):
            self._called += (function,)

    def _outgoing(self, value: Any, keep: bool) -> Any:
        """The value as it leaves: with `keep`, tensors stay here and their references go."""
        if keep and isinstance(value, torch.Tensor):
            return self._keep(value)
        if self._called:
            if isinstance(value, self._called):
                return self._keep(value)
            if not keep and type(value) in (list, tuple):
                return type(value)(self._outgoing(v, keep) for v in value)
        if (
            isinstance(value, dict)
            and type(value) is not dict
            and all(type(key) is str for key in dict.keys(value))
        ):
            value = dict(
                dict.items(value)
            )  # an OrderedDict, a defaultdict, a student's own: their methods are not asked
        elif isinstance(value, list) and type(value) is not list:
            value = list.__getitem__(value, slice(None))
        if keep and type(value) in (list, tuple):
            return type(value)(self._outgoing(v, keep) for v in value)
        return value

    def _keep(self, value: Any) -> wire.Reference:
        self._count += 1
        self._objects[self._count] = value
        return wire.Reference(self._count, type(value).__name__)

    def _release(self, objects: list[int], nodes: list[int]) -> None:
        for number in objects:
            self._objects.pop(number, None)
        for number in nodes:
            self._nodes.pop(number, None)

    def _send(self, kind: wire.Kind, sequence: int, value: Any) -> None:
        try:
            frame = wire.Encoder(keep=self._keep).frame(kind, sequence, value)
        except BaseException as error:  # noqa: BLE001 - encoding runs the student's code: __str__
            frame = wire.Encoder().frame(wire.Kind.ERROR, sequence, self._described(error))
        view = memoryview(frame)
        while view:
            view = view[os.write(self._write, view) :]

    def _take(self, size: int) -> bytes | None:
        """Exactly `size` bytes, or None where the other end has closed."""
        got = bytearray()
        while len(got) < size:
            piece = os.read(self._read, size - len(got))
            if not piece:
                return None
            got += piece
        return bytes(got)


def _missing(error: Missing) -> dict[str, Any]:
    """The error for a name that the notebook does not define."""
    missing = RaisedError(ErrorKind.MISSING, "NameError", ["NameError"], str(error))
    described: dict[str, Any] = msgspec.to_builtins(missing)
    return described


def _arrived(wired: wire.Wired, leaves: list[torch.Tensor]) -> torch.Tensor:
    tensor = wired.tensor if wired.device == "cpu" else wired.tensor.to(wired.device)
    if wired.requires_grad:
        leaves.append(tensor.requires_grad_())
    return tensor


def _tensors(value: Any) -> Iterator[torch.Tensor]:
    """The tensors of a value in the order in which they are encoded."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _tensors(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _tensors(item)


def _kind(error: BaseException) -> ErrorKind:
    """What an error of the student's means for a check."""
    text = str(error) if type(error) is RuntimeError else ""
    if (
        isinstance(error, MemoryError)
        or "DefaultCPUAllocator" in text
        or "can't allocate memory" in text
    ):
        return ErrorKind.MEMORY
    return ErrorKind.ERROR


METHODS: dict[Call, str] = {call: f"do_{call}" for call in Call}
