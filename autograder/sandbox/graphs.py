"""The autograd graph of a result, described for the grader, in the student's process."""

from __future__ import annotations

from typing import Any

import torch
from torch.autograd.function import BackwardCFunction

MAX_NODES = 500


def describe(result: torch.Tensor, function: object = None) -> dict[str, Any]:
    """The graph from a result back to its leaves.

    Args:
        result: a tensor.
        function: the Function whose node is looked for; any where None.

    Returns:
        `nodes`: for each node its name, whether it is a Python Function's, and the numbers of those
        that it passes gradients on to; the first is the result's own, and there is none where the
        result requires no gradient. `hooked`: whether somebody changes gradients on their way.
        `named`: whether a node is that Function's, or one's that is derived from it.
    """
    nodes: list[Any] = [result.grad_fn] if result.grad_fn is not None else []
    numbers = {node: number for number, node in enumerate(nodes)}
    described = []
    for node in nodes:
        following = [after for after, _ in node.next_functions if after is not None]
        for after in following:
            if after not in numbers and len(nodes) < MAX_NODES:
                numbers[after] = len(nodes)
                nodes.append(after)
        own = isinstance(node, BackwardCFunction)
        described.append([node.name(), own, [numbers[n] for n in following if n in numbers]])
    named = function is None or any(_is_of(node, function) for node in nodes)
    hooks = result._backward_hooks  # noqa: SLF001 - a tensor's hooks have no public reader
    return {"nodes": described, "hooked": bool(hooks), "named": named}


def _is_of(node: object, function: object) -> bool:
    """Whether a node is of this Function's class, or of one that is derived from it."""
    made_by = getattr(node, "_forward_cls", None)
    return made_by is function or (
        isinstance(made_by, type) and isinstance(function, type) and issubclass(made_by, function)
    )


def alone(result: torch.Tensor, upstream: torch.Tensor) -> list[torch.Tensor | None]:
    """What the Function behind a result gives for an upstream gradient, run by itself.

    Nodes between the result and the Function, such as views, pass the gradient on first.

    Raises:
        RuntimeError: there is no such Function.
    """
    node: Any = result.grad_fn
    gradient: Any = upstream
    while node is not None and not isinstance(node, BackwardCFunction):
        passed = node(gradient)
        passed = passed if isinstance(passed, tuple) else (passed,)
        on = [
            (after, g)
            for (after, _), g in zip(node.next_functions, passed, strict=False)
            if after is not None and g is not None
        ]
        node, gradient = on[0] if on else (None, None)
    if node is None:
        raise RuntimeError("no Function is behind the result")
    found = node.apply(gradient)
    return list(found) if isinstance(found, tuple) else [found]
