"""Many calls of a student's in one request: programs, and what comes back of them.

A boundary call costs about as much as ten operations on small tensors, and the battery asks
hundreds of questions. So a question is written down as a program, all programs of a check travel
together, and what they read comes back by value, to be judged here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from autograder.model import ErrorKind
from autograder.supervisor.process import StudentError

_PENDING = object()


class Runs(Protocol):
    """What can run programs: a `Student`, or a stand-in for one in a test."""

    def run(self, programs: Sequence[Program]) -> None:
        """Run each program and fill in its readings."""


@dataclass(frozen=True)
class Step:
    """The result of a program's step, in the student's process."""

    index: int


class Reading:
    """What a program will have read.

    Attributes:
        value: a tensor, a number, a string, a handle, or a list of those. Asking for it raises
            `StudentError` where the student's code raised before it could be read.
    """

    def __init__(self, about: str) -> None:
        self._about = about
        self._value: Any = _PENDING
        self._error: StudentError | None = None

    @property
    def value(self) -> Any:
        """The value that was read."""
        if self._error is not None:
            raise self._error
        if self._value is _PENDING:
            raise RuntimeError("the program has not run yet")
        return self._value

    @property
    def failed(self) -> StudentError | None:
        """The error that came before the reading, if one did."""
        return self._error

    def fill(self, value: Any, error: StudentError | None) -> None:
        """Note what came back."""
        self._value, self._error = value, error


class Program:
    """Steps that run one after another in the student's process; nothing happens before `run`.

    Args:
        about: what is special about the situation, such as "for a transposed input"; an error of
            the student's code is reported with it.
    """

    def __init__(self, about: str = "") -> None:
        self.about = about
        self.steps: list[list[Any]] = []
        self._readings: list[Reading] = []

    def put(self, value: torch.Tensor | float | Sequence[torch.Tensor | Step]) -> Step:
        """Lay a value there; a tensor that requires a gradient is a leaf there as well."""
        return self._step("put", value)

    def call(
        self, name: str | Step, *args: Any, grad: bool = True, options: dict[str, Any] | None = None
    ) -> Step:
        """Call a name of the notebook's, such as `custom_relu` or `ReLUFunction.apply`, or a
        result.

        Args:
            name, args, options: the function, its arguments and keyword arguments.
            grad: False to call it under `torch.no_grad()`.
        """
        return self._step("call", name, list(args), options or {}, grad)

    def vmap(
        self,
        name: str,
        *args: Any,
        options: dict[str, Any] | None = None,
        axes: Sequence[int | None] = (0,),
        out: int = 0,
    ) -> Step:
        """`torch.func.vmap` of a name of the notebook's over these axes of its arguments."""
        return self._step("vmap", name, list(args), options or {}, tuple(axes), out)

    def method(self, owner: Step, name: str, *args: Any) -> Step:
        """`owner.name(*args)`."""
        return self._step("method", owner, name, *args)

    def each(self, owners: Step, name: str, *args: Any) -> Step:
        """`owner.name(*args)` for each of a list of owners; of an argument that is the result of a
        step, and so a list as long, the one in its place.
        """
        return self._step("each", owners, name, *args)

    def stacked(self, tensors: Step) -> Step:
        """`torch.stack` of a list of tensors of one shape."""
        return self._step("stacked", tensors)

    def get(self, owner: Step, name: str) -> Step:
        """`owner.name`."""
        return self._step("get", owner, name)

    def item(self, owner: Step, index: int | str) -> Step:
        """`owner[index]`."""
        return self._step("item", owner, index)

    def grad(
        self,
        outputs: Sequence[Step],
        inputs: Sequence[Step],
        upstream: Sequence[Step],
        *,
        retain: bool = False,
        create: bool = False,
    ) -> list[Step]:
        """`torch.autograd.grad`: one gradient for each input, None where none arrives. Nothing is
        asked where there is no input.
        """
        if not inputs:
            return []
        found = self._step("grad", list(outputs), list(inputs), list(upstream), retain, create)
        return [self.item(found, i) for i in range(len(inputs))]

    def graph(self, result: Step, function: str) -> Step:
        """The autograd graph behind a result, and whether the Function in it is the one of this
        name; see `sandbox.graphs.describe`.
        """
        return self._step("graph", result, function)

    def alone(self, result: Step, upstream: Step) -> Step:
        """What the Function behind a result gives by itself; see `sandbox.graphs.alone`."""
        return self._step("alone", result, upstream)

    def allocated(self) -> Step:
        """Bytes that the student's process has allocated and not freed, or None where its C library
        does not say.
        """
        return self._step("allocated")

    def read(self, step: Step) -> Reading:
        """Have a result come back as it is at this point of the program."""
        self._step("read", step)
        self._readings.append(Reading(self.about))
        return self._readings[-1]

    def fill(self, read: Sequence[Any], error: StudentError | None) -> None:
        """Note what came back of the whole program."""
        if error is not None and error.kind == ErrorKind.ERROR and self.about:
            error.args = (f"{error} ({self.about})",)
        for i, reading in enumerate(self._readings):
            reading.fill(*((read[i], None) if i < len(read) else (None, error)))

    @property
    def readings(self) -> int:
        """How many readings the program makes."""
        return len(self._readings)

    def _step(self, operation: str, *arguments: Any) -> Step:
        self.steps.append([operation, *map(_plain, arguments)])
        return Step(len(self.steps) - 1)


def _plain(value: Any) -> Any:
    """The argument with references in the places of steps."""
    if isinstance(value, Step):
        return {"$": value.index}
    if type(value) in (list, tuple):
        return type(value)(_plain(inner) for inner in value)
    if type(value) is dict:
        return {key: _plain(inner) for key, inner in value.items()}
    return value
