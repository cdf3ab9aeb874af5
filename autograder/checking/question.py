"""One call of a student's function and its backward: the inputs, the program that asks, and the
right answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
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
        layout: how the first argument lies, and every other of its shape.
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
            self.layout.lay(base, shape) if shape == self.shape else base
            for base, shape in zip(bases, shapes, strict=True)
        ]

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
        where = layout.base(shape_there) if shape_there == shape else shape_there
        bases.append(contract.arguments[len(bases)].values(draw, where, dtype))
    expected = _result_shape(contract, bases, shape, options, layout)
    upstream = upstream_for(draw, upstream_layout.base(expected), dtype, bases[0])
    return Sample(shape, tuple(bases), upstream, options, layout, upstream_layout, about)


def upstream_for(
    draw: Draw, shape: Shape, dtype: torch.dtype, beside: torch.Tensor | None = None
) -> torch.Tensor:
    """An upstream gradient between 1.5 and 3 in size.

    Both signs meet both signs of `beside`, a tensor with as many elements, where there are four.
    """
    values = draw.uniform(shape, 1.5, 3.0, torch.float64).reshape(-1)
    signs = torch.ones(values.numel(), dtype=torch.float64)
    signs[1::2] = -1.0
    if beside is None or beside.numel() != values.numel():
        signs = signs[draw.order(values.numel())]
    else:  # alternate among the positive and among the negative elements
        places = torch.argsort(beside.reshape(-1) > 0, stable=True)
        signs = torch.empty_like(signs).index_copy(0, places, signs)
    return (values * signs).view(shape).to(dtype)


def shapes_of(contract: Contract, shape: Shape) -> list[Shape]:
    """The shapes of all arguments where the first has this shape."""
    return [a.shape(shape) if a.shape else shape for a in contract.arguments]


def _result_shape(
    contract: Contract,
    bases: Sequence[torch.Tensor],
    shape: Shape,
    options: Options,
    layout: Layout,
) -> Shape:
    if contract.elementwise:
        return shape
    drawn = Sample(shape, tuple(bases), bases[0], options, layout)
    right = right_value(contract, drawn)
    return tuple(right.shape) if isinstance(right, torch.Tensor) else ()


def right_value(contract: Contract, asked: Sample) -> Any:
    """What the function should return, in the dtype of the first argument."""
    dtype = asked.bases[0].dtype
    value = contract.right(
        *asked.laid([_double(b) for b in asked.bases], shapes_of(contract, asked.shape)),
        **asked.options,
    )
    if isinstance(value, torch.Tensor):
        return value.detach().to(dtype)
    return tuple(part.detach().to(dtype) for part in value)


def right_gradients(contract: Contract, asked: Sample, wanted: Sequence[int]) -> list[torch.Tensor]:
    """The gradients at the tensors behind the wanted arguments."""
    doubles = [_double(base) for base in asked.bases]
    for index in wanted:
        doubles[index].requires_grad_()
    value = contract.right(*asked.laid(doubles, shapes_of(contract, asked.shape)), **asked.options)
    upstream = asked.upstream_layout.lay(_double(asked.upstream), tuple(value.shape))
    found = torch.autograd.grad(value, [doubles[i] for i in wanted], upstream)
    return [g.to(asked.bases[i].dtype) for g, i in zip(found, wanted, strict=True)]


def _double(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().double() if tensor.is_floating_point() else tensor


class Question:
    """A sample, asked of the student's function.

    Args:
        contract: the function.
        sample: what it is asked with.
        backward: whether its gradients are asked as well.
        requires: whether its arguments require a gradient though none is asked.
        wanted: the arguments whose gradients are asked; those that carry one otherwise.
        leaf: hand over the leaves themselves, rather than what an earlier operation made of them.
        grad: False to ask under `torch.no_grad()`.
        name: the name that is called; the contract's otherwise.
    """

    def __init__(
        self,
        contract: Contract,
        sample: Sample,
        *,
        backward: bool = True,
        requires: bool = False,
        wanted: Sequence[int] | None = None,
        leaf: bool = False,
        grad: bool = True,
        name: str = "",
    ) -> None:
        self.contract, self.sample = contract, sample
        requiring = contract.carrying if wanted is None else list(wanted)
        self.wanted = requiring if backward else []
        self.program = Program(sample.about)
        arguments, leaves = lay_arguments(
            self.program,
            contract,
            sample,
            requiring if backward or requires else (),
            leaf=leaf,
        )
        self.result = call(self.program, contract, sample, arguments, grad=grad, name=name)
        self.value = self.program.read(self.result)
        self.gradients: list[Reading] = []
        if self.wanted:
            upstream = lay_upstream(self.program, sample, contract)
            found = self.program.grad([self.result], leaves, [upstream])
            self.gradients = [self.program.read(gradient) for gradient in found]

    def check_value(self, atol: float | None = None) -> None:
        """The result is right.

        Raises:
            Mismatch, StudentError: it is not.
        """
        right = right_value(self.contract, self.sample)
        if isinstance(right, torch.Tensor):
            same(self.contract, self.value.value, right, self.called(self.contract.result), atol)
            return
        found = self.value.value
        if not isinstance(found, (list, tuple)) or len(found) != len(right):
            raise Mismatch(f"{self.contract.result} should be {len(right)} tensors")
        for mine, expected in zip(found, right, strict=True):
            same(self.contract, mine, expected, self.called(self.contract.result), atol)

    def check_gradients(
        self, otherwise: Callable[[Question], list[torch.Tensor]] | None = None
    ) -> None:
        """The gradients are right.

        Args:
            otherwise: what they may be as well, found out only where they are not right: mostly
                what the student's own gradient is in a plainer situation. So a check of layouts
                does not fail a gradient that is wrong in every layout.

        Raises:
            Mismatch, StudentError: they are not.
        """
        self.require_value()
        for place, index in enumerate(self.wanted):
            what = self.called(f"the gradient{self._of(index)}")
            found = gradient_of(self.gradients[place], what)
            right = right_gradients(self.contract, self.sample, self.wanted)[place]
            try:
                self._same_gradient(found, right, what)
            except Mismatch:
                if otherwise is None or found.shape != right.shape or found.dtype != right.dtype:
                    raise
                try:
                    self._same_gradient(found, otherwise(self)[place], what)
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

    def _same_gradient(self, found: torch.Tensor, right: torch.Tensor, what: str) -> None:
        scale = self.sample.scale
        if scale != 1.0 and found.dtype == right.dtype:
            rtol, atol = _tolerance(self.contract, right.dtype)
            found, right = found.double() / scale, right.double() / scale
            assert_matches(found, right, what, rtol=rtol, atol=atol)
        else:
            same(self.contract, found, right, what)


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
    program: Program,
    contract: Contract,
    sample: Sample,
    wanted: Sequence[int],
    *,
    leaf: bool = False,
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
            step = step if leaf else program.method(step, "clone")
        if shape == sample.shape:
            step = _viewed(program, step, sample.layout, shape)
        arguments.append(step)
    return arguments, leaves


def lay_upstream(program: Program, sample: Sample, contract: Contract) -> Step:
    """A step for the upstream gradient."""
    shape = sample.shape
    if not contract.elementwise:
        shape = tuple(right_value(contract, sample).shape)
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
    """A step that calls the function."""
    if contract.by_position or name:
        return program.call(name or contract.name, *arguments, *sample.options.values(), grad=grad)
    return program.call(contract.name, *arguments, grad=grad, options=dict(sample.options))


def _viewed(program: Program, step: Step, layout: Layout, shape: Shape) -> Step:
    for method, arguments in layout.views(shape):
        step = program.method(step, method, *arguments)
    return step


def _tolerance(contract: Contract, dtype: torch.dtype) -> tuple[float, float]:
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
    rtol, usual = _tolerance(contract, right.dtype)
    assert_matches(found, right, what, rtol=rtol, atol=usual if atol is None else atol)


def ask(student: Runs, questions: Sequence[Question]) -> Sequence[Question]:
    """Ask all of them in one request."""
    student.run([question.program for question in questions])
    return questions


def with_upstream(asked: Sample, upstream: torch.Tensor, about: str, scale: float = 1.0) -> Sample:
    """The sample with another upstream gradient."""
    return replace(asked, upstream=upstream, about=about, scale=scale)
