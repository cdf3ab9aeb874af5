"""Runs the tests of the notebook that you are in, and shows which pass.

In a cell at the end of the notebook:

    from autograd_labs_check import check; check()

It needs nothing but Python, works offline, and knows only the tests that you can read in the
notebook. It uses what your cells have defined so far, and changes none of it. Grading restarts the
notebook from the top and tries other inputs as well.
"""

from __future__ import annotations

import contextlib
import hashlib
import html
import io
import traceback
from typing import Any

from . import notebooks, progress

MAX_SHOWN = 600
STUB_LEFT = "If it is written: delete the line `raise NotImplementedError(...)` below it."
SIGNS = {
    "passed": "✓",
    "failed": "✗",
    "not written": "…",
    "not defined": "?",
    "error": "✗",
    "skipped": "-",
}
COLORS = {
    "passed": "#1a7f37",
    "failed": "#c4320a",
    "error": "#c4320a",
    "not written": "#6e5a00",
    "not defined": "#6e5a00",
    "skipped": "#57606a",
}


class Report:
    """What the tests said. Jupyter shows it as a table."""

    def __init__(self, rows: list[tuple[str, float, str, str]], notes: list[str]) -> None:
        self.rows = rows
        self.notes = notes

    @property
    def results(self) -> dict[str, str]:
        """`passed`, `failed`, `error`, `not written`, `not defined` or `skipped`, by test."""
        return {name: outcome for name, _, outcome, _ in self.rows}

    def summary(self) -> str:
        """One line."""
        passed = sum(outcome == "passed" for outcome in self.results.values())
        tried = sum(outcome != "skipped" for outcome in self.results.values())
        return (
            f"{passed} of {tried} visible tests pass. Grading also uses tests that "
            f"are not in the notebook."
        )

    def __repr__(self) -> str:
        width = max((len(name) for name, *_ in self.rows), default=0)
        lines = []
        for name, points, outcome, why in self.rows:
            lines.append(f"{SIGNS[outcome]} {name:<{width}}  {_worth(points):>6}  {outcome}")
            lines += [f"    {line}" for line in why.splitlines()]
        return "\n".join([*lines, "", self.summary(), *self.notes])

    def _repr_html_(self) -> str:
        head = "".join(
            f"<th style='text-align:left'>{title}</th>"
            for title in ("", "test", "points", "result", "why")
        )
        body = "".join(self._row(*row) for row in self.rows)
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in (self.summary(), *self.notes))
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{notes}"

    def _row(self, name: str, points: float, outcome: str, why: str) -> str:
        cells = [html.escape(text) for text in (SIGNS[outcome], name, _worth(points), outcome)]
        left = "".join(
            f"<td style='text-align:left;vertical-align:top;color:{COLORS[outcome]}'>{text}</td>"
            for text in cells
        )
        return (
            f"<tr>{left}<td "
            f"style='text-align:left;white-space:pre-wrap'>{html.escape(why)}</td></tr>"
        )


def check(
    notebook: str | None = None,
    namespace: dict[str, Any] | None = None,
    only: str | None = None,
) -> Report:
    """Run the notebook's visible tests against what is defined now.

    Args:
        notebook: its file; found where it is not given.
        namespace: where the answers are; those of the running notebook otherwise.
        only: the name of one test, to be told of no other. Those above it run too, since it may
            use what they define.

    Raises:
        FileNotFoundError: which notebook it is cannot be found out; name it: `check("lab.ipynb")`.
    """
    shell = notebooks.shell()
    namespace = notebooks.names() if namespace is None else namespace
    book = notebooks.find(notebook, namespace)
    tests = _up_to(book.tests, only)
    notes = [] if tests else [f"{book.name}.ipynb has no visible tests" + _called(only)]
    broken = _unreadable(book.cells, shell)
    rows = []
    scratch = dict(namespace)  # one for all: a test may use what an earlier one defined
    for cell in tests:
        name, source = notebooks.grade_id(cell), notebooks.source(cell)
        outcome, why = _outcome(name, _plain(source, shell), scratch)
        if outcome == "not defined" and broken:
            outcome, why = "error", broken
        if only not in (None, name):
            continue
        rows.append((name, float(cell["metadata"]["nbgrader"].get("points", 0)), outcome, why))
        if _edited(cell):
            notes.append(
                f"The test `{name}` is not as it was handed out. Grading does not "
                f"use your version of it."
            )
    report = Report(rows, notes)
    progress.note(book, report.results)
    return report


def _up_to(tests: list[dict[str, Any]], only: str | None) -> list[dict[str, Any]]:
    """The tests down to this one; none where there is no such test, all where none is named."""
    names = [notebooks.grade_id(cell) for cell in tests]
    if only is None:
        return tests
    return tests[: names.index(only) + 1] if only in names else []


def _called(only: str | None) -> str:
    return f" called `{only}`." if only else "."


def _outcome(name: str, source: str, namespace: dict[str, Any]) -> tuple[str, str]:
    """Run one test: how it ended, and why."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            exec(compile(source, f"<test {name}>", "exec"), namespace)  # noqa: S102 - the student's own
    except NotImplementedError as error:
        return "not written", f"{error}\n{STUB_LEFT}"
    except AssertionError as error:
        return "failed", _shown(str(error) or f"in the line: {_line(error, source)}")
    except NameError as error:
        if _place(error).startswith("<test "):
            return "not defined", f"{error}. Run the cells above first, the answer's included."
        return "error", _raised(error, source)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a test of theirs raises
        return "error", _raised(error, source)
    skipped = f"{name}: skipped, "
    why = [
        line.removeprefix(skipped)
        for line in said.getvalue().splitlines()
        if line.startswith(skipped)
    ]
    return ("skipped", why[0]) if why else ("passed", "")


def _raised(error: BaseException, source: str) -> str:
    """An error in words, with the line of the test that met it."""
    line = _line(error, source)
    told = _shown(f"{type(error).__name__}: {error}")
    return f"{told}\nin the line: {line}" if line else told


def _plain(source: str, shell: Any) -> str:
    """A cell as Python: without Jupyter's own commands, where Jupyter runs it."""
    return str(shell.transform_cell(source)) if shell is not None else source


def _unreadable(cells: list[dict[str, Any]], shell: Any) -> str:
    """What is wrong with the first answer cell that is not Python; "" where all are.

    Nothing in such a cell gets defined.
    """
    for cell in cells:
        about = cell["metadata"].get("nbgrader", {})
        if cell["cell_type"] == "code" and about.get("solution"):
            try:
                compile(_plain(notebooks.source(cell), shell), "<answer>", "exec")
            except SyntaxError as error:
                line = (error.text or "").strip()
                where = f"line {error.lineno}" + (f", `{line}`" if line else "")
                return (
                    f"The answer cell `{about['grade_id']}` is not Python, as it is saved: "
                    f"{error.msg} in {where}. Correct it and run it."
                )
    return ""


def _place(error: BaseException) -> str:
    """The file in which an error arose."""
    return traceback.extract_tb(error.__traceback__)[-1].filename


def _line(error: BaseException, source: str) -> str:
    """The line of the test that failed."""
    places = [
        place
        for place in traceback.extract_tb(error.__traceback__)
        if place.filename.startswith("<test ")
    ]
    number = places[-1].lineno if places else None
    return source.splitlines()[number - 1].strip() if number else ""


def _shown(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]} ..."


def _worth(points: float) -> str:
    return f"{points:g}" if points else "bonus"


def _edited(cell: dict[str, Any]) -> bool:
    """Whether a test differs from what was handed out, by the checksum that nbgrader left in it."""
    about = cell["metadata"]["nbgrader"]
    flags = (str(bool(about.get(name))) for name in ("grade", "solution", "locked"))
    parts = (
        notebooks.source(cell),
        cell["cell_type"],
        *flags,
        about["grade_id"],
        str(float(about.get("points", 0))),
    )
    digest = hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest()
    return bool(about.get("checksum")) and digest != about["checksum"]
