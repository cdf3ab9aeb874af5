"""Programs of tensors, many calls in one request, as Python: the one that an error is about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from autograder.commands.explaining.clues import NOTHING, Clues
from autograder.commands.explaining.literals import literal, same
from autograder.commands.explaining.recording import Asked
from autograder.commands.explaining.writing import Writer, leaves


def write_run(writer: Writer, one: Asked, clues: Clues) -> None:
    """The program that the error is about, of those of a request."""
    programs = one.arguments[0]
    which = next((i for i, raw in enumerate(one.raw[0]) if raw is clues.steps), None)
    answers = one.reply if type(one.reply) is list else []
    if which is None and clues.compared is not None and clues.compared.got is not NOTHING:
        got = clues.compared.got
        which = next(
            (i for i, answer in enumerate(answers) if any(same(v, got) for v in leaves(answer))),
            None,
        )
    if which is None:
        which = next((i for i, answer in enumerate(answers) if answer[1] is not None), 0)
    answer = answers[which] if which < len(answers) else [[], None]
    _write_program(writer, programs[which], answer[0] if type(answer) is list else [])


def _write_program(writer: Writer, steps: Sequence[Any], read: Sequence[Any]) -> None:
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


Filled = Callable[..., str]


def _write_step(
    writer: Writer, operation: str, arguments: list[Any], filled: Filled, came: Any
) -> str | None:
    """One step; the name of what it gives, or None where a notebook cannot ask for it.

    Raises:
        LookupError: it needs the result of a step that could not be written.
    """
    match operation, arguments:
        case "put", [value]:
            return filled(value)
        case "item", [owner, index]:
            return f"{filled(owner)}[{index!r}]"
        case "call", [target, args, options, grad]:
            function = target if isinstance(target, str) else filled(target)
            named = (f"{key}={filled(value)}" for key, value in options.items())
            given = ", ".join([*map(filled, args), *named])
            name = writer.name("y")
            writer.assign(name, f"{function}({given})", grad=grad)
            return name
        case "read", [step]:
            of = filled(step)
            name = writer.name("result")
            is_tensor = came is NOTHING or isinstance(came, torch.Tensor)
            writer.assign(name, f"{of}.detach().clone()" if is_tensor else of)
            if came is not NOTHING:
                writer.result(name, came)
            return name
    source = _of_tensors(operation, arguments, filled) or _of_objects(operation, arguments, filled)
    if not source:
        writer.made.left_out.append(operation)
        return None
    name = writer.name({"method": "x", "vmap": "y", "grad": "gradients"}.get(operation, "v"))
    writer.assign(name, source)
    return name


def _of_tensors(operation: str, arguments: list[Any], filled: Filled) -> str:
    """What PyTorch is asked for; nothing for another step."""
    match operation, arguments:
        case "vmap", [target, args, options, axes, out]:
            more = "".join(f", {k}={filled(v)}" for k, v in options.items())
            given = ", ".join(map(filled, args))
            mapped = f"lambda *inputs: {target}(*inputs{more})"
            axes = f"in_dims={literal(axes)}, out_dims={literal(out)}"
            return f"torch.func.vmap({mapped}, {axes})({given})"
        case "grad", [outputs, inputs, upstream, retain, create]:
            more = f", retain_graph={retain or create}" + (", create_graph=True" if create else "")
            return (
                f"torch.autograd.grad({filled(outputs)}, {filled(inputs)}, "
                f"{filled(upstream, 'upstream')}{more}, allow_unused=True)"
            )
        case "stacked", [tensors]:
            return f"torch.stack([one.detach() for one in {filled(tensors)}])"
    return ""


def _of_objects(operation: str, arguments: list[Any], filled: Filled) -> str:
    """What an object is asked for; nothing for another step."""
    match operation, arguments:
        case "method", [owner, method, *args]:
            return f"{filled(owner)}.{method}({', '.join(map(filled, args))})"
        case "get", [owner, attribute]:
            return f"{filled(owner)}.{attribute}"
        case "each", [owners, method, *args]:
            many = [f"a{number}" for number, _ in enumerate(args)]
            lists = [
                filled(one) if type(one) in (list, tuple) else f"[{filled(one)}] * {len(owners)}"
                for one in args
            ]
            each = f"one.{method}({', '.join(many)}) for {', '.join(['one', *many])}"
            # `one,` takes the owner alone out of what `zip` gives
            comma = "" if many else ","
            return f"[{each}{comma} in zip({', '.join([filled(owners), *lists])}, strict=True)]"
    return ""
