"""A small notebook that shows a failure by itself, in plain Jupyter with torch alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

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
        source = "\n".join(["import torch", "", *one.lines])
        if "base64." in source:
            source = f"import base64\n{source}"
        made.append(_code(_guarded(source) if endless else source))
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
            "that it made and what it compared. Run all cells (*Run* > *Run All Cells*): nothing "
            "but PyTorch is needed. Then change your answer here, and run them again: the last "
            "cell says when it is right.",
        )
        if part
    )


def _asked(one: Exhibit) -> str:
    text = "## What the check called"
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
    compared = one.compared
    if compared is not None and one.expected:
        yours = one.expression or one.found
        lines = [
            *(["import base64", ""] if "base64." in yours + one.expected else []),
            f"yours = {yours}"
            + ("" if one.expression else "  # as the grader computed it from the results above"),
            f"expected = {one.expected}",
            'print("yours:   ", yours)',
            'print("expected:", expected)',
        ]
        tolerance = f"rtol={compared.rtol!r}, atol={compared.atol!r}"
        return "\n".join(
            [*lines, f"torch.testing.assert_close(yours, expected, {tolerance}, equal_nan=True)"]
        )
    names = list(dict.fromkeys(name for name, _ in one.results[-6:]))
    return "\n".join(f'print("{name} =", {name})' for name in names)


def _guarded(source: str) -> str:
    return _GUARD.format(body="\n".join(f"    {line}" for line in source.split("\n")))


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
