"""A small notebook that shows a failure by itself, in plain Jupyter with torch alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import torch

from autograder.commands.explaining.exhibits import ENDLESS, Exhibit
from autograder.commands.explaining.needs import needed
from autograder.course.labs import Lab
from autograder.course.program import RunCell
from autograder.model import Role, Verdict

SECONDS = 10
_GUARD = f"""\
# Ends what does not end, after {SECONDS} s.
import _thread
import threading

_timer = threading.Timer({SECONDS}, _thread.interrupt_main)
_timer.start()
try:
{{body}}
finally:
    _timer.cancel()"""
_WATCH = """\
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

seen = set()  # which of PyTorch's own functions run


class Watch(TorchDispatchMode):
    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        seen.add(function.overloadpacket.__name__.strip("_"))
        return function(*args, **(kwargs or {}))


class WatchCalls(TorchFunctionMode):
    def __torch_function__(self, function, types, args=(), kwargs=None):
        seen.add(getattr(function, "__name__", "").strip("_"))
        return function(*args, **(kwargs or {}))

"""
_HEADINGS = {
    Role.GIVEN: "From the lab, as it was given",
    Role.ANSWER: "Your answer",
    Role.STUDENT: "A cell of your own",
    Role.DEMO: "What your code needs of other cells",
}


def notebook(lab: Lab, student: str, cells: Iterable[RunCell], one: Exhibit) -> bytes:
    """The notebook as a file.

    It holds no source of a check: what the check did is in it as calls of the student's functions.

    Args:
        lab: the lab.
        student: how the student is called.
        cells: what ran for the submission.
        one: what there is to show.
    """
    made = [_text(_about(lab, student, one))]
    endless = one.result.verdict in ENDLESS
    for cell in needed(cells, one.lines):
        made.append(_text(f"**{_HEADINGS[cell.role]}** (`{cell.key}`)"))
        hangs = endless and f"cell `{cell.key}`" in one.result.message
        made.append(_code(_guarded(cell.source) if hangs else cell.source))
    if one.lines:
        made.append(_text(_asked(one)))
        made.append(_code(_calls(one)))
    if one.lines and (shown := _outcome(one)):
        made.append(_text(_wanted(one)))
        made.append(_code(shown))
    for number, cell_ in enumerate(made):
        cell_["id"] = f"failure-{number}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    book = {
        "cells": made,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(book, ensure_ascii=False, indent=1).encode("utf-8", "replace") + b"\n"


def _about(lab: Lab, student: str, one: Exhibit) -> str:
    result = one.result
    earned = f"{result.points:g} of {result.max_points:g} points" if result.max_points else ""
    said = result.told + (f": {result.detail}" if result.detail and one.compared else "")
    return "\n\n".join(
        part
        for part in (
            f"# {_escaped(lab.title)}: what the check `{result.name}` saw",
            f"For {_escaped(student)}. The check asks: *{_escaped(result.title)}*",
            f"Its verdict was **{str(result.verdict).replace('_', ' ')}**"
            + (f", {earned}." if earned else "."),
            _quoted(said),
            "Below stand your cells as they ran, then the inputs that the check drew, the calls "
            "that it made and what came back. Run all cells (*Run* > *Run All Cells*): nothing "
            "but PyTorch is needed. Then change your answer here, and run them again"
            + (": the last cell ends without an error when it is right." if one.expected else "."),
        )
        if part
    )


def _calls(one: Exhibit) -> str:
    """The cell that makes the inputs and the calls."""
    source = "\n".join(one.lines)
    if one.result.verdict in ENDLESS:
        source = _guarded(source)
    if _seen(one):
        source = f"{_WATCH}\nwith Watch(), WatchCalls():\n{_indented(source)}"
    imports = "import base64\n\nimport torch" if "base64." in source else "import torch"
    return f"{imports}\n\n{source}"


def _asked(one: Exhibit) -> str:
    text = "## What the check called"
    if one.used:
        names = " and ".join(f"`{name}`" for name in one.used)
        text += (
            f"\n\nWhile the checks called your functions, PyTorch's own {names} ran in them. This "
            "exercise does without, and gives what comes of them wrong results. In this notebook "
            "they are as usual, so what came back may be right here"
            + ("; the last cell says whether they ran." if _seen(one) else ".")
        )
    if one.left_out:
        text += (
            "\n\nThe check also looked at what no notebook shows, such as the graph that autograd "
            "recorded; that is left out."
        )
    if one.result.verdict == Verdict.STUDENT_ERROR:
        text += "\n\nThis should run without an error."
    return text


def _wanted(one: Exhibit) -> str:
    compared = one.compared
    if compared is None or not one.expected:
        return "## What came back"
    return f"## What came back, and what was expected\n\nCompared was {_escaped(compared.what)}."


def _outcome(one: Exhibit) -> str:
    """The cell that shows the difference, and raises as long as there is one."""
    lines = _compared(one) or [
        f'print("{name} =", {name})' for name in dict.fromkeys(n for n, _ in one.results[-6:])
    ]
    if names := ", ".join(repr(name) for name in _seen(one)):
        lines = [
            f"used = sorted(seen & {{{names}}})",
            'assert not used, f"PyTorch\'s own {used} ran in the answer: it is not your own work"',
            *lines,
        ]
    return "\n".join(lines)


def _seen(one: Exhibit) -> list[str]:
    """The forbidden functions whose use a notebook can see; of whole modules it cannot."""
    return [name for name in one.used if "." not in name and name != "torch"]


def _compared(one: Exhibit) -> list[str]:
    """What came back beside what should have; nothing where it is not known."""
    compared, yours = one.compared, one.expression or one.found
    if compared is None or not yours or not one.expected:
        return []
    said = "" if one.expression else "  # as the grader computed it from the results above"
    lines = ["import base64", ""] if "base64." in yours + one.expected else []
    lines += [
        f"yours = {yours}{said}",
        f"expected = {one.expected}",
        'print("yours:   ", yours)',
        'print("expected:", expected)',
    ]
    if isinstance(compared.expected, torch.Tensor):
        lines.append(
            'assert isinstance(yours, torch.Tensor), f"a {type(yours).__name__}, and no tensor"'
        )
    tolerance = f"rtol={compared.rtol!r}, atol={compared.atol!r}"
    return [*lines, f"torch.testing.assert_close(yours, expected, {tolerance}, equal_nan=True)"]


def _guarded(source: str) -> str:
    return _GUARD.format(body=_indented(source))


def _indented(source: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in source.split("\n"))


def _text(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": _lines(source)}


def _code(source: str) -> dict[str, Any]:
    # An error is what is shown: it must not keep *Run all* from the cells below.
    return {
        "cell_type": "code",
        "metadata": {"tags": ["raises-exception"]},
        "execution_count": None,
        "outputs": [],
        "source": _lines(source),
    }


def _lines(source: str) -> Sequence[str]:
    return source.splitlines(keepends=True)


def _escaped(text: str) -> str:
    """Text in Markdown, without HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _quoted(text: str) -> str:
    return "\n".join(f"> {_escaped(line)}" for line in text.strip().splitlines())
