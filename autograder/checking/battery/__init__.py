"""Every question that a contract answers, in families: a lab's checks group them.

What both should be asked is always asked, never by the luck of a draw, so that the same wrong
answer gets the same points under any seed; only numbers are drawn. A family judges what its name
says. Where that cannot be judged because something earlier is wrong, it says so, and a gradient
that is the same in a plainer situation is no fault of the situation.
"""

from collections.abc import Callable, Iterable

from autograder.checking.battery.calls import (
    ask_same_input_twice,
    ask_second_backward,
    ask_several_calls,
)
from autograder.checking.battery.effects import (
    ask_all_untouched,
    ask_input_edited,
    ask_new_result,
    ask_result_edited,
    ask_untouched,
    ask_upstream_untouched,
)
from autograder.checking.battery.gradients import (
    ask_class,
    ask_given_gradients,
    ask_gradient_magnitudes,
    ask_gradient_shapes,
    ask_gradients,
    ask_gradients_apart,
    ask_no_gradient_for_others,
    ask_own_rule,
    ask_seams,
    ask_second_derivatives,
    ask_upstreams,
    ask_views,
)
from autograder.checking.battery.samples import Given
from autograder.checking.battery.values import (
    ask_given_values,
    ask_magnitudes,
    ask_refusals,
    ask_shapes,
    ask_values,
    ask_without_gradients,
    assert_works,
)
from autograder.checking.contract import Contract
from autograder.checking.draw import Draw
from autograder.checking.student import Student

__all__ = [
    "Family",
    "Given",
    "ask_all",
    "ask_all_untouched",
    "ask_class",
    "ask_given_gradients",
    "ask_given_values",
    "ask_gradient_magnitudes",
    "ask_gradient_shapes",
    "ask_gradients",
    "ask_gradients_apart",
    "ask_input_edited",
    "ask_magnitudes",
    "ask_new_result",
    "ask_no_gradient_for_others",
    "ask_own_rule",
    "ask_refusals",
    "ask_result_edited",
    "ask_same_input_twice",
    "ask_seams",
    "ask_second_backward",
    "ask_second_derivatives",
    "ask_several_calls",
    "ask_shapes",
    "ask_untouched",
    "ask_upstream_untouched",
    "ask_upstreams",
    "ask_values",
    "ask_views",
    "ask_without_gradients",
    "assert_works",
]

Family = Callable[[Student, Draw, Contract], None]


def ask_all(families: Iterable[Family], student: Student, draw: Draw, contract: Contract) -> None:
    """Each of these families, one after another."""
    for family in families:
        family(student, draw, contract)
