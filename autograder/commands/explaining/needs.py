"""What a student's answer needs of the lab's own cells: imports and helpers, not what draws."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from autograder.course.program import RunCell
from autograder.model import Role

_WORD = re.compile(r"[^\W\d]\w*")
_OURS = (Role.GIVEN, Role.DEMO)


@dataclass(frozen=True)
class _Part:
    """A statement at a cell's top level.

    Attributes:
        text: its source.
        binds: the names that it gives a value.
        uses: the names that it looks up.
        acts: whether it does something besides, such as to fill a class with methods.
    """

    text: str
    binds: frozenset[str]
    uses: frozenset[str]
    acts: bool = False


def needed(cells: Iterable[RunCell], lines: Sequence[str]) -> list[RunCell]:
    """The cells without those statements of the lab's own that nothing else uses.

    Args:
        cells: what ran.
        lines: what runs after them.
    """
    every = list(cells)
    parts = {id(cell): _parts(cell.source) for cell in every if cell.role in _OURS}
    used = {name for line in lines for name in _names(line)}
    used |= {name for cell in every if cell.role not in _OURS for name in _names(cell.source)}
    while True:
        more = {
            name
            for found in parts.values()
            for part in found
            if _is_kept(part, used)
            for name in part.uses
        } - used
        if not more:
            break
        used |= more
    kept = []
    for cell in every:
        if cell.role not in _OURS:
            kept.append(cell)
            continue
        texts = [part.text for part in parts[id(cell)] if _is_kept(part, used)]
        if texts:
            kept.append(replace(cell, source="\n".join(texts)))
    return kept


def _is_kept(part: _Part, used: set[str]) -> bool:
    """Whether a statement binds what is used, or does something with it."""
    about = part.binds | part.uses if part.acts else part.binds
    return bool(about & used) or "*" in part.binds


def _parts(source: str) -> list[_Part]:
    try:
        nodes = ast.parse(source).body
    except (SyntaxError, ValueError):
        return [_Part(source, frozenset({"*"}), frozenset(_WORD.findall(source)))]
    lines = source.split("\n")
    return [part for node in nodes for part in _of_node(node, lines)]


def _of_node(node: ast.stmt, lines: Sequence[str]) -> Iterator[_Part]:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        for alias in node.names:  # one each, since one may not be installed
            alone = ast.Import([alias])
            if isinstance(node, ast.ImportFrom):
                alone = ast.ImportFrom(node.module, [alias], node.level)  # type: ignore[assignment]
            name = alias.asname or alias.name.split(".")[0]
            yield _Part(ast.unparse(alone), frozenset({name}), frozenset())
        return
    first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
    text = "\n".join(lines[first - 1 : node.end_lineno])
    if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
        yield _Part(f"\n\n{text}\n", frozenset({node.name}), frozenset(_names(text)))
        return
    inner = [one for one in ast.walk(node) if isinstance(one, ast.Name)]
    binds = {one.id for one in inner if isinstance(one.ctx, ast.Store)}
    if isinstance(node, ast.Try):  # imports, each of which may fail
        binds |= {
            (a.asname or a.name).split(".")[0]
            for one in ast.walk(node)
            if isinstance(one, (ast.Import, ast.ImportFrom))
            for a in one.names
        }
    for one in ast.walk(node):  # `Value.__truediv__ = ...` does something to Value
        if isinstance(one, (ast.Attribute, ast.Subscript)) and isinstance(one.ctx, ast.Store):
            binds |= {of.id for of in ast.walk(one) if isinstance(of, ast.Name)}
    uses = {one.id for one in inner if isinstance(one.ctx, ast.Load)}
    acts = not isinstance(node, (ast.Assign, ast.AnnAssign, ast.Try))
    yield _Part(text, frozenset(binds), frozenset(uses), acts)


def _names(source: str) -> set[str]:
    """The names in a piece of source; all words of one that cannot be read."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return set(_WORD.findall(source))
    defined = (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)
    return {
        node.id if isinstance(node, ast.Name) else node.name
        for node in ast.walk(tree)
        if isinstance(node, (ast.Name, *defined))
    }
