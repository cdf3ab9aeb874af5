"""Whether a gradient comes from the student's own backward: one question for all labs.

An answer's node is recognized as the object, a Python Function's, whatever its name. Between it and
the leaves lie only operations that hand gradients on: views, casts, clones, accumulation. So an
identity laid over recorded operations is no rule of one's own, and neither is a hook on the result.
Last, the node is asked by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch

from autograder.checking.compare import Mismatch, assert_matches

# PyTorch's nodes that only hand gradients on; numbers at their ends are versions.
HANDS_ON = re.compile(
    r"(?:torch::autograd::AccumulateGrad|torch::autograd::CopySlices|torch::autograd::CopyBackwards"
    r"|(?:View|UnsafeView|ReshapeAlias|AsStrided|Expand|T|Transpose|Permute|Squeeze|Unsqueeze|Select"
    r"|Slice|Alias|Clone|ToCopy|Copy|Unbind|Split|SplitWithSizes|Contiguous|Detach|Diagonal|Unfold"
    r"|Narrow|Movedim|ViewAs\w*|Lift\w*)Backward\d*)"
)
REDUCES = re.compile(r"(?:Mean|Sum)Backward\d*")


def assert_own_rule(
    graph: Any,
    alone: Callable[[], Any],
    expected: Sequence[torch.Tensor | None],
    *,
    reduces: bool = False,
) -> None:
    """A result's gradient comes from a `backward` of the student's own, and that one is right.

    Args:
        graph: the result's graph as the student's process describes it: `nodes`, each with its
            name, whether it is a Python Function's, and the numbers of those behind it; and
            `hooked`. See `sandbox.graphs.describe`.
        alone: asks what the Function by itself gives, one gradient for each argument of its
            `apply`.
        expected: those gradients; None where any will do, also none at all.
        reduces: allow a mean or a sum between the Function and the result, as losses have.

    Raises:
        Mismatch: it is not so; the message says what was found.
    """
    nodes = graph.get("nodes") if type(graph) is dict else None
    if type(nodes) is not list or not all(_is_node(node, len(nodes)) for node in nodes):
        raise Mismatch("the result's graph could not be read")
    if graph.get("hooked"):
        raise Mismatch("a hook on the result changes gradients on their way: that is no `backward`")
    _assert_shape(nodes, reduces=reduces)
    found = alone()
    if type(found) is not list:
        raise Mismatch("your `backward`, run by itself, gives no gradients")
    for number, right in enumerate(expected):
        if right is not None:
            mine = found[number] if number < len(found) else None
            assert_matches(mine, right, "the gradient of your `backward`, run by itself")


def _is_node(node: Any, count: int) -> bool:
    """Whether this is a graph's node of `[name, own, numbers]`."""
    if type(node) is not list or len(node) != 3:
        return False
    name, own, following = node
    return (
        type(name) is str
        and type(own) is bool
        and type(following) is list
        and all(type(number) is int and 0 <= number < count for number in following)
    )


def _assert_shape(nodes: Sequence[Any], *, reduces: bool) -> None:
    above, own = _path_to_own(nodes)
    if own is None:
        raise Mismatch(
            "the graph of the result holds PyTorch's own operations only: your `backward` never "
            "runs. Is `apply` called?"
        )
    for name in above:
        if not HANDS_ON.fullmatch(name) and not (reduces and REDUCES.fullmatch(name)):
            raise Mismatch(f"the result is computed after your Function, by {_plain(name)}")
    for name in _below(nodes, own):
        if not HANDS_ON.fullmatch(name):
            raise Mismatch(
                f"your Function is laid over operations that PyTorch records ({_plain(name)}): "
                "the gradient is theirs, not your `backward`'s"
            )


def _path_to_own(nodes: Sequence[Any]) -> tuple[list[str], int | None]:
    """The names above the first Function of Python's, and its number."""
    above: list[str] = []
    number: int | None = 0 if nodes else None
    while number is not None:
        name, own, following = nodes[number]
        if own:
            return above, number
        above.append(name)
        number = following[0] if following else None
    return above, None


def _below(nodes: Sequence[Any], number: int) -> Iterable[str]:
    """The names between a node and the leaves, other Functions of Python's left out."""
    waiting, seen = list(nodes[number][2]), set()
    while waiting:
        one = waiting.pop()
        if one not in seen:
            seen.add(one)
            name, own, following = nodes[one]
            if not own:
                yield name
            waiting.extend(following)


def _plain(name: str) -> str:
    """`ClampBackward1` as `clamp`."""
    return f"`{re.sub(r'Backward[0-9]*$', '', name.rpartition('::')[2]).lower()}`"
