"""Requests of one thing, written as Python in the names of a notebook."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from autograder.checking.student import Handle
from autograder.commands.explaining.literals import literal, same
from autograder.commands.explaining.recording import Asked
from autograder.wire import Reference

_SIGNS = {
    **{"add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%"},
    **{"pow": "**", "matmul": "@", "eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">"},
    "ge": ">=",
}


@dataclass
class Transcript:
    """Lines of Python, and what they give.

    Attributes:
        lines: in the notebook's names.
        results: what came back when it was graded, by the expression that gives it.
        left_out: what cannot be asked in a notebook.
        about: the name of the object that the error is about, where several gave the same value.
    """

    lines: list[str] = field(default_factory=list)
    results: list[tuple[str, Any]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    about: str = ""

    def expression(self, value: Any) -> str:
        """The last expression that gave this very value; nothing where none did."""
        if isinstance(value, Handle):
            value = vars(value)["_reference"]
        found = [text for text, came in reversed(self.results) if same(came, value)]
        named = [text for text in found if self.about and text.endswith(f"[{self.about!r}]")]
        return next(iter([*named, *found]), "")


class Writer:
    """Writes requests, and knows under which names what came of them stands."""

    def __init__(self, most: int) -> None:
        self.made = Transcript()
        self._most = most
        self._counts: Counter[str] = Counter()
        self._tensors: dict[int, tuple[str, torch.Tensor]] = {}
        self._objects: dict[int, str] = {}
        self._nodes: dict[int, tuple[list[str], list[str]]] = {}

    def line(self, text: str) -> None:
        """Write a line."""
        self.made.lines.append(text)

    def name(self, stem: str) -> str:
        """A name that nothing has yet."""
        self._counts[stem] += 1
        return f"{stem}{self._counts[stem]}"

    def value(self, value: Any, stem: str = "x") -> str:
        """An expression for a value; tensors get a line and a name of their own."""
        if isinstance(value, Reference):
            return self._objects.get(value.number, "None")
        if isinstance(value, torch.Tensor):
            if id(value) not in self._tensors:
                name = self.name(stem)
                self._tensors[id(value)] = (name, value)
                self.line(f"{name} = {literal(value, self._most)}")
            return self._tensors[id(value)][0]
        if type(value) in (list, tuple):
            inner = ", ".join(self.value(one, stem) for one in value)
            if type(value) is list:
                return f"[{inner}]"
            return f"({inner},)" if len(value) == 1 else f"({inner})"
        if type(value) is dict:
            return f"{{{', '.join(f'{k!r}: {self.value(v, stem)}' for k, v in value.items())}}}"
        return literal(value)

    def arguments(self, args: Iterable[Any], options: dict[str, Any], stem: str = "x") -> str:
        """What stands between a call's parentheses."""
        given = [self.value(one, stem) for one in args]
        return ", ".join([*given, *(f"{k}={self.value(v, stem)}" for k, v in options.items())])

    def result(self, name: str, value: Any) -> None:
        """Note what an expression gave, and everything in it."""
        if isinstance(value, Reference):
            self._objects[value.number] = name
            self.made.results.append((name, value))
        elif isinstance(value, (list, tuple)):
            for number, one in enumerate(value):
                self.result(f"{name}[{number}]", one)
        elif isinstance(value, dict):
            for key, one in value.items():
                self.result(f"{name}[{key!r}]", one)
        else:
            self.made.results.append((name, value))

    # -- requests of one thing ---------------------------------------------------------------------

    def request(self, one: Asked) -> None:
        """Write a request, under a name of its own."""
        getattr(self, f"_{one.call}")(one)

    def _call(self, one: Asked) -> None:
        target, args, options, _, grad = one.arguments
        function = target if isinstance(target, str) else self.value(target)
        given = self.arguments(args, options)
        name = self.name("y")
        self.assign(name, f"{function}({given})", grad=grad)
        if type(one.reply) is not list or len(one.reply) != 2:
            return
        node, value = one.reply
        self.result(name, value)
        if node:
            inputs = [t for t in leaves([args, options]) if requires(t)]
            outputs = [text for text, _ in paths(name, value)]
            self._nodes[node] = ([self._tensors[id(t)][0] for t in inputs], outputs)

    def assign(self, name: str, source: str, *, grad: bool = True) -> None:
        """Give a value a name, under `no_grad` where autograd had no part in it."""
        if grad:
            self.line(f"{name} = {source}")
        else:
            self.line(f"with torch.no_grad():\n    {name} = {source}")

    def _backward(self, one: Asked) -> None:
        node, upstream, retain, create = one.arguments
        inputs, outputs = self._nodes.get(node, ([], []))
        pairs = [
            (out, grad) for out, grad in zip(outputs, upstream, strict=False) if grad is not None
        ]
        if not pairs or not inputs:
            return
        given = [self.value(grad, "upstream") for _, grad in pairs]
        name = self.name("gradients")
        more = f", retain_graph={retain or create}" + (", create_graph=True" if create else "")
        self.line(
            f"{name} = torch.autograd.grad([{', '.join(out for out, _ in pairs)}], "
            f"[{', '.join(inputs)}], [{', '.join(given)}]{more}, allow_unused=True)"
        )
        if type(one.reply) is not list or len(one.reply) != 2:
            return
        number, found = one.reply
        self.result(name, found)
        if number:
            more_inputs = [
                self._tensors[id(grad)][0]
                for _, grad in pairs
                if requires(grad) and id(grad) in self._tensors
            ]
            self._nodes[number] = (
                [*inputs, *more_inputs],
                [text for text, _ in paths(name, found)],
            )

    def _put(self, one: Asked) -> None:
        (value,) = one.arguments
        name = self.value(value)
        if isinstance(one.reply, Reference):
            self._objects[one.reply.number] = name
            self._tensors.pop(id(value), None)  # it may be written into; the same again is another

    def _get(self, one: Asked) -> None:
        owner, attribute, _ = one.arguments
        source = attribute if owner is None else f"{self.value(owner)}.{attribute}"
        if isinstance(one.reply, Reference):  # a method, or a module
            self._objects[one.reply.number] = source
        else:
            name = self.name("v")
            self.line(f"{name} = {source}")
            self._came(name, one)

    def _set(self, one: Asked) -> None:
        owner, attribute, value = one.arguments
        self.line(f"{self.value(owner)}.{attribute} = {self.value(value)}")

    def _operate(self, one: Asked) -> None:
        operation, operands, _ = one.arguments
        source = operated(operation, [self.value(operand) for operand in operands])
        name = self.name("v")
        self.line(f"{name} = {source}")
        self._came(name, one)

    def _each(self, one: Asked) -> None:
        function, inputs, upstream = one.arguments
        name, given = self.name("pairs"), self.value(upstream)
        each = f"torch.autograd.grad(y, x, {given})[0]"
        self.line(f"{name} = [(y := {function}(x), {each}) for x in {self.value(inputs)}]")
        self._came(name, one)

    def _came(self, name: str, one: Asked) -> None:
        if one.error is None:
            self.result(name, one.reply)


def operated(name: str, operands: Sequence[str]) -> str:
    """One of Python's operators on expressions."""
    if name in _SIGNS:
        return f"{operands[0]} {_SIGNS[name]} {operands[1]}"
    if name == "neg":
        return f"-{operands[0]}"
    if name == "getitem":
        return f"{operands[0]}[{operands[1]}]"
    if name == "contains":
        return f"{operands[1]} in {operands[0]}"
    if name == "setitem":
        return f"{operands[0]}.__setitem__({operands[1]}, {operands[2]})"
    if hasattr(operator, name):
        return f"{operands[0]}.__{name}__({', '.join(operands[1:])})"
    return f"{name}({', '.join(operands)})"


def requires(value: Any) -> bool:
    """Whether it is a tensor that requires a gradient."""
    return isinstance(value, torch.Tensor) and value.requires_grad


def paths(name: str, value: Any) -> Iterator[tuple[str, torch.Tensor]]:
    """The tensors in a value that can carry a gradient, with the expressions for them."""
    if isinstance(value, torch.Tensor):
        if value.is_floating_point() or value.is_complex():
            yield name, value
    elif isinstance(value, (list, tuple)):
        for number, one in enumerate(value):
            yield from paths(f"{name}[{number}]", one)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from paths(f"{name}[{key!r}]", one)


def leaves(value: Any) -> Iterator[Any]:
    """What a value holds in its lists and dicts, in their order."""
    if isinstance(value, (list, tuple)):
        for one in value:
            yield from leaves(one)
    elif isinstance(value, dict):
        for one in value.values():
            yield from leaves(one)
    else:
        yield value
