"""One call of a student's function and its backward: the inputs, the program that asks, and the
right answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import torch

from autograder.checking.compare import Mismatch, assert_matches, tolerances
from autograder.checking.contract import Contract, Options, Shape
from autograder.checking.draw import Draw
from autograder.checking.layouts import CONTIGUOUS, Layout
from autograder.checking.program import Program, Reading, Runs, Step

# (rtol, atol) in double precision: tight enough that half of the digits lost on the way is seen.
_DOUBLE = (1e-10, 1e-12)


@dataclass(frozen=True)
class Sample:
    """The inputs of one call.

    Attributes:
        shape: of the first argument.
        bases: the contiguous tensors behind the arguments.
        upstream: the contiguous tensor behind the upstream gradient.
        options: of the call.
        layout: how the arguments lie, as far as they have the dimensions for it.
        upstream_layout: how the upstream gradient lies.
        about: what is special, such as "for float16"; "" where nothing is.
        scale: size of the upstream gradient, by which gradients are divided before they are
            compared; gradients are proportional to it.
    """

    shape: Shape
    bases: tuple[torch.Tensor, ...]
    upstream: torch.Tensor
    options: Options
    layout: Layout = CONTIGUOUS
    upstream_layout: Layout = CONTIGUOUS
    about: str = ""
    scale: float = 1.0

    def laid(self, bases: Iterable[torch.Tensor], shapes: Sequence[Shape]) -> list[torch.Tensor]:
        """The arguments as views of these tensors."""
        return [
            self.layout_of(shape).lay(base, shape)
            for base, shape in zip(bases, shapes, strict=True)
        ]

    def layout_of(self, shape: Shape) -> Layout:
        """How an argument of this shape lies."""
        return self.layout if self.layout.fits(shape) else CONTIGUOUS

    def other_numbers(self) -> Sample:
        """The sample with the first argument's numbers in another order and halved."""
        first, *others = self.bases
        return replace(self, bases=(first.flip(tuple(range(first.dim()))) / 2, *others))


def sample(
    contract: Contract,
    draw: Draw,
    shape: Shape,
    dtype: torch.dtype,
    options: Options,
    layout: Layout = CONTIGUOUS,
    upstream_layout: Layout = CONTIGUOUS,
    about: str = "",
) -> Sample:
    """Ordinary inputs, and an upstream gradient of both signs that is past 1 in size."""
    bases: list[torch.Tensor] = []
    for shape_there in shapes_of(contract, shape):
        where = layout.base(shape_there) if layout.fits(shape_there) else shape_there
        bases.append(contract.arguments[len(bases)].values(draw, where, dtype))
    expected = _result_shape(contract, bases, shape, options, layout)
    upstream = upstream_for(draw, upstream_layout.base(expected), dtype, bases[0])
    return Sample(shape, tuple(bases), upstream, options, layout, upstream_layout, about)


def sample_of(
    contract: Contract,
    draw: Draw,
    bases: Sequence[torch.Tensor],
    options: Options,
    about: str = "",
) -> Sample:
    """These very inputs, contiguous, and an upstream gradient as in `sample`."""
    first = bases[0]
    expected = _result_shape(contract, bases, tuple(first.shape), options, CONTIGUOUS)
    upstream = upstream_for(draw, expected, first.dtype, first)
    return Sample(tuple(first.shape), tuple(bases), upstream, options, about=about)


def upstream_for(
    draw: Draw, shape: Shape, dtype: torch.dtype, beside: torch.Tensor | None = None
) -> torch.Tensor:
    """An upstream gradient between 1.5 and 3 in size.

    Both signs meet both signs of `beside`, a tensor with as many elements, where there are four.
    """
    values = draw.uniform(shape, 1.5, 3.0, torch.float64)
    if beside is None or beside.numel() != values.numel():
        turns = draw.order(values.numel())
    else:  # alternate among the positive and among the negative elements
        positive = beside.reshape(-1) > 0
        turns = torch.where(positive, positive.cumsum(0), positive.logical_not().cumsum(0))
    return (values * (1 - 2 * (turns % 2)).view(shape)).to(dtype)


def shapes_of(contract: Contract, shape: Shape) -> list[Shape]:
    """The shapes of all arguments where the first has this shape."""
    return [argument.shape_for(shape) for argument in contract.arguments]


def _result_shape(
    contract: Contract,
    bases: Sequence[torch.Tensor],
    shape: Shape,
    options: Options,
    layout: Layout,
) -> Shape:
    if contract.elementwise:
        return shape
    value, _ = right_answers(contract, Sample(shape, tuple(bases), bases[0], options, layout))
    return tuple(value.shape)


def right_answers(
    contract: Contract, asked: Sample, wanted: Sequence[int] = ()
) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """What the function should return, in the dtype of the first argument, and the gradients at the
    tensors behind the wanted arguments, in the dtypes of those.
    """
    doubles = [_double(base) for base in asked.bases]
    for index in wanted:
        doubles[index].requires_grad_()
    value = contract.right(*asked.laid(doubles, shapes_of(contract, asked.shape)), **asked.options)
    gradients: Sequence[torch.Tensor] = ()
    if wanted:
        upstream = asked.upstream_layout.lay(_double(asked.upstream), tuple(value.shape))
        gradients = torch.autograd.grad(value, [doubles[i] for i in wanted], upstream)
    return value.detach().to(asked.bases[0].dtype), [
        g.to(asked.bases[i].dtype) for g, i in zip(gradients, wanted, strict=True)
    ]


def right_second_derivatives(contract: Contract, asked: Sample) -> list[torch.Tensor]:
    """The derivatives of the sum of all gradients, by each argument that carries one."""
    doubles = [_double(base) for base in asked.bases]
    leaves = [doubles[i].requires_grad_() for i in contract.carrying]
    value = contract.right(*asked.laid(doubles, shapes_of(contract, asked.shape)), **asked.options)
    upstream = asked.upstream_layout.lay(_double(asked.upstream), tuple(value.shape))
    first = torch.autograd.grad(value, leaves, upstream, create_graph=True)
    total = torch.stack([gradient.sum() for gradient in first]).sum()
    if not total.requires_grad:
        return [torch.zeros_like(asked.bases[i]) for i in contract.carrying]
    second = torch.autograd.grad(total, leaves, allow_unused=True)
    return [
        torch.zeros_like(asked.bases[i]) if g is None else g.to(asked.bases[i].dtype)
        for g, i in zip(second, contract.carrying, strict=True)
    ]


def _double(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().double() if tensor.is_floating_point() else tensor


class Question:
    """A sample, asked of the student's function.

    Args:
        contract: the function.
        sample: what it is asked with.
        backward: whether its gradients are asked as well.
        retain: keep the graph, for what the program asks afterwards.
        wanted: the arguments whose gradients are asked; those that carry one otherwise.
        grad: False to ask under `torch.no_grad()`.
        name: the name that is called; the contract's otherwise.
    """

    def __init__(
        self,
        contract: Contract,
        sample: Sample,
        *,
        backward: bool = True,
        retain: bool = False,
        wanted: Sequence[int] | None = None,
        grad: bool = True,
        name: str = "",
    ) -> None:
        self.contract, self.sample = contract, sample
        requiring = contract.carrying if wanted is None else list(wanted)
        self.wanted = requiring if backward else []
        self.program = Program(sample.about)
        arguments, leaves = lay_arguments(
            self.program, contract, sample, requiring if backward else ()
        )
        # A function that autograd has no part in is called where it records nothing.
        recorded = grad and bool(contract.carrying)
        self.result = call(self.program, contract, sample, arguments, grad=recorded, name=name)
        self.value = self.program.read(self.result)
        self.gradients: list[Reading] = []
        if self.wanted:
            upstream = lay_upstream(self.program, sample, contract)
            found = self.program.grad([self.result], leaves, [upstream], retain=retain)
            self.gradients = [self.program.read(gradient) for gradient in found]

    @cached_property
    def right(self) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """The right result, and the right gradients of the wanted arguments."""
        return right_answers(self.contract, self.sample, self.wanted)

    def check_value(self, atol: float | None = None) -> None:
        """The result is right.

        Raises:
            Mismatch, StudentError: it is not.
        """
        right, _ = self.right
        same(self.contract, self.value.value, right, self.called(self.contract.result), atol)

    def check_gradients(
        self,
        otherwise: Callable[[Question], list[torch.Tensor]] | None = None,
        atol: float | None = None,
    ) -> None:
        """The gradients are right.

        Args:
            otherwise: what they may be as well, found out only where they are not right: mostly
                what the student's own gradient is in a plainer situation. So a check of layouts
                does not fail a gradient that is wrong in every layout.
            atol: an absolute tolerance below the contract's.

        Raises:
            Mismatch, StudentError: they are not.
        """
        self.require_value()
        _, expected = self.right
        for place, (index, right) in enumerate(zip(self.wanted, expected, strict=True)):
            what = self.called(f"the gradient{self._of(index)}")
            found = gradient_of(self.gradients[place], what)
            try:
                self._same_gradient(found, right, what, atol)
            except Mismatch:
                if otherwise is None or found.shape != right.shape or found.dtype != right.dtype:
                    raise
                try:
                    self._same_gradient(found, otherwise(self)[place], what, atol)
                except Mismatch:
                    pass
                else:
                    continue
                raise

    def require_value(self) -> None:
        """The result is right, as it must be before its gradient means anything.

        Raises:
            Mismatch: it is not, and nothing else can be judged.
        """
        try:
            self.check_value()
        except Mismatch as wrong:
            raise Mismatch(
                f"this cannot be judged, because forward is wrong already: {wrong.hint}",
                wrong.detail,
            ) from None

    def called(self, what: str) -> str:
        """`what` with the situation, for a message."""
        return f"{what} {self.sample.about}".rstrip()

    def _of(self, index: int) -> str:
        """Which argument's gradient, where there are several arguments."""
        arguments = self.contract.arguments
        return "" if len(arguments) == 1 else f" of {arguments[index].name}"

    def _same_gradient(
        self, found: torch.Tensor, right: torch.Tensor, what: str, atol: float | None
    ) -> None:
        scale = self.sample.scale
        if scale != 1.0 and found.dtype == right.dtype:
            rtol, usual = _tolerance(self.contract, right.dtype)
            found, right = found.double() / scale, right.double() / scale
            assert_matches(found, right, what, rtol=rtol, atol=usual if atol is None else atol)
        else:
            same(self.contract, found, right, what, atol)


def gradient_of(reading: Reading, what: str) -> torch.Tensor:
    """A gradient that was read.

    Raises:
        Mismatch: none arrived.
    """
    if reading.value is None:
        raise Mismatch(
            f"{what} is missing: is it cut off from the input, or not returned by `backward`?"
        )
    gradient: torch.Tensor = reading.value
    return gradient


def lay_arguments(
    program: Program, contract: Contract, sample: Sample, wanted: Sequence[int]
) -> tuple[list[Step], list[Step]]:
    """Steps for the arguments, and for the leaves behind those whose gradients are wanted."""
    arguments, leaves = [], []
    for index, (base, shape) in enumerate(
        zip(sample.bases, shapes_of(contract, sample.shape), strict=True)
    ):
        requires = index in wanted
        step = program.put(base.detach().requires_grad_(requires))
        if requires:
            leaves.append(step)
            step = program.method(step, "clone")
        arguments.append(_viewed(program, step, sample.layout_of(shape), shape))
    return arguments, leaves


def lay_upstream(program: Program, sample: Sample, contract: Contract) -> Step:
    """A step for the upstream gradient."""
    # Only where each element has its own gradient is one asked in a view.
    shape = sample.shape if contract.elementwise else tuple(sample.upstream.shape)
    return _viewed(program, program.put(sample.upstream), sample.upstream_layout, shape)


def call(
    program: Program,
    contract: Contract,
    sample: Sample,
    arguments: Sequence[Step],
    *,
    grad: bool = True,
    name: str = "",
) -> Step:
    """A step that calls the function, and takes the part of the result that is asked."""
    target, options = name or contract.name, sample.options
    if contract.by_position or name:
        result = program.call(target, *arguments, *options.values(), grad=grad)
    else:
        result = program.call(target, *arguments, grad=grad, options=dict(options))
    return result if contract.part is None else program.item(result, contract.part)


def _viewed(program: Program, step: Step, layout: Layout, shape: Shape) -> Step:
    for method, arguments in layout.views(shape):
        step = program.method(step, method, *arguments)
    return step


def _tolerance(contract: Contract, dtype: torch.dtype) -> tuple[float, float]:
    if not contract.strict and dtype == torch.float64:
        dtype = torch.float32
    if contract.tolerance:
        return contract.tolerance(dtype)
    return _DOUBLE if dtype == torch.float64 else tolerances(dtype)


def same(
    contract: Contract,
    found: Any,
    right: torch.Tensor,
    what: str,
    atol: float | None = None,
) -> None:
    """Compare with the contract's tolerance, or a smaller absolute one."""
    if not contract.strict and isinstance(found, torch.Tensor) and found.is_floating_point():
        found = found.to(right.dtype)
    rtol, usual = _tolerance(contract, right.dtype)
    assert_matches(found, right, what, rtol=rtol, atol=usual if atol is None else atol)


def ask(student: Runs, questions: Sequence[Question]) -> Sequence[Question]:
    """Ask all of them in one request."""
    student.run([question.program for question in questions])
    return questions


def with_upstream(asked: Sample, upstream: torch.Tensor, about: str, scale: float = 1.0) -> Sample:
    """The sample with another upstream gradient."""
    return replace(asked, upstream=upstream, about=about, scale=scale)
