"""Which forms an answer may have, by what was asked: the rest is no answer.

Whoever asked takes the answer apart, and an answer that cannot be taken apart would be the grader's
own fault, so that a submission could choose not to be graded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograder.errors import WireError
from autograder.messages import Call
from autograder.wire import MAX_NUMBER


def _is_node_and_value(answer: Any) -> bool:
    """`[number, value]`: the number of a node, 0 for none, and what was computed."""
    return (
        type(answer) is list
        and len(answer) == 2
        and type(answer[0]) is int
        and 0 <= answer[0] <= MAX_NUMBER
    )


FORMS: dict[str, Callable[[Any], bool]] = {
    Call.CALL: _is_node_and_value,
    Call.BACKWARD: _is_node_and_value,
}


def check(call: Call | str, answer: Any) -> None:
    """Refuse what is no answer to this call.

    Raises:
        WireError: it has another form.
    """
    fits = FORMS.get(str(call))
    if fits is not None and not fits(answer):
        raise WireError("an answer of the wrong form")
