"""What a check asked, as Python that asks it again in a plain notebook."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from autograder.checking.student import Handle
from autograder.commands.explaining.clues import NOTHING, Clues
from autograder.commands.explaining.literals import MOST_LISTED, literal, same
from autograder.commands.explaining.recording import Asked
from autograder.messages import Call
from autograder.wire import Reference

LAST = 12  # requests that are shown where nothing says which of them counts
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


def transcript(asked: Sequence[Asked], clues: Clues, most: int = MOST_LISTED) -> Transcript:
    """The requests that a check's end is about, or the last of them.

    Args:
        asked: what the check asked.
        clues: what its error says of itself.
        most: elements of a tensor that are written out.
    """
    if not asked:
        return Transcript()
    target = _target(asked, clues)
    writer = _Writer(most)
    first = _gradcheck(asked, clues) if clues.compared and clues.compared.second is not None else ""
    if first:
        assert clues.compared is not None
        return _checked_gradients(writer, first, clues)
    for number in _shown(asked, target):
        one = asked[number]
        if one.call == Call.RUN:
            _write_run(writer, one, clues)
        elif one.call == Call.PROGRAM:
            _write_steps(writer, one, clues)
        else:
            writer.request(one)
    return writer.made


# -- which requests count --------------------------------------------------------------------------


def _target(asked: Sequence[Asked], clues: Clues) -> int | None:
    """The request that the error is about; None where nothing says so."""
    numbers = range(len(asked) - 1, -1, -1)
    if clues.steps is not None:
        for number in numbers:
            one = asked[number]
            if one.call == Call.RUN and any(p is clues.steps for p in one.raw[0]):
                return number
    if asked[-1].error is not None:
        return len(asked) - 1
    got = NOTHING if clues.compared is None else clues.compared.got
    got = vars(got)["_reference"] if isinstance(got, Handle) else got
    if got is not NOTHING:
        for number in numbers:
            if any(same(one, got) for one in _leaves(asked[number].reply)):
                return number
    if asked[-1].call in (Call.RUN, Call.PROGRAM):
        return len(asked) - 1
    return None


def _shown(asked: Sequence[Asked], target: int | None) -> list[int]:
    """The requests that are shown, in their order."""
    if target is None:
        return _last(asked)
    if target < LAST:  # few: what an earlier one left behind may be what is wrong
        many = (Call.RUN, Call.PROGRAM)
        return [n for n in range(target + 1) if n == target or asked[n].call not in many]
    return _needed(asked, target)


def _last(asked: Sequence[Asked]) -> list[int]:
    found: set[int] = set()
    for number in range(max(0, len(asked) - LAST), len(asked)):
        found.update(_needed(asked, number))
    return sorted(found)


def _needed(asked: Sequence[Asked], target: int) -> list[int]:
    """A request, and the earlier ones that made or touched what it is about."""
    objects, nodes, found = set(_objects(asked[target].arguments)), set(_nodes(asked[target])), []
    for number in range(target, -1, -1):
        one = asked[number]
        mine = {*_objects(one.arguments), *_objects(one.reply)}
        made = set(_made(one))
        if number == target or mine & objects or made & nodes:
            found.append(number)
            objects |= set(_objects(one.arguments))
            nodes |= set(_nodes(one))
    return found[::-1]


def _objects(value: Any) -> Iterator[int]:
    return (one.number for one in _leaves(value) if isinstance(one, Reference))


def _nodes(one: Asked) -> Iterator[int]:
    if one.call == Call.BACKWARD:
        yield one.arguments[0]


def _made(one: Asked) -> Iterator[int]:
    if one.call in (Call.CALL, Call.BACKWARD) and type(one.reply) is list and one.reply[0]:
        yield one.reply[0]


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple)):
        for one in value:
            yield from _leaves(one)
    elif isinstance(value, dict):
        for one in value.values():
            yield from _leaves(one)
    else:
        yield value


# -- gradcheck -------------------------------------------------------------------------------------


def _gradcheck(asked: Sequence[Asked], clues: Clues) -> str:
    """The one function of which finite differences were taken, if it takes its inputs alone."""
    assert clues.compared is not None
    count = len(clues.compared.inputs)
    calls = {
        one.arguments[0]
        for one in asked
        if one.call == Call.CALL
        and type(one.arguments[0]) is str
        and len(one.arguments[1]) == count
        and not one.arguments[2]
        and all(isinstance(argument, torch.Tensor) for argument in one.arguments[1])
    }
    others = [one for one in asked if one.call not in (Call.CALL, Call.BACKWARD)]
    return calls.pop() if len(calls) == 1 and not others else ""


def _checked_gradients(writer: _Writer, name: str, clues: Clues) -> Transcript:
    assert clues.compared is not None
    inputs = ", ".join(writer.value(one) for one in clues.compared.inputs)
    function = "gradgradcheck" if clues.compared.second else "gradcheck"
    writer.line(f"torch.autograd.{function}({name}, ({inputs},), eps=1e-6, atol=1e-5, rtol=1e-3)")
    return writer.made


# -- writing ---------------------------------------------------------------------------------------


class _Writer:
    """Writes requests, and knows under which names what came of them stands."""

    def __init__(self, most: int) -> None:
        self.made = Transcript()
        self._most = most
        self._counts: Counter[str] = Counter()
        self._tensors: dict[int, tuple[str, torch.Tensor]] = {}
        self._objects: dict[int, str] = {}
        self._nodes: dict[int, tuple[list[str], list[str]]] = {}

    def line(self, text: str) -> None:
        self.made.lines.append(text)

    def name(self, stem: str) -> str:
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
        getattr(self, f"_{one.call}")(one, *one.arguments)

    def _call(
        self,
        one: Asked,
        target: Any,
        args: list[Any],
        options: dict[str, Any],
        _keep: bool,
        grad: bool,
    ) -> None:
        function = target if isinstance(target, str) else self.value(target)
        given = self.arguments(args, options)
        name = self.name("y")
        self._assign(name, f"{function}({given})", grad)
        if type(one.reply) is not list or len(one.reply) != 2:
            return
        node, value = one.reply
        self.result(name, value)
        if node:
            leaves = [t for t in _leaves([args, options]) if _requires(t)]
            outputs = [text for text, _ in _paths(name, value)]
            self._nodes[node] = ([self._tensors[id(t)][0] for t in leaves], outputs)

    def _assign(self, name: str, source: str, grad: bool = True) -> None:
        if grad:
            self.line(f"{name} = {source}")
        else:
            self.line(f"with torch.no_grad():\n    {name} = {source}")

    def _backward(
        self, one: Asked, node: int, upstream: list[Any], retain: bool, create: bool
    ) -> None:
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
            leaves = [
                self._tensors[id(grad)][0]
                for _, grad in pairs
                if _requires(grad) and id(grad) in self._tensors
            ]
            self._nodes[number] = ([*inputs, *leaves], [text for text, _ in _paths(name, found)])

    def _put(self, one: Asked, value: Any) -> None:
        name = self.value(value)
        if isinstance(one.reply, Reference):
            self._objects[one.reply.number] = name
            self._tensors.pop(id(value), None)  # it may be written into; the same again is another

    def _get(self, one: Asked, owner: Any, attribute: str, _keep: bool) -> None:
        source = attribute if owner is None else f"{self.value(owner)}.{attribute}"
        if isinstance(one.reply, Reference):  # a method, or a module
            self._objects[one.reply.number] = source
        else:
            name = self.name("v")
            self.line(f"{name} = {source}")
            self._came(name, one)

    def _set(self, _: Asked, owner: Any, attribute: str, value: Any) -> None:
        self.line(f"{self.value(owner)}.{attribute} = {self.value(value)}")

    def _operate(self, one: Asked, operation: str, operands: list[Any], _keep: bool) -> None:
        source = operated(operation, [self.value(one) for one in operands])
        name = self.name("v")
        self.line(f"{name} = {source}")
        self._came(name, one)

    def _each(self, one: Asked, function: str, inputs: list[Any], upstream: Any) -> None:
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


def _requires(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.requires_grad


def _paths(name: str, value: Any) -> Iterator[tuple[str, torch.Tensor]]:
    """The tensors in a value that can carry a gradient, with the expressions for them."""
    if isinstance(value, torch.Tensor):
        if value.is_floating_point() or value.is_complex():
            yield name, value
    elif isinstance(value, (list, tuple)):
        for number, one in enumerate(value):
            yield from _paths(f"{name}[{number}]", one)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _paths(f"{name}[{key!r}]", one)


# -- programs of tensors ---------------------------------------------------------------------------


def _write_run(writer: _Writer, one: Asked, clues: Clues) -> None:
    """The program that the error is about, of those of a request."""
    programs = one.arguments[0]
    which = next((i for i, raw in enumerate(one.raw[0]) if raw is clues.steps), None)
    answers = one.reply if type(one.reply) is list else []
    if which is None and clues.compared is not None and clues.compared.got is not NOTHING:
        got = clues.compared.got
        which = next(
            (i for i, answer in enumerate(answers) if any(same(v, got) for v in _leaves(answer))),
            None,
        )
    if which is None:
        which = next((i for i, answer in enumerate(answers) if answer[1] is not None), 0)
    answer = answers[which] if which < len(answers) else [[], None]
    _write_program(writer, programs[which], answer[0] if type(answer) is list else [])


def _write_program(writer: _Writer, steps: Sequence[Any], read: Sequence[Any]) -> None:
    names: list[str | None] = []
    readings = iter(read)
    upstream = _upstream(steps)

    def filled(value: Any, stem: str = "x") -> str:
        if type(value) is dict and len(value) == 1 and "$" in value:
            name = names[value["$"]]
            if name is None:
                raise LookupError
            return name
        if type(value) in (list, tuple):
            inner = ", ".join(filled(inner, stem) for inner in value)
            return f"[{inner}]" if type(value) is list else f"({inner},)"
        return writer.value(value, stem)

    for operation, *arguments in steps:
        came = next(readings, NOTHING) if operation == "read" else NOTHING
        try:
            if operation == "put" and len(names) in upstream:
                names.append(filled(arguments[0], "upstream"))
            else:
                names.append(_write_step(writer, operation, arguments, filled, came))
        except LookupError:
            names.append(None)


def _upstream(steps: Sequence[Any]) -> set[int]:
    """The steps that lay an upstream gradient."""
    found = {
        one["$"] for step in steps if step[0] == "grad" for one in step[3] if type(one) is dict
    }
    for number in range(len(steps) - 1, -1, -1):
        if number in found and steps[number][0] == "method":
            found.add(steps[number][1]["$"])
    return found


def _write_step(
    writer: _Writer, operation: str, arguments: list[Any], filled: Any, came: Any
) -> str | None:
    """One step; the name of what it gives, or None where a notebook cannot ask for it."""
    match operation, arguments:
        case "put", [value]:
            given: str = filled(value)
            return given
        case "call", [target, args, options, grad]:
            function = target if isinstance(target, str) else filled(target)
            given = ", ".join(
                [*map(filled, args), *(f"{k}={filled(v)}" for k, v in options.items())]
            )
            name = writer.name("y")
            writer._assign(name, f"{function}({given})", grad)
            return name
        case "vmap", [target, args, options, axes, out]:
            more = "".join(f", {k}={filled(v)}" for k, v in options.items())
            given = ", ".join(map(filled, args))
            name = writer.name("y")
            mapped = f"lambda *inputs: {target}(*inputs{more})"
            axes = f"in_dims={literal(axes)}, out_dims={literal(out)}"
            writer.line(f"{name} = torch.func.vmap({mapped}, {axes})({given})")
            return name
        case "method", [owner, method, *args]:
            source = f"{filled(owner)}.{method}({', '.join(map(filled, args))})"
        case "each", [owners, method, *args]:
            many = [f"a{number}" for number, _ in enumerate(args)]
            lists = [
                filled(one) if type(one) in (list, tuple) else f"[{filled(one)}] * {len(owners)}"
                for one in args
            ]
            each = f"[one.{method}({', '.join(many)}) for {', '.join(['one', *many])}"
            source = f"{each}, in zip({', '.join([filled(owners), *lists])}, strict=True)]"
        case "stacked", [tensors]:
            source = f"torch.stack([one.detach() for one in {filled(tensors)}])"
        case "get", [owner, attribute]:
            source = f"{filled(owner)}.{attribute}"
        case "item", [owner, index]:
            return f"{filled(owner)}[{index!r}]"
        case "grad", [outputs, inputs, upstream, retain, create]:
            more = f", retain_graph={retain or create}" + (", create_graph=True" if create else "")
            source = (
                f"torch.autograd.grad({filled(outputs)}, {filled(inputs)}, "
                f"{filled(upstream, 'upstream')}{more}, allow_unused=True)"
            )
            name = writer.name("gradients")
            writer.line(f"{name} = {source}")
            return name
        case "read", [step]:
            of = filled(step)
            name = writer.name("result")
            is_tensor = came is NOTHING or isinstance(came, torch.Tensor)
            writer.line(f"{name} = {of}.detach().clone()" if is_tensor else f"{name} = {of}")
            if came is not NOTHING:
                writer.result(name, came)
            return name
        case _:
            writer.made.left_out.append(operation)
            return None
    name = writer.name("x" if operation == "method" else "v")
    writer.line(f"{name} = {source}")
    return name


# -- programs of scalars ---------------------------------------------------------------------------


def _write_steps(writer: _Writer, one: Asked, clues: Clues) -> None:
    """The part of a request's steps that the error is about: those that hang together."""
    steps = one.arguments[0]
    told, at = one.reply[:2] if type(one.reply) is list and len(one.reply) == 3 else ([], -1)
    tells = _told(steps, told)
    parts = _parts(steps)
    chosen = _chosen(steps, parts, tells, at, clues)
    names: dict[int, str] = {}
    places = _place_names(steps, chosen, clues)
    for number in chosen:
        _write_scalar(writer, steps[number], number, names, places, tells)
    makers = [n for n in chosen if _makes(steps[n])]
    if clues.trial is not None and clues.compared is not None:
        texts = [p.text for p in clues.trial.program.places if p.operation != "plain"]
        for number, text in zip(makers, texts, strict=False):
            if len(makers) == len(texts) and clues.compared.what.endswith(f" {text}"):
                writer.made.about = names[number]


def _told(steps: Sequence[Any], told: Sequence[Any]) -> dict[int, Any]:
    telling = [i for i, step in enumerate(steps) if step[0] in ("get", "each", "places", "tell")]
    return dict(zip(telling, told, strict=False))


def _parts(steps: Sequence[Any]) -> list[list[int]]:
    """The steps that use each other's results, part by part."""
    whose = list(range(len(steps)))

    def root(number: int) -> int:
        while whose[number] != number:
            whose[number] = whose[whose[number]]
            number = whose[number]
        return number

    for number, (_, _, operands, *_) in enumerate(steps):
        for operand in operands:
            if type(operand) is int:
                whose[root(number)] = root(operand)
    found: dict[int, list[int]] = {}
    for number in range(len(steps)):
        found.setdefault(root(number), []).append(number)
    return list(found.values())


def _chosen(
    steps: Sequence[Any],
    parts: Sequence[list[int]],
    tells: dict[int, Any],
    at: int,
    clues: Clues,
) -> list[int]:
    """The part that the error is about; the last where nothing says so."""
    if at >= 0 and (clues.compared is None or clues.trial is None):
        return next((part for part in parts if at in part), parts[-1])
    if clues.trial is not None:
        wanted = _leaf_numbers(clues.trial)
        for part in parts:
            numbers = [
                operand[0]
                for number in part
                if steps[number][0] == "call"
                for operand in steps[number][2]
                if type(operand) is list
            ]
            if numbers == wanted:
                return part
    if clues.compared is not None and clues.compared.got is not NOTHING:
        for part in parts:
            values = [v for number in part if number in tells for v in _leaves(tells[number])]
            if any(same(v, clues.compared.got) for v in values):
                return part
    return parts[-1]


def _leaf_numbers(trial: Any) -> list[Any]:
    return [p.number(trial.numbers) for p in trial.program.places if p.operation == "leaf"]


def _place_names(steps: Sequence[Any], part: Sequence[int], clues: Clues) -> dict[int, str]:
    """The names that the program of scalars has for its steps' results, where each is one's own."""
    if clues.trial is None:
        return {}
    nodes = [p.text for p in clues.trial.program.places if p.operation != "plain"]
    makers = [n for n in part if _makes(steps[n])]
    if len(nodes) != len(makers):
        return {}
    counts = Counter(nodes)
    return {
        number: text
        for number, text in zip(makers, nodes, strict=True)
        if text.isidentifier() and counts[text] == 1
    }


def _makes(step: Sequence[Any]) -> bool:
    """Whether a step makes the object of a place."""
    return step[0] in ("call", "operate") or step[1] == "relu"


def _write_scalar(
    writer: _Writer,
    step: Sequence[Any],
    number: int,
    names: dict[int, str],
    places: dict[int, str],
    tells: dict[int, Any],
) -> None:
    kind, name, given, *options = step
    operands = [
        names.get(one, "None") if type(one) is int else writer.value(one[0]) for one in given
    ]
    if kind == "set":
        writer.line(f"{operands[0]}.{name} = {operands[1]}")
    elif kind == "list":
        names[number] = f"[{', '.join(operands)}]"
    elif kind in ("get", "each"):
        _write_told(writer, kind, name, operands, tells.get(number))
    elif kind == "tell":
        writer.result(operands[0], tells.get(number))
    elif kind == "method" and name == "backward":
        writer.line(f"{operands[0]}.backward({', '.join(operands[1:])})")
    elif kind in ("call", "method", "operate"):
        names[number] = places.get(number) or writer.name("v")
        if kind == "operate":
            source = operated(name, operands)
        elif kind == "call":
            more = [f"{k}={writer.value(v)}" for k, v in (options[0] if options else {}).items()]
            source = f"{name}({', '.join([*operands, *more])})"
        else:
            source = f"{operands[0]}.{name}({', '.join(operands[1:])})"
        writer.line(f"{names[number]} = {source}")


def _write_told(writer: _Writer, kind: str, name: str, operands: list[str], came: Any) -> None:
    told = writer.name(name if name.isidentifier() else "told")
    if kind == "each":
        writer.line(f"{told} = [one.{name} for one in {operands[0]}]")
    else:
        inner = ", ".join(f"{one!r}: {one}.{name}" for one in operands)
        writer.line(f"{told} = {{{inner}}}")
        if isinstance(came, list):
            came = dict(zip(operands, came, strict=False))
    if came is not None:
        writer.result(told, came)
