"""Programs of scalars as Python: the one that an error is about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from autograder.commands.explaining.clues import NOTHING, Clues
from autograder.commands.explaining.literals import same
from autograder.commands.explaining.recording import Asked
from autograder.commands.explaining.writing import Writer, leaves, operated


def write_steps(writer: Writer, one: Asked, clues: Clues) -> None:
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
            values = [v for number in part if number in tells for v in leaves(tells[number])]
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
    writer: Writer,
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


def _write_told(writer: Writer, kind: str, name: str, operands: list[str], came: Any) -> None:
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
