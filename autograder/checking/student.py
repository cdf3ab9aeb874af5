"""What a check calls: the student's names as if they were here, with gradients that flow through
the process boundary.

A call with tensors that require a gradient becomes one node of the grader's own autograd graph,
whose backward asks the student's process for its backward pass. With `create_graph=True` that is a
node again, so second derivatives work too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from typing import Any

import torch

from autograder import wire
from autograder.checking.compare import Mismatch
from autograder.checking.program import Program
from autograder.errors import StudentStopped
from autograder.messages import Call
from autograder.supervisor.process import StudentProcess, as_error


class Student:
    """The student's notebook after it has run.

    Attributes are the notebook's names: `student.custom_relu(x)`.
    """

    def __init__(self, process: StudentProcess, used: Set[str] = frozenset()) -> None:
        self._link = _Link(process)
        self._used = used

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        return _Callable(self._link, name, keep=False)

    @property
    def keep(self) -> _Keeping:
        """`student.keep.f(x)` calls `f` and leaves tensors of the result in the student's process,
        as handles.
        """
        return _Keeping(self._link)

    def put(self, value: Any) -> Handle:
        """Lay a value, mostly a tensor, into the student's process."""
        handle = self._link.request(Call.PUT, value)
        if not isinstance(handle, Handle):
            raise Mismatch("the value could not be laid into the student's process")
        return handle

    def get(self, name: str) -> Any:
        """The value of one of the notebook's names that is not a function."""
        return self._link.request(Call.GET, None, name, False)

    def set(self, owner: Handle, name: str, value: Any) -> None:
        """`owner.name = value` in the student's process."""
        self._link.request(Call.SET, owner, name, value)

    def each(self, name: str, inputs: list[Handle], upstream: Handle) -> list[list[Handle]]:
        """Call `name` on each input and run its backward, all in one request, for timing; pairs of
        result and gradient.
        """
        pairs: list[list[Handle]] = self._link.request(Call.EACH, name, inputs, upstream)
        return pairs

    def run(self, programs: Sequence[Program]) -> None:
        """Run programs in one request and fill in what they read; an error of the student's code is
        raised where a reading is asked for its value.
        """
        answers = self._link.request(Call.RUN, [program.steps for program in programs])
        if type(answers) is not list or len(answers) != len(programs):
            self._link.process.broke("answers to other programs")
        for program, answer in zip(programs, answers, strict=True):
            self._fill(program, answer)

    def _fill(self, program: Program, answer: Any) -> None:
        """Note what came back of one program, if it has the form of an answer to it."""
        process = self._link.process
        if type(answer) is not list or len(answer) != 2 or type(answer[0]) is not list:
            process.broke("an answer of the wrong form")
        read, error = answer
        if len(read) > program.readings or (error is None and len(read) < program.readings):
            process.broke("another number of readings")
        try:
            program.fill(read, None if error is None else as_error(error))
        except wire.WireError as broken:
            process.broke(str(broken))

    def used_builtins(self) -> frozenset[str]:
        """PyTorch's own kernels that ran while the grader was calling, such as "relu".

        As noted after each check so far, whether or not the process still lives, and since then.
        """
        try:
            names = self._link.request(Call.USED)
        except StudentStopped:
            if not self._used:
                raise  # nobody can say what ran at the end
            names = []
        if type(names) is not list or not all(type(name) is str for name in names):
            self._link.process.broke("names of the wrong form")
        return frozenset(self._used) | frozenset(names)


class _Keeping:
    def __init__(self, link: _Link) -> None:
        self._link = link

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return _Callable(self._link, name, keep=True)


class _Callable:
    """A name of the notebook's, not looked up before it is called."""

    def __init__(self, link: _Link, target: Any, keep: bool) -> None:
        self._link, self._target, self._keep = link, target, keep

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._link.call(self._target, args, kwargs, self._keep)


class Handle:
    """An object in the student's process. Attributes, calls, operators and indexing happen there.

    Numbers, strings, lists and tensors come back by value, everything else as another handle.
    """

    def __init__(self, link: _Link, reference: wire.Reference) -> None:
        self.__dict__.update(_link=link, _reference=reference)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._link.request(Call.GET, self, name, False)

    def __setattr__(self, name: str, value: Any) -> None:
        self._link.request(Call.SET, self, name, value)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the object."""
        return self._link.call(self, args, kwargs, False)

    def __repr__(self) -> str:
        return f"<{self._reference.type_name or 'object'} in the student's process>"

    def __del__(self) -> None:
        link = self.__dict__.get("_link")
        if link is not None:
            link.process.release(objects=self._reference.number)

    def kept(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call the method `name` and leave tensors of the result in the student's process, as
        handles.
        """
        return self._link.call(self._link.request(Call.GET, self, name, True), args, kwargs, True)

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[Any]:
        items = self._link.request(Call.OPERATE, "list", [self], True)
        if type(items) is not list:
            self._link.process.broke("a list of the wrong form")
        return iter(items)

    def __eq__(self, other: object) -> Any:
        return self._link.request(Call.OPERATE, "eq", [self, other], False)

    def __ne__(self, other: object) -> Any:
        return self._link.request(Call.OPERATE, "ne", [self, other], False)

    __hash__ = object.__hash__


def _operators() -> None:
    """Give Handle Python's operators: `a + b`, `2 * a`, `a[0]`, `len(a)`, `float(a)`."""

    def forward(name: str) -> Callable[..., Any]:
        return lambda self, *others: self._link.request(Call.OPERATE, name, [self, *others], False)

    def reflected(name: str) -> Callable[..., Any]:
        return lambda self, other: self._link.request(Call.OPERATE, name, [other, self], False)

    for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"):
        setattr(Handle, f"__{name}__", forward(name))
        setattr(Handle, f"__r{name}__", reflected(name))
    for name in (
        "neg",
        "pos",
        "abs",
        "getitem",
        "setitem",
        "lt",
        "le",
        "gt",
        "ge",
        "len",
        "float",
        "int",
        "contains",
    ):
        setattr(Handle, f"__{name}__", forward(name))


_operators()


class _Link:
    """Requests with the grader's types: tensors with their gradients, handles."""

    def __init__(self, process: StudentProcess) -> None:
        self.process = process

    def request(self, name: Call, *arguments: Any) -> Any:
        """One request without gradients."""
        return self.process.request(
            name,
            *arguments,
            keep=_reference,
            tensor=_incoming,
            handle=lambda reference: Handle(self, reference),
        )

    def call(self, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any], keep: bool) -> Any:
        """Call a function or an object of the student's."""
        leaves = [t for t in _tensors([args, kwargs]) if t.requires_grad]
        grad = torch.is_grad_enabled()
        if keep or not grad or not leaves:
            _, value = self.request(Call.CALL, target, list(args), kwargs, keep, grad)
            return value
        call = _Call(self, target, args, kwargs)
        return _rebuild(call.run, leaves)

    def node_request(self, name: Call, *arguments: Any) -> tuple[int, Any, list[wire.Wired]]:
        """A request whose answer is [node, value]; also the tensors of the value that require a
        gradient there.
        """
        differentiable: list[wire.Wired] = []

        def arrived(wired: wire.Wired) -> torch.Tensor:
            tensor = _incoming(wired)
            if wired.requires_grad:
                differentiable.append(wire.Wired(tensor, True, wired.device))
            return tensor

        answer = self.process.request(
            name,
            *arguments,
            keep=_reference,
            tensor=arrived,
            handle=lambda reference: Handle(self, reference),
        )
        if (
            type(answer) is not list
            or len(answer) != 2
            or type(answer[0]) is not int
            or not 0 <= answer[0] <= wire.MAX_NUMBER
        ):
            self.process.broke("an answer of the wrong form")
        return answer[0], answer[1], differentiable


class _Node:
    """A call in the student's process that can be differentiated there; forgotten there when it is
    here.
    """

    def __init__(self, link: _Link, number: int, outputs: int) -> None:
        self.link, self.number, self.outputs = link, number, outputs

    def __del__(self) -> None:
        self.link.process.release(nodes=self.number)


class _Call:
    """A call, in the form that `_Remote` runs: from tensors to (value, node, which tensors of the
    value belong to the node).
    """

    def __init__(
        self, link: _Link, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        self._link, self._target, self._args, self._kwargs = link, target, args, kwargs

    def run(self) -> tuple[Any, _Node, set[int]]:
        """Make the call."""
        number, value, found = self._link.node_request(
            Call.CALL, self._target, list(self._args), self._kwargs, False, True
        )
        return value, _Node(self._link, number, len(found)), {id(w.tensor) for w in found}


def _rebuild(run: Callable[[], tuple[Any, _Node, set[int]]], leaves: list[torch.Tensor]) -> Any:
    """Run through `_Remote` and put the tensors that autograd knows in the places of those that
    came over the wire.
    """
    box: list[Any] = []
    attached = _Remote.apply(run, box, *leaves)  # type: ignore[no-untyped-call]
    (value, raw) = box
    known = {id(old): new for old, new in zip(raw, attached, strict=True)}
    return _replace(value, known)


class _Remote(torch.autograd.Function):
    """One call across the boundary as a node of the grader's graph."""

    @staticmethod
    def forward(
        ctx: Any,
        run: Callable[[], tuple[Any, _Node, set[int]]],
        box: list[Any],
        *leaves: torch.Tensor,
    ) -> Any:
        value, node, belongs = run()
        raw = list(_tensors(value))
        box[:] = [value, raw]
        ctx.node, ctx.leaves = node, leaves
        ctx.places = [i for i, tensor in enumerate(raw) if id(tensor) in belongs]
        ctx.set_materialize_grads(False)
        ctx.mark_non_differentiable(
            *[t for t in raw if not t.is_floating_point() and not t.is_complex()]
        )
        return tuple(raw)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor | None) -> Any:
        upstream = [grads[i] for i in ctx.places]
        if all(g is None for g in grads):
            return None, None, *[None] * len(ctx.leaves)
        if not ctx.places or all(g is None for g in upstream):
            raise Mismatch(
                "the result is cut off from the input: no gradient can flow back through it"
            )
        retain = torch._C._autograd._get_current_graph_task_keep_graph()
        if torch.is_grad_enabled():
            given = [g for g in upstream if g is not None and g.requires_grad]
            found = _rebuild(
                lambda: _differentiate(ctx.node, upstream, retain, True, ctx.leaves),
                [*ctx.leaves, *given],
            )
        else:
            found, _, _ = _differentiate(ctx.node, upstream, retain, False, ctx.leaves)
        return None, None, *found


def _differentiate(
    node: _Node,
    upstream: list[torch.Tensor | None],
    retain: bool,
    create: bool,
    leaves: tuple[torch.Tensor, ...],
) -> tuple[list[Any], _Node, set[int]]:
    """Ask for the backward pass of a node; the gradients of its inputs, which are as many as
    `leaves`.
    """
    sent = [g if g is None or create else g.detach() for g in upstream]
    number, found, differentiable = node.link.node_request(
        Call.BACKWARD, node.number, sent, retain, create
    )
    wanted = (torch.Tensor, type(None))
    if (
        type(found) is not list
        or len(found) < len(leaves)
        or not all(isinstance(g, wanted) for g in found)
    ):
        node.link.process.broke("gradients of the wrong form")
    gradients = found[: len(leaves)]
    for leaf, gradient in zip(leaves, gradients, strict=True):
        if gradient is not None and gradient.shape != leaf.shape:
            raise Mismatch(
                f"the gradient has shape {tuple(gradient.shape)}; its input has "
                f"shape {tuple(leaf.shape)}"
            )
    return (
        gradients,
        _Node(node.link, number, len(differentiable)),
        {id(w.tensor) for w in differentiable},
    )


def _incoming(wired: wire.Wired) -> torch.Tensor:
    return wired.tensor if wired.device == "cpu" else wired.tensor.to(wired.device)


def _reference(value: Any) -> wire.Reference:
    """What crosses in a handle's place.

    Raises:
        wire.WireError: it is no handle.
    """
    if isinstance(value, Handle):
        reference: wire.Reference = value._reference
        return reference
    raise wire.WireError(f"a {type(value).__name__} cannot cross to the student's process")


def _tensors(value: Any) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _tensors(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _tensors(item)


def _replace(value: Any, known: dict[int, torch.Tensor]) -> Any:
    if isinstance(value, torch.Tensor):
        return known.get(id(value), value)
    if isinstance(value, (list, tuple)):
        return type(value)(_replace(v, known) for v in value)
    if isinstance(value, dict):
        return {k: _replace(v, known) for k, v in value.items()}
    return value


def assert_from_scratch(student: Student) -> None:
    """Nothing that the lab's checks name in `FORBIDDEN` ran while the grader was calling.

    Raises:
        Mismatch: it did; the message names it.
    """
    if used := sorted(student.used_builtins()):
        names = ", ".join(f"`{name}`" for name in used)
        raise Mismatch(f"PyTorch's own {names} ran inside your answer: it is not your own work")
