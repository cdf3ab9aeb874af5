"""Families about gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

import torch

from autograder.checking.battery.samples import (
    Given,
    dtype_name,
    each_dtype,
    each_given,
    each_magnitude,
    each_seam,
    each_shape,
    far,
    odd_shapes,
    options_of,
    plain,
)
from autograder.checking.battery.values import assert_works
from autograder.checking.compare import Mismatch
from autograder.checking.contract import Contract, Shape
from autograder.checking.draw import Draw
from autograder.checking.layouts import (
    CHANNELS_LAST,
    CONTIGUOUS,
    EXPANDED,
    EXPANDED_WHOLE,
    FIRST_MOVED_LAST,
    OFFSET,
    SLICED,
    TRANSPOSED,
    Layout,
)
from autograder.checking.own_rule import assert_own_rule
from autograder.checking.program import Program
from autograder.checking.question import (
    Question,
    Sample,
    ask,
    call,
    gradient_of,
    lay_arguments,
    lay_upstream,
    right_second_derivatives,
    same,
    sample,
    shapes_of,
    with_upstream,
)
from autograder.checking.student import Student

# Each kind of view with a shape that it is asked in.
VIEWS: tuple[tuple[Layout, Shape], ...] = (
    (TRANSPOSED, (4, 3)),
    (FIRST_MOVED_LAST, (2, 3, 4)),
    (CHANNELS_LAST, (2, 3, 2, 2)),
    (SLICED, (3, 4)),
    (OFFSET, (5,)),
    (EXPANDED, (3, 4)),
)
UPSTREAM_VIEWS: tuple[tuple[Layout, Shape], ...] = (
    (TRANSPOSED, (4, 3)),
    (SLICED, (3, 4)),
    (EXPANDED_WHOLE, (3, 4)),
)

Otherwise = Callable[[Question], list[torch.Tensor]]


def ask_gradients(student: Student, draw: Draw, contract: Contract) -> None:
    """The gradients are right: for each dtype, and each setting."""
    _gradients(student, contract, each_dtype(draw, contract))


def ask_gradient_shapes(student: Student, draw: Draw, contract: Contract) -> None:
    """The gradient has its input's shape, and there the values that it has in a row."""
    in_a_row = (lambda asked: _in_a_row(student, contract, asked)) if contract.elementwise else None
    _gradients(student, contract, each_shape(draw, contract), in_a_row)


def ask_given_gradients(student: Student, draw: Draw, contract: Contract, given: Given) -> None:
    """The gradients at these arguments are right: for each dtype, and each setting."""
    _gradients(student, contract, each_given(draw, contract, given))


def ask_gradient_magnitudes(
    student: Student, draw: Draw, contract: Contract, *, atol: float | None = None
) -> None:
    """The gradients are right for any size of input.

    Args:
        student, draw, contract: what is asked, as in every family.
        atol: an absolute tolerance below the contract's; 0 where a gradient is as exact as its
            input.
    """
    _gradients(student, contract, each_magnitude(draw, contract), atol=atol)


def ask_seams(student: Student, draw: Draw, contract: Contract) -> None:
    """At each seam, and right beside it, value and gradient are as the text says."""
    _gradients(student, contract, each_seam(draw, contract))


def ask_upstreams(student: Student, draw: Draw, contract: Contract) -> None:
    """The gradient is multiplied by the upstream gradient, whatever its signs and sum, and in each
    dtype whatever its size.
    """
    samples: list[Sample] = []
    for dtype in contract.dtypes:
        one = plain(contract, draw, dtype)
        positive = one.upstream.abs()
        balanced = torch.ones_like(one.upstream).reshape(-1)
        balanced[1::2] = -1.0
        large = far(dtype)
        sizes = [
            ("of both signs", one.upstream, 1.0),
            ("that is large", one.upstream * large, large),
            ("that is small", one.upstream / large, 1 / large),
        ]
        signs = [
            ("that is positive", positive, 1.0),
            ("that is negative", -positive, 1.0),
            ("that sums to 0", balanced.view_as(one.upstream), 1.0),
            ("of zeros", torch.zeros_like(one.upstream), 1.0),
        ]
        for about, upstream, scale in sizes + signs if dtype == contract.dtypes[0] else sizes:
            said = f"for an upstream gradient {about} ({dtype_name(dtype)})"
            samples.append(with_upstream(one, upstream, said, scale))
    _gradients(student, contract, samples)


def ask_views(student: Student, draw: Draw, contract: Contract) -> None:
    """Views are tensors like others: transposed, permuted, sliced, expanded, cut out of others;
    the commonest of them in a second dtype, too.
    """
    options = options_of(contract, draw)
    samples = []
    inputs = list(_for_dims(contract, VIEWS))
    upstreams = list(_for_dims(contract, UPSTREAM_VIEWS if contract.elementwise else ()))
    for dtype in contract.dtypes[:2]:
        for layout, shape in inputs:
            about = f"for {_article(layout.name)} {layout.name} input"
            samples.append(
                sample(contract, draw, shape, dtype, options, layout=layout, about=about)
            )
        for layout, shape in upstreams:
            about = f"for {_article(layout.name)} {layout.name} upstream gradient"
            samples.append(
                sample(contract, draw, shape, dtype, options, upstream_layout=layout, about=about)
            )
        inputs, upstreams = inputs[:1], upstreams[:1]
    _gradients(student, contract, samples, lambda asked: _in_plain_view(student, contract, asked))


def _gradients(
    student: Student,
    contract: Contract,
    samples: Iterable[Sample],
    otherwise: Otherwise | None = None,
    atol: float | None = None,
) -> None:
    for question in ask(student, [Question(contract, one) for one in samples]):
        if question.wanted:
            question.check_gradients(otherwise, atol)
        else:  # a function that autograd has no part in
            question.check_value(atol)


def _for_dims(
    contract: Contract, laid: Sequence[tuple[Layout, Shape]]
) -> Iterator[tuple[Layout, Shape]]:
    """Those of a number of dimensions that the function is for."""
    dims = {len(shape) for shape in contract.shapes}
    return (one for one in laid if len(one[1]) in dims)


def _article(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"


def _in_plain_view(student: Student, contract: Contract, asked: Question) -> list[torch.Tensor]:
    """The student's own gradients for the same numbers, contiguous."""
    one = asked.sample
    (question,) = ask(student, [Question(contract, flattened(contract, one))])
    found = [gradient_of(reading, "the gradient") for reading in question.gradients]
    shapes = shapes_of(contract, one.shape)
    for place, index in enumerate(asked.wanted):
        # What arrives behind a view is asked of autograd, here.
        leaf = one.bases[index].detach().clone().requires_grad_()
        seen = one.layout_of(shapes[index]).lay(leaf, shapes[index])
        if seen is not leaf:
            (found[place],) = torch.autograd.grad(seen, leaf, found[place])
    return found


def _in_a_row(student: Student, contract: Contract, asked: Question) -> list[torch.Tensor]:
    """The student's own gradients for the same numbers in one dimension."""
    one = asked.sample
    if any(base.shape != one.bases[0].shape for base in one.bases):
        raise Mismatch("arguments of several shapes have no common row")
    row = replace(
        one,
        shape=(one.bases[0].numel(),),
        bases=tuple(base.reshape(-1) for base in one.bases),
        upstream=one.upstream.reshape(-1),
    )
    (question,) = ask(student, [Question(contract, row)])
    found = [gradient_of(reading, "the gradient") for reading in question.gradients]
    return [gradient.view(one.shape) for gradient in found]


def flattened(contract: Contract, one: Sample) -> Sample:
    """The sample with the same numbers, contiguous."""
    laid = one.laid(one.bases, shapes_of(contract, one.shape))
    upstream = one.upstream
    if contract.elementwise:
        upstream = one.upstream_layout.lay(upstream, one.shape)
    return replace(
        one,
        bases=tuple(tensor.clone(memory_format=torch.contiguous_format) for tensor in laid),
        upstream=upstream.clone(memory_format=torch.contiguous_format),
        layout=CONTIGUOUS,
        upstream_layout=CONTIGUOUS,
    )


def ask_no_gradient_for_others(student: Student, draw: Draw, contract: Contract) -> None:
    """No gradient arrives at an argument that has none, in any setting."""
    everything = list(range(len(contract.arguments)))
    samples = each_dtype(draw, contract)
    for question in ask(student, [Question(contract, one, wanted=everything) for one in samples]):
        question.check_value()
        for place, argument in enumerate(contract.arguments):
            arrived = question.gradients[place].value
            if not argument.gradient and arrived is not None:
                raise Mismatch(f"{argument.name} has no gradient, and yet one arrives there")


def ask_gradients_apart(student: Student, draw: Draw, contract: Contract) -> None:
    """Each argument's gradient is right where it is the only one that is asked for."""
    questions = [
        Question(contract, replace(one, about="where no other is asked for"), wanted=[index])
        for one in each_dtype(draw, contract)
        for index in contract.carrying
    ]
    for question in ask(student, questions):
        question.check_gradients()


def ask_second_derivatives(
    student: Student, draw: Draw, contract: Contract, given: Given = ()
) -> None:
    """The gradients can be differentiated again: for each dtype and setting, and at given
    arguments.
    """
    asked = []
    for one in (*each_dtype(draw, contract), *each_given(draw, contract, given)):
        program = Program(one.about)
        arguments, leaves = lay_arguments(program, contract, one, contract.carrying)
        result = call(program, contract, one, arguments)
        first = program.grad([result], leaves, [lay_upstream(program, one, contract)], create=True)
        factors = [torch.ones_like(one.bases[i]) for i in contract.carrying]
        second = program.grad(first, leaves, [program.put(factor) for factor in factors])
        asked.append((program, one, [program.read(step) for step in second]))
    student.run([program for program, _, _ in asked])
    for _, one, readings in asked:
        right = right_second_derivatives(contract, one)
        for reading, expected, index in zip(readings, right, contract.carrying, strict=True):
            found = torch.zeros_like(expected) if reading.value is None else reading.value
            what = f"the second derivative by {contract.arguments[index].name} {one.about}"
            same(contract, found, expected, what.rstrip())


def ask_class(student: Student, draw: Draw, contract: Contract) -> None:
    """The class by itself, `Function.apply`, does what its wrapper does."""
    samples = [plain(contract, draw, dtype) for dtype in contract.dtypes[:2]]
    name = f"{contract.function}.apply"
    for question in ask(student, [Question(contract, one, name=name) for one in samples]):
        question.check_gradients()


def ask_own_rule(
    student: Student,
    draw: Draw,
    contract: Contract,
    *,
    reduces: bool = False,
    views: bool = True,
) -> None:
    """The gradient comes from the student's own backward: in every dtype, several shapes and
    layouts, and for each setting. Whether it is right is asked elsewhere.

    Args:
        student, draw, contract: what is asked, as in every family.
        views: ask for a view as well; not where the function overwrites it, since autograd then
            keeps the Function elsewhere.
        reduces: allow a mean or a sum between the Function and the result, as losses have.
    """
    turned = sample(
        contract, draw, (3, 4), contract.dtypes[0], options_of(contract, draw), TRANSPOSED
    )
    samples = [
        *each_dtype(draw, contract),
        *each_shape(draw, contract, odd_shapes(contract)),
        *([replace(turned, about="for a transposed input")] if views else []),
    ]
    assert_works(student, draw, contract)
    asked = []
    for one in samples:
        question = Question(contract, one, wanted=[0], retain=True)
        program = question.program
        graph = program.read(program.graph(question.result, contract.function))
        alone = program.read(program.alone(question.result, program.put(one.upstream)))
        asked.append((question, graph, alone))
    ask(student, [question for question, _, _ in asked])
    for question, graph, alone in asked:
        found = gradient_of(question.gradients[0], "the gradient")
        expected = [question.sample.layout.lay(found, question.sample.shape)]
        assert_own_rule(graph.value, lambda: alone.value, expected, reduces=reduces)  # noqa: B023
