"""What is done and what is left of a lab, exercise by exercise."""

from __future__ import annotations

import html
from typing import Any

from . import notebooks, progress, selfcheck
from .notebooks import Notebook


class Status:
    """How far a notebook is, exercise by exercise. Jupyter shows it as a table."""

    def __init__(
        self, title: str, exercises: list[dict[str, Any]], kept: progress.Progress
    ) -> None:
        self.title = title
        self.rows = [self._row(one, kept) for one in exercises]
        self.hints = sum(kept.hints.values())
        counted = [(one, row) for one, row in zip(exercises, self.rows, strict=True)]
        graded = [(one, row) for one, row in counted if not one["extra"]]
        self.points = sum(row["earned"] for _, row in graded)
        self.max_points = sum(row["points"] for _, row in graded)
        self.minutes = sum(one["minutes"] for one, _ in graded)
        self.minutes_left = sum(one["minutes"] for one, row in graded if row["open"])

    def _row(self, exercise: dict[str, Any], kept: progress.Progress) -> dict[str, Any]:
        worth = exercise["tests"]
        return {
            "number": str(exercise["number"]) + (", extra" if exercise["extra"] else ""),
            "title": exercise["title"],
            "earned": sum(points for name, points in worth.items() if name in kept.passed),
            "points": sum(worth.values()),
            "minutes": exercise["minutes"],
            "difficulty": exercise["difficulty"],
            "open": [name for name in worth if name not in kept.passed],
        }

    def summary(self) -> str:
        """One line."""
        return (
            f"Visible tests worth {self.points:g} of {self.max_points:g} points pass; work of "
            f"about {self.minutes_left} of {self.minutes} minutes is left. "
            f"Hints read: {self.hints}. "
            "Grading also uses tests that are not in the notebook."
        )

    def __repr__(self) -> str:
        lines = [self.title]
        for row in self.rows:
            left = f"open: {', '.join(row['open'])}" if row["open"] else "done"
            lines.append(
                f"{row['number']:>9}  {row['title']:<42.42} {row['earned']:>4g}/{row['points']:<4g}"
                f"{row['minutes']:>4} min  {row['difficulty']:<7} {left}"
            )
        return "\n".join([*lines, "", self.summary()])

    def _repr_html_(self) -> str:
        titles = ("exercise", "", "points", "minutes", "difficulty", "open")
        head = "".join(f"<th style='text-align:left'>{title}</th>" for title in titles)
        body = "".join(
            "<tr>"
            + "".join(
                f"<td style='text-align:left'>{html.escape(text)}</td>" for text in _cells(row)
            )
            + "</tr>"
            for row in self.rows
        )
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return f"<b>{html.escape(self.title)}</b>{table}<p>{html.escape(self.summary())}</p>"


def _cells(row: dict[str, Any]) -> list[str]:
    points = f"{row['earned']:g} of {row['points']:g}"
    left = ", ".join(row["open"]) or "done"
    return [row["number"], row["title"], points, str(row["minutes"]), row["difficulty"], left]


def status(notebook: str | None = None, namespace: dict[str, Any] | None = None) -> Status:
    """What is done, in points and minutes: the visible tests that pass now, or passed when they
    last ran and lack only that their cells be run again.

    Args:
        notebook: its file; found where it is not given.
        namespace: where the answers are; those of the running notebook otherwise.

    Raises:
        FileNotFoundError: which notebook it is cannot be found out.
    """
    namespace = notebooks.names() if namespace is None else namespace
    book = notebooks.find(notebook, namespace)
    selfcheck.check(notebook, namespace)
    exercises = book.sheet.get("exercises") or [_of_tests(book)]
    return Status(book.sheet.get("title", book.name), exercises, progress.read(book))


def _of_tests(book: Notebook) -> dict[str, Any]:
    """All tests as one exercise, for a notebook without a sheet."""
    worth = {
        notebooks.grade_id(cell): cell["metadata"]["nbgrader"].get("points", 0)
        for cell in book.tests
    }
    about = {"number": 1, "title": book.name, "minutes": 0, "difficulty": "", "extra": False}
    return about | {"tests": worth}
