"""Many small operations in one request, each on the results of earlier ones.

A request costs some 70 us whatever it asks, so a graph of scalars is built, walked and read in one.

A step is `[kind, name, operands]`, or `[kind, name, operands, options]` for keyword arguments. An
operand is the number of an earlier step, whose result it stands for, or `[constant]`.

    call     the notebook's `name`, called with the operands
    method   the first operand's method `name`, called with the others
    operate  Python's operator `name` on the operands
    set      sets the attribute `name` of the first operand to the second
    list     the operands as a list
    get      tells the attribute `name` of each operand
    each     tells the attribute `name` of each item of its one operand
    places   tells for each item of the first operand which of the others it is: the very same
             object, by its place among them; -1 for another
    tell     tells its one operand as it is
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Progress:
    """How far the steps came.

    Attributes:
        results: of the steps that were carried out.
        told: what those of them said that say something.
        operands: of the step that ended it, or of the last one.
        error: what ended it; None where all were carried out.
    """

    results: list[Any] = field(default_factory=list)
    told: list[Any] = field(default_factory=list)
    operands: list[Any] = field(default_factory=list)
    error: BaseException | None = None


def carry_out(
    steps: Sequence[Sequence[Any]],
    call: Callable[..., Any],
    operators: dict[str, Callable[..., Any]],
) -> Progress:
    """Carry out steps until one raises.

    Args:
        steps: see above.
        call: calls a name of the notebook: `call(name, operands, options)`.
        operators: Python's, by name.
    """
    progress = Progress()
    results, told = progress.results, progress.told
    try:
        for kind, name, given, *options in steps:
            operands = [results[x] if type(x) is int else x[0] for x in given]
            progress.operands = operands
            if kind == "operate":
                result = operators[name](*operands)
            elif kind == "call":
                result = call(name, operands, options[0] if options else {})
            elif kind == "method":
                result = getattr(operands[0], name)(*operands[1:])
            elif kind == "set":
                setattr(operands[0], name, operands[1])
                result = None
            elif kind == "list":
                result = operands
            else:
                result = _TELLING[kind](name, operands)
                told.append(result)
            results.append(result)
    except BaseException as error:  # noqa: BLE001 - SystemExit of the student's is an error, too
        progress.error = error
    return progress


def _places(_: str, operands: list[Any]) -> list[int]:
    known = {id(thing): place for place, thing in reversed(list(enumerate(operands[1:])))}
    return [known.get(id(item), -1) for item in operands[0]]


_TELLING: dict[str, Callable[[str, list[Any]], Any]] = {
    "get": lambda name, operands: [getattr(thing, name) for thing in operands],
    "each": lambda name, operands: [getattr(thing, name) for thing in operands[0]],
    "places": _places,
    "tell": lambda _, operands: operands[0],
}
