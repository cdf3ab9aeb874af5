"""Programs of scalars: what tensors are for other labs, these are for an engine of scalar values.

A program is written as a student would write it: `program("s = a * b; out = s * s + s")`. Names
that it does not assign are leaves; `k`, `m` and `n` are plain numbers, as literals are, and
`Value(k)` is a leaf with that number. It may hold several `out.backward()`, between which it goes
on computing. `expected` is what must come of it.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from autograder.checking.draw import Draw

PLAIN = frozenset("kmn")
MAX_SHOWN = 240
_NAMES = [name for name in "abcdefghijklmnopqrstuvwxyz" if name not in PLAIN]
_BINARY: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "truediv",
    ast.Pow: "pow",
}
Numbers = Mapping[str, float]


@dataclass(frozen=True)
class Place:
    """What stands in one place of a program.

    Attributes:
        text: how a student reads it: its name, or the expression where it has none.
        operation: "leaf", "plain" (a plain number), or one of `RULES`.
        operands: the places of its operands.
        literal: the number itself, where the program writes it; found by `text` otherwise.
    """

    text: str
    operation: str
    operands: tuple[int, ...] = ()
    literal: float | None = None

    def number(self, numbers: Numbers) -> float:
        """The number of a leaf or a plain number."""
        return numbers[self.text] if self.literal is None else self.literal


@dataclass(frozen=True)
class Program:
    """A computation, and where in it backward() is called.

    Attributes:
        text: how a student reads it; the beginning, where it is long.
        places: operands stand before what is computed from them.
        passes: for each backward() the number of places that are there by then, and its root's.
    """

    text: str
    places: tuple[Place, ...]
    passes: tuple[tuple[int, int], ...] = ()

    def with_backward(self) -> Program:
        """The program itself, or with backward() on its last place where it has none."""
        count = len(self.places)
        return self if self.passes else replace(self, passes=((count, count - 1),))

    def only(self, which: int) -> Program:
        """The same with only one of its backward()."""
        return replace(self, passes=(self.passes[which],))

    def behind(self, root: int) -> frozenset[int]:
        """The places that this one was computed from, and itself."""
        found = {root}
        for i in range(root, -1, -1):
            if i in found:
                found.update(self.places[i].operands)
        return frozenset(found)


@functools.lru_cache(maxsize=4096)
def program(text: str) -> Program:
    """Read a program.

    Raises:
        ValueError: it holds something else than numbers, names, `+ - * / **`, sum([...]), relu()
            and backward().
    """
    reader = _Reader()
    for statement in ast.parse(text.replace("; ", "\n")).body:
        reader.statement(statement)
    shown = text.replace("; ", ", ")
    if len(shown) > MAX_SHOWN:
        shown = shown[:MAX_SHOWN].rpartition(", ")[0] + ", ..."
    return Program(shown, tuple(reader.places), tuple(reader.passes))


def swapped(text: str) -> str:
    """The same program with the operands of every + and * exchanged: a wrong order of the walk is
    often right in one of the two. Plain numbers stay on their side, since `2 * a` is another
    method than `a * 2`.
    """
    tree = ast.parse(text.replace("; ", "\n"))
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.BinOp)
            and isinstance(node.op, ast.Add | ast.Mult)
            and not _is_plain(node.left)
            and not _is_plain(node.right)
        ):
            node.left, node.right = node.right, node.left
    return "; ".join(map(ast.unparse, tree.body))


def _is_plain(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and node.id in PLAIN)


class _Reader:
    """Turns statements into places."""

    def __init__(self) -> None:
        self.places: list[Place] = []
        self.passes: list[tuple[int, int]] = []
        self._names: dict[str, int] = {}

    def statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                count = len(self.places)
                self._names[name] = place = self._read(value)
                if place >= count and not isinstance(value, ast.Name):
                    self.places[place] = replace(self.places[place], text=name)
            case ast.Expr(
                value=ast.Call(func=ast.Attribute(attr="backward", value=value), args=[])
            ):
                root = self._read(value)
                self.passes.append((len(self.places), root))
            case ast.Expr(value=value):
                self._read(value)
            case _:
                raise ValueError(f"not a statement of a program: {ast.unparse(node)}")

    def _read(self, node: ast.expr) -> int:
        match node:
            case ast.Constant(value=int() | float() as number):
                return self._add(Place(repr(number), "plain", (), number))
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
                return self._add(Place(repr(-number), "plain", (), -number))
            case ast.Name(id=name):
                if name not in self._names:
                    kind = "plain" if name in PLAIN else "leaf"
                    self._names[name] = self._add(Place(name, kind))
                return self._names[name]
            case ast.Call(func=ast.Name(id="Value"), args=[inner]):
                number = self._read(inner)
                self.places[number] = replace(self.places[number], operation="leaf")
                return number
        operation, operands = _operation(node)
        found = tuple(map(self._read, operands))
        return self._add(Place(ast.unparse(node), operation, found))

    def _add(self, place: Place) -> int:
        self.places.append(place)
        return len(self.places) - 1


def _operation(node: ast.expr) -> tuple[str, list[ast.expr]]:
    match node:
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return _BINARY[type(op)], [left, right]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return "neg", [operand]
        case ast.Call(func=ast.Attribute(attr="relu", value=value), args=[]):
            return "relu", [value]
        case ast.Call(func=ast.Name(id="sum"), args=[ast.List(elts=items)]):
            return "sum", items
    raise ValueError(f"not an expression of a program: {ast.unparse(node)}")


# -- what is right ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Local:
    """One operation at some numbers: its value, and its slope for each operand."""

    value: float
    slopes: tuple[float, ...]


RULES: dict[str, Callable[..., Local]] = {
    "add": lambda a, b: Local(a + b, (1.0, 1.0)),
    "sub": lambda a, b: Local(a - b, (1.0, -1.0)),
    "mul": lambda a, b: Local(a * b, (b, a)),
    "truediv": lambda a, b: Local(a / b, (1.0 / b, -a / b**2)),
    "pow": lambda a, n: Local(a**n, (n * a ** (n - 1) if n else 0.0, 0.0)),
    "neg": lambda a: Local(-a, (-1.0,)),
    "relu": lambda a: Local(max(0.0, a), (float(a > 0),)),
    "sum": lambda *items: Local(sum(items), (1.0,) * len(items)),
}
Rule = Callable[[str, Sequence[float]], Local]


def right(operation: str, numbers: Sequence[float]) -> Local:
    """The rule of calculus, with slope 0 for relu at 0."""
    return RULES[operation](*numbers)


@dataclass(frozen=True)
class Expected:
    """What must come of a program.

    Attributes:
        values: of all places.
        sizes: how large the numbers are that each value is a sum of; rounding is measured by it.
        grads: after each backward(), of the places that are there by then; NaN where any will do.
        grad_sizes: as `sizes`, for `grads`.
    """

    values: list[float]
    sizes: list[float]
    grads: list[list[float]]
    grad_sizes: list[list[float]]


def expected(
    program: Program, numbers: Numbers, rule: Rule = right, seeds: Sequence[float] = ()
) -> Expected:
    """Carry out a program in plain floats.

    Args:
        program: the program.
        numbers: of its leaves and plain numbers, by name.
        rule: how an operation computes; the right way otherwise.
        seeds: what each backward() starts from; 1 otherwise.
    """
    locals_, sizes = _computed(program, numbers, rule)
    grads, grad_sizes = [0.0] * len(locals_), [0.0] * len(locals_)
    found = Expected([local.value for local in locals_], sizes, [], [])
    for which, (count, root) in enumerate(program.passes):
        seed = seeds[which] if seeds else 1.0
        arrived, bounds = _arrived(program, root, seed, locals_, sizes)
        for i in program.behind(root):
            kept = program.places[i].operation == "leaf"
            grads[i] = arrived[i] + (grads[i] if kept else 0.0)
            grad_sizes[i] = bounds[i] + (grad_sizes[i] if kept else 0.0)
        found.grads.append(grads[:count])
        found.grad_sizes.append(grad_sizes[:count])
    return found


def _computed(program: Program, numbers: Numbers, rule: Rule) -> tuple[list[Local], list[float]]:
    """The local numbers of each place, and a running bound on what rounding is relative to."""
    locals_: list[Local] = []
    sizes: list[float] = []
    for place in program.places:
        if place.operation in RULES:
            local = rule(place.operation, [locals_[i].value for i in place.operands])
            carried = zip(local.slopes, place.operands, strict=True)
            sizes.append(abs(local.value) + sum(abs(slope) * sizes[i] for slope, i in carried))
        else:
            number = place.number(numbers)
            local = Local(number, ())
            sizes.append(abs(number))
        locals_.append(local)
    return locals_, sizes


def _arrived(
    program: Program, root: int, seed: float, locals_: Sequence[Local], sizes: Sequence[float]
) -> tuple[list[float], list[float]]:
    """What one backward() brings to each place, and the size of what it is a sum of."""
    arrived, bounds = [0.0] * len(locals_), [0.0] * len(locals_)
    arrived[root], bounds[root] = seed, abs(seed)
    for i in range(root, -1, -1):
        place = program.places[i]
        for which, (slope, operand) in enumerate(
            zip(locals_[i].slopes, place.operands, strict=False)
        ):
            arrived[operand] += arrived[i] * slope
            bounds[operand] += bounds[i] * _loose(place, which, slope, sizes)
    return arrived, bounds


def _loose(place: Place, which: int, slope: float, sizes: Sequence[float]) -> float:
    """The slope's size where its operands are as uncertain as their sizes say."""
    if place.operation == "mul":
        return max(abs(slope), sizes[place.operands[1 - which]])
    return abs(slope)


# -- random programs -------------------------------------------------------------------------------


_SIGNS = {"add": "{} + {}", "mul": "{} * {}", "relu": "{}.relu()"}
_START = (
    ("mul", "a", "b"),
    ("relu", "d"),
    ("add", "d", "e"),
    ("relu", "f"),
    ("add", "g", "f"),
    ("relu", "c"),
    ("mul", "a", "a"),
)


def tangled(draw: Draw, steps: int) -> tuple[str, dict[str, float]]:
    """A random program on three leaves, with much reuse, in which everything leads to the result.

    It begins with two diamonds, one for each order of operands, a shut gate and a square, so that
    luck does not decide; no relu sits near its kink. Nobody writes into its numbers.
    """
    numbers = {
        "a": draw.number(0.5, 1.4),
        "b": draw.number(0.5, 1.4),
        "c": -draw.number(0.5, 1.4),
    }
    values, lines = dict(numbers), []
    used: set[str] = set()

    def append(operation: str, *operands: str) -> None:
        name = _name(len(values))
        values[name] = RULES[operation](*(values[operand] for operand in operands)).value
        lines.append(f"{name} = {_SIGNS[operation].format(*operands)}")
        used.update(operands)

    for operation, *operands in _START:
        append(operation, *operands)
    loose_start = {"h", "i", "j"}  # random steps may lead these through a shut gate only
    for _ in range(steps):
        append(*_drawn(draw, values))
    loose = [name for name in values if name not in used | loose_start]
    for name in [*(n for n in loose if n != _name(len(values) - 1)), *sorted(loose_start)]:
        append("add", _name(len(values) - 1), name)
    return "; ".join(lines), numbers


def _drawn(draw: Draw, values: Mapping[str, float]) -> tuple[str, ...]:
    """A step whose number is neither large nor near a kink."""
    names = list(values)
    while True:
        operation = draw.choice(("add", "mul", "mul", "relu"))
        operands = [draw.choice(names) for _ in range(1 if operation == "relu" else 2)]
        numbers = [values[operand] for operand in operands]
        kinked = operation == "relu" and abs(numbers[0]) <= 0.05
        if abs(RULES[operation](*numbers).value) < 6.0 and not kinked:
            return operation, *operands


def _name(place: int) -> str:
    """The letter of a place; letters of plain numbers are left out."""
    return _NAMES[place] if place < len(_NAMES) else f"v{place}"
