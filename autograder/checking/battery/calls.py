"""Families about several calls, and several backwards: nothing of one is in another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch

from autograder.checking.battery.samples import plain, plain_shape
from autograder.checking.compare import Mismatch
from autograder.checking.contract import Contract, Shape
from autograder.checking.draw import Draw
from autograder.checking.program import Program, Reading
from autograder.checking.question import (
    Question,
    Sample,
    call,
    gradient_of,
    lay_arguments,
    lay_upstream,
    same,
    sample,
)
from autograder.checking.student import Student

AMONG_OTHERS = "where another call came before its backward"
# Equal in their number of dimensions, their first and their last.
SAME_ENDS: tuple[Shape, Shape] = ((2, 3, 4), (2, 5, 4))


@dataclass(frozen=True)
class _Call:
    """One call among others, and the same call alone."""

    alone: Question
    value: Reading
    gradients: list[Reading]


def ask_several_calls(student: Student, draw: Draw, contract: Contract) -> None:
    """Several calls before any backward, whose backwards run in the order of the calls and the
    other way round; the same shape with other numbers, other shapes, other settings. What a call
    gave is looked at when all are done.
    """
    programs: list[Program] = []
    calls: list[_Call] = []
    for samples in _several(draw, contract):
        alone = [Question(contract, one) for one in samples]
        programs += [question.program for question in alone]
        for order in (range(len(alone)), reversed(range(len(alone)))):
            program, made = _calls(contract, alone, order)
            programs.append(program)
            calls += made
    student.run(programs)
    for one in calls:
        _as_when_alone(contract, one)


def _several(draw: Draw, contract: Contract) -> Iterator[list[Sample]]:
    """Samples of shapes that something may take for the same, and of each setting; two of the same
    shape in another dtype.
    """
    first, *others = contract.options(draw)
    shape = plain_shape(draw, contract)
    dims = {len(shape) for shape in contract.shapes}
    shapes = [shape, shape, shape[::-1], (5,), (2, 5), *SAME_ENDS]
    asked = [(each, first) for each in shapes if len(each) in dims]
    asked += [(shape, options) for options in others]
    for dtype in contract.dtypes[:2]:
        yield [
            sample(contract, draw, each, dtype, options, about=AMONG_OTHERS)
            for each, options in asked
        ]
        asked = asked[:2]


def _calls(
    contract: Contract, alone: Sequence[Question], order: Iterable[int]
) -> tuple[Program, list[_Call]]:
    """All calls, then their backwards in this order, then what they gave."""
    samples = [question.sample for question in alone]
    program = Program(AMONG_OTHERS)
    made = []
    for one in samples:
        arguments, leaves = lay_arguments(program, contract, one, contract.carrying)
        made.append((call(program, contract, one, arguments), leaves))
    gradients = {}
    for index in order:
        result, leaves = made[index]
        upstream = lay_upstream(program, samples[index], contract)
        gradients[index] = program.grad([result], leaves, [upstream])
    return program, [
        _Call(
            question,
            program.read(made[i][0]),
            [program.read(gradient) for gradient in gradients[i]],
        )
        for i, question in enumerate(alone)
    ]


def _as_when_alone(contract: Contract, one: _Call) -> None:
    """What a call gave among others is what it gives alone."""
    about = one.alone.sample.about
    same(contract, one.value.value, _own(one.alone.value), f"{contract.result} {about}")
    for mine, reading in zip(one.gradients, one.alone.gradients, strict=True):
        what = f"the gradient {about}"
        own = gradient_of(reading, "the gradient")
        same(contract, gradient_of(mine, what), own, what)


def _own(reading: Reading) -> torch.Tensor:
    """What the student's function gave in a plain call.

    Raises:
        Mismatch: no tensor, so that nothing can be compared with it.
    """
    if not isinstance(reading.value, torch.Tensor):
        raise Mismatch("this cannot be judged: the function returns no tensor")
    return reading.value


def ask_same_input_twice(student: Student, draw: Draw, contract: Contract) -> None:
    """The same tensor in two calls gets both gradients, each call backs up by itself, and once the
    tensor holds other values the result is another.
    """
    one = plain(contract, draw)
    settings = contract.options(draw)
    # With two settings, where there are: what belongs to a call must not be kept on the tensor.
    asked = [replace(one, options=options) for options in (settings[0], settings[-1])]
    program = Program("where the same tensor went into two calls")
    arguments, leaves = lay_arguments(program, contract, one, contract.carrying)
    results = [call(program, contract, each, arguments) for each in asked]
    upstream = [lay_upstream(program, each, contract) for each in asked]
    values = [program.read(result) for result in results]
    found = [
        program.grad([result], leaves, [given])
        for result, given in zip(results, upstream, strict=True)
    ]
    gradients = [[program.read(gradient) for gradient in each] for each in found]
    alone = [Question(contract, each) for each in asked]
    overwritten, stale, fresh = _overwritten(contract, one)
    student.run([program, *(each.program for each in alone), overwritten, fresh.program])
    for value, each in zip(values, alone, strict=True):
        same(contract, value.value, _own(each.value), f"{contract.result} of a repeated call")
    for mine, each in zip(gradients, alone, strict=True):
        what = "the gradient for a tensor that went into two calls"
        for gradient, reading in zip(mine, each.gradients, strict=True):
            own = gradient_of(reading, "the gradient")
            same(contract, gradient_of(gradient, what), own, what)
    what = f"{contract.result} of a second call, after the input was overwritten"
    same(contract, stale.value, _own(fresh.value), what)


def _overwritten(contract: Contract, one: Sample) -> tuple[Program, Reading, Question]:
    """Two calls with a tensor that is overwritten between them, and what the second should give."""
    other = one.other_numbers()
    program = Program("where the input was overwritten between two calls")
    arguments, _ = lay_arguments(program, contract, one, ())
    call(program, contract, one, arguments)
    program.method(arguments[0], "copy_", program.put(other.bases[0]))
    result = program.read(call(program, contract, one, arguments))
    return program, result, Question(contract, other, backward=False)


def ask_second_backward(student: Student, draw: Draw, contract: Contract) -> None:
    """With `retain_graph=True` a second backward gives the same, and for another upstream gradient
    what belongs to that.
    """
    for dtype in contract.dtypes[:2]:
        one = plain(contract, draw, dtype)
        program = Program("in a second backward")
        arguments, leaves = lay_arguments(program, contract, one, contract.carrying)
        result = call(program, contract, one, arguments)
        upstream = lay_upstream(program, one, contract)
        doubled = program.method(upstream, "mul", 2)
        readings = []
        for given in (upstream, upstream, doubled):
            found = program.grad([result], leaves, [given], retain=True)
            readings.append([program.read(gradient) for gradient in found])
        student.run([program])
        for mine, again, double in zip(*readings, strict=True):
            what = "the gradient of a second backward"
            first = gradient_of(mine, what)
            same(contract, gradient_of(again, what), first, what)
            same(contract, gradient_of(double, what), first * 2, what)
