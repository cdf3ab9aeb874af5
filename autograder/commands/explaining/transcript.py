"""What a check asked, as Python that asks it again in a plain notebook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch

from autograder.checking.student import Handle
from autograder.commands.explaining.clues import NOTHING, Clues, Compared
from autograder.commands.explaining.literals import MOST_LISTED, same
from autograder.commands.explaining.recording import Asked
from autograder.commands.explaining.scalar_programs import write_steps
from autograder.commands.explaining.tensor_programs import write_run
from autograder.commands.explaining.writing import Transcript, Writer, leaves
from autograder.messages import Call
from autograder.wire import Reference

LAST = 12  # requests that are shown where nothing says which of them counts


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
    writer = Writer(most)
    compared = clues.compared
    if compared is not None and (name := _gradcheck(asked, compared)):
        return _checked_gradients(writer, name, compared)
    for number in _shown(asked, target):
        one = asked[number]
        if one.call == Call.RUN:
            write_run(writer, one, clues)
        elif one.call == Call.PROGRAM:
            write_steps(writer, one, clues)
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
            if any(same(one, got) for one in leaves(asked[number].reply)):
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
    return (one.number for one in leaves(value) if isinstance(one, Reference))


def _nodes(one: Asked) -> Iterator[int]:
    if one.call == Call.BACKWARD:
        yield one.arguments[0]


def _made(one: Asked) -> Iterator[int]:
    if one.call in (Call.CALL, Call.BACKWARD) and type(one.reply) is list and one.reply[0]:
        yield one.reply[0]


# -- gradcheck -------------------------------------------------------------------------------------


def _gradcheck(asked: Sequence[Asked], compared: Compared) -> str:
    """The one function of which finite differences were taken, if it takes its inputs alone."""
    if compared.second is None:
        return ""
    count = len(compared.inputs)
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


def _checked_gradients(writer: Writer, name: str, compared: Compared) -> Transcript:
    inputs = ", ".join(writer.value(one) for one in compared.inputs)
    function = "gradgradcheck" if compared.second else "gradcheck"
    writer.line(f"torch.autograd.{function}({name}, ({inputs},), eps=1e-6, atol=1e-5, rtol=1e-3)")
    return writer.made
