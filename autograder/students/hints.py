"""Hints in three levels, one at a time, for the test that they are about."""

from __future__ import annotations

from . import notebooks, progress, selfcheck


class Hint:
    """One level of a test's hints. Jupyter shows it with its formulas."""

    def __init__(self, test: str, level: int, levels: int, text: str) -> None:
        self.test = test
        self.level = level
        self.levels = levels
        self.text = text

    def __repr__(self) -> str:
        return f"Hint {self.level} of {self.levels}: {self.test}\n\n{self.text}\n\n{self._more()}"

    def _repr_markdown_(self) -> str:
        head = f"**Hint {self.level} of {self.levels}: `{self.test}`**"
        return f"{head}\n\n{self.text}\n\n*{self._more()}*"

    def _more(self) -> str:
        if self.level == self.levels:
            return f'That was the last one; hint("{self.test}", 1) shows the first one again.'
        return f'Try for five minutes; then hint("{self.test}") again shows the next one.'


def hint(test: str | None = None, level: int | None = None, notebook: str | None = None) -> Hint:
    """The next hint for a visible test, from a nudge to nearly everything.

    Args:
        test: the test's name, as in its last line or in the table of `check()`; the first one that
            does not pass where it is not given.
        level: 1, 2 or 3; the one after the last that was shown where it is not given.
        notebook: its file; found where it is not given.

    Raises:
        ValueError: there is no such test, or no such level.
        FileNotFoundError: which notebook it is cannot be found out.
    """
    book = notebooks.find(notebook, notebooks.names())
    known = book.sheet.get("hints", {})
    if not known:
        raise ValueError(
            f"no hints for `{book.name}` are here; the course's zip has them, in "
            "`autograd_labs_check`"
        )
    if test is None:
        test = _open(selfcheck.check(notebook).results, list(known))
    if test not in known:
        raise ValueError(f"no test is called `{test}`; there are {', '.join(known)}")
    levels = known[test]
    kept = progress.read(book)
    number = min(kept.hints.get(test, 0) + 1, len(levels)) if level is None else level
    if not 1 <= number <= len(levels):
        raise ValueError(f"`{test}` has hints 1 to {len(levels)}, not {level}")
    kept.hints[test] = max(number, kept.hints.get(test, 0))
    progress.write(book, kept)
    return Hint(test, number, len(levels), levels[number - 1])


def _open(results: dict[str, str], known: list[str]) -> str:
    """The first test that does not pass; the first of all where every one does."""
    done = ("passed", "skipped")
    return next((name for name, said in results.items() if said not in done), known[0])
