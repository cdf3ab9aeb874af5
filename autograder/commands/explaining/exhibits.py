"""A failing check as an exhibit: inputs, call, result and expected value, for a terminal and for a
notebook.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from autograder.commands.explaining.clues import NOTHING, Compared
from autograder.commands.explaining.literals import MOST_LISTED, is_written, listed, literal
from autograder.commands.explaining.transcript import transcript
from autograder.commands.explaining.watching import Failure
from autograder.model import CheckResult, Verdict

SHOWN = 60  # elements of a tensor that a terminal shows
ENDLESS = (Verdict.WALL_LIMIT, Verdict.CPU_LIMIT)


@dataclass(frozen=True)
class Exhibit:
    """What there is to show of a failure.

    Attributes:
        result: what the check said.
        used: PyTorch's own functions that ran in the answer and may not.
        lines: Python that makes the inputs and the call.
        results: what came back when it was judged, by the expression that gives it.
        compared: what was compared, if that is known.
        expression: what gives in `lines` what was compared; nothing where it is another thing.
        left_out: whether something was asked that no notebook can ask.
    """

    result: CheckResult
    used: tuple[str, ...]
    lines: tuple[str, ...]
    results: tuple[tuple[str, object], ...]
    compared: Compared | None
    expression: str
    left_out: bool

    @property
    def found(self) -> str:
        """What was compared, as source."""
        return "" if self.compared is None else _source(self.compared.got)

    @property
    def expected(self) -> str:
        """What it should be, as source; nothing where it is not known."""
        return "" if self.compared is None else _source(self.compared.expected)


def exhibit(failure: Failure, most: int = MOST_LISTED) -> Exhibit:
    """What there is to show of a failure.

    Args:
        failure: what a check asked, and how it ended.
        most: elements of a tensor that are written out.
    """
    compared = failure.clues.compared
    made = transcript(failure.asked, failure.clues, most)
    known = compared is not None and compared.got is not NOTHING
    expression = made.expression(compared.got) if known and compared is not None else ""
    return Exhibit(
        failure.result,
        failure.used,
        tuple(made.lines),
        tuple(made.results),
        compared,
        expression,
        bool(made.left_out),
    )


def _source(value: object) -> str:
    return literal(value) if is_written(value) else ""


def shown(value: object) -> str:
    """A value for a terminal."""
    if isinstance(value, torch.Tensor):
        about = f"shape {tuple(value.shape)}, {str(value.dtype).removeprefix('torch.')}"
        return f"{listed(value)}  ({about})" if value.numel() <= SHOWN else f"{value}"
    return repr(value)


def told(failure: Failure) -> Sequence[str]:
    """Inputs, calls, results and expected values, line by line."""
    one = exhibit(failure, SHOWN)
    lines = [line for text in one.lines for line in text.split("\n")]
    said = [f"  {_shortened(line)}" for line in lines] or ["  it called nothing of the notebook's"]
    said.insert(0, "inputs and calls:")
    compared = one.compared
    if compared is not None and compared.got is not NOTHING:
        said += [
            f"{compared.what}{f', `{one.expression}`' if one.expression else ''}:",
            f"  got       {shown(compared.got)}",
            f"  expected  {shown(compared.expected)}",
        ]
    elif one.results:
        said.append("results:")
        said += [f"  {name} = {shown(value)}" for name, value in one.results[-6:]]
    return said


def _shortened(line: str) -> str:
    """A line whose long data are left out: the notebook has them."""
    before, mark, after = line.partition('base64.b64decode("')
    if not mark:
        return line
    return f'{before}{mark}..."{after.partition(chr(34))[2]}'
