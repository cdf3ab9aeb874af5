"""Families about what must stay as it is: inputs, upstream gradients, memory."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import torch

from autograder.checking.battery.samples import (
    each_dtype,
    each_shape,
    far,
    odd_shapes,
    options_of,
    plain,
    plain_shape,
)
from autograder.checking.battery.values import assert_working, assert_works
from autograder.checking.compare import Mismatch, assert_matches
from autograder.checking.contract import Contract
from autograder.checking.draw import Draw
from autograder.checking.layouts import TRANSPOSED
from autograder.checking.program import Program, Reading, Step
from autograder.checking.question import (
    Question,
    Sample,
    call,
    gradient_of,
    lay_arguments,
    lay_upstream,
    same,
    sample,
    shapes_of,
    with_upstream,
)
from autograder.checking.student import Student

# How PyTorch says that a tensor that backward needs, or a view, was overwritten.
COMPLAINT = re.compile(r"in-?place", re.IGNORECASE)


def ask_untouched(student: Student, draw: Draw, contract: Contract) -> None:
    """The arguments still hold their values after forward and after backward: in every dtype,
    several numbers of dimensions and layouts, with gradients on and off.
    """
    _untouched(student, draw, contract, upstream=False)


def ask_upstream_untouched(student: Student, draw: Draw, contract: Contract) -> None:
    """grad_output still holds its values after backward: in every dtype, several layouts and
    numbers of dimensions.
    """
    _untouched(student, draw, contract, arguments=False)


def ask_all_untouched(student: Student, draw: Draw, contract: Contract) -> None:
    """The arguments and grad_output still hold their values, as in the two families above."""
    _untouched(student, draw, contract)


def _untouched(
    student: Student,
    draw: Draw,
    contract: Contract,
    *,
    arguments: bool = True,
    upstream: bool = True,
) -> None:
    works = Question(contract, plain(contract, draw))
    situations = [(one, True) for one in _situations(draw, contract)]
    if arguments:
        situations.append((replace(plain(contract, draw), about="under no_grad"), False))
    asked = []
    for one, grad in situations:
        wanted = contract.carrying if grad else ()
        program = Program(one.about)
        laid, leaves = lay_arguments(program, contract, one, wanted)
        result = call(program, contract, one, laid, grad=grad)
        after = [program.read(argument) for argument in laid if arguments]
        given: Reading | None = None
        if wanted:
            step = lay_upstream(program, one, contract)
            program.grad([result], leaves, [step], retain=True)
            after += [program.read(argument) for argument in laid if arguments]
            given = program.read(step) if upstream else None
        asked.append((program, one, after, given))
    student.run([works.program, *(program for program, _, _, _ in asked)])
    assert_working(works)
    for _, one, after, given in asked:
        _assert_still(contract, one, after)
        if given is not None and given.failed is None:
            what = f"grad_output after backward {one.about}".rstrip()
            _assert_identical(given.value, one.upstream, what)


def _assert_still(contract: Contract, one: Sample, after: Sequence[Reading]) -> None:
    before = one.laid(one.bases, shapes_of(contract, one.shape))
    for place, reading in enumerate(after):
        index = place % len(before)
        when = "forward" if place < len(before) else "backward"
        if reading.failed is None:  # that something raises is not what is asked here
            what = f"{contract.arguments[index].name} after {when} {one.about}".rstrip()
            _assert_identical(reading.value, before[index], what)


def _assert_identical(found: object, right: torch.Tensor, what: str) -> None:
    """Compare values exactly, NaN and infinity included."""
    if isinstance(found, torch.Tensor) and found.is_floating_point():
        found = torch.nan_to_num(found, nan=12345.0, posinf=23456.0, neginf=-23456.0)
        right = torch.nan_to_num(right, nan=12345.0, posinf=23456.0, neginf=-23456.0)
    assert_matches(found, right, what, rtol=0, atol=0)


def _situations(draw: Draw, contract: Contract) -> list[Sample]:
    """Where answers have been seen to write into what is not theirs."""
    turned = sample(
        contract, draw, (4, 3), contract.dtypes[0], options_of(contract, draw), TRANSPOSED
    )
    odd = plain(contract, draw)
    strange = (_with_strange(odd.bases[0]), *odd.bases[1:])
    large = far(odd.upstream.dtype)
    return [
        *each_dtype(draw, contract),
        *each_shape(draw, contract, odd_shapes(contract)),
        replace(turned, about="for a transposed input"),
        replace(odd, bases=strange, about="with NaN and infinity"),
        with_upstream(
            odd, _with_strange(odd.upstream), "with NaN and infinity in the upstream gradient"
        ),
        with_upstream(odd, odd.upstream * large, "for a large upstream gradient", large),
    ]


def _with_strange(tensor: torch.Tensor) -> torch.Tensor:
    """The tensor with NaN and both infinities in its first places, as far as it has them."""
    strange = torch.tensor([float("nan"), float("inf"), -float("inf")], dtype=tensor.dtype)
    flat = tensor.reshape(-1).clone()
    flat[:3] = strange[: flat.numel()]
    return flat.view(tensor.shape)


def ask_new_result(student: Student, draw: Draw, contract: Contract) -> None:
    """The result is a tensor of its own: it shares no memory with an argument, also where all of
    the input is positive or gradients are off.
    """
    assert_works(student, draw, contract)
    samples = []
    for dtype in contract.dtypes[:2]:
        one = plain(contract, draw, dtype)
        samples += [one, replace(one, bases=(one.bases[0].abs(), *one.bases[1:]))]
    asked = []
    for one in samples:
        for wanted in (contract.carrying, ()):
            program = Program()
            arguments, _ = lay_arguments(program, contract, one, wanted)
            result = call(program, contract, one, arguments, grad=bool(wanted))
            places = [_memory(program, step) for step in (result, *arguments)]
            asked.append((program, places))
    student.run([program for program, _ in asked])
    for _, (result_place, *places) in asked:
        if result_place.failed is None and result_place.value in [p.value for p in places]:
            raise Mismatch(f"{contract.result} shares its memory with an argument")


def _memory(program: Program, step: Step) -> Reading:
    """Where a tensor's storage lies."""
    return program.read(program.method(program.method(step, "untyped_storage"), "data_ptr"))


def ask_input_edited(student: Student, draw: Draw, contract: Contract) -> None:
    """If an argument is overwritten after forward, backward is right or autograd complains."""
    for index in range(len(contract.arguments)):
        _edited(student, draw, contract, index)


def ask_result_edited(student: Student, draw: Draw, contract: Contract) -> None:
    """If the result is overwritten after forward, backward is right or autograd complains."""
    _edited(student, draw, contract, None)


def _edited(student: Student, draw: Draw, contract: Contract, index: int | None) -> None:
    """Where the argument of this number, or the result, is overwritten after forward."""
    options = options_of(contract, draw)
    asked = []
    for dtype, shape in (
        *((dtype, plain_shape(draw, contract)) for dtype in contract.dtypes[:2]),
        (contract.dtypes[0], odd_shapes(contract)[-1]),
    ):
        one = sample(contract, draw, shape, dtype, options)
        program = Program()
        arguments, leaves = lay_arguments(program, contract, one, contract.carrying)
        result = call(program, contract, one, arguments)
        program.method(result if index is None else arguments[index], "mul_", -1)
        upstream = lay_upstream(program, one, contract)
        gradient, *_ = program.grad([result], leaves, [upstream])
        asked.append((program, program.read(gradient), Question(contract, one)))
    student.run([p for program, _, alone in asked for p in (program, alone.program)])
    edited = contract.result if index is None else contract.arguments[index].name
    what = f"the gradient after {edited} was overwritten"
    for _, reading, alone in asked:
        alone.require_value()
        if reading.failed is not None:
            if COMPLAINT.search(reading.failed.text):
                continue
            raise reading.failed
        own = gradient_of(alone.gradients[0], "the gradient")
        same(contract, gradient_of(reading, what), -own if index is None else own, what)
