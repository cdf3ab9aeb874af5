"""What follows from a mistake for which another check takes points, so that one fault costs once.

An excuse says what a program would give if the student's engine did right what the check asks, and
were as it is in everything else.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import replace

from autograder.checking.programs import Expected, Local, Rule, expected, program, right
from autograder.checking.scalars import Excuse, Seen, Trial, finite, see
from autograder.checking.student import Student

_SINGLE = {"add": "a + b", "mul": "a * b", "relu": "a.relu()"}


def own_rules(*given: str) -> Excuse:
    """The gradients that the chain rule gives with the student's own values and slopes of the
    `given` operations, each measured alone, and with what their backward() starts from.
    """

    def excuse(student: Student, trial: Trial, seen: Seen) -> Expected | None:
        seeds = [
            finite(grads[root], "the result's gradient")
            for grads, (_, root) in zip(seen.grads, trial.program.passes, strict=True)
        ]
        return expected(trial.program, trial.numbers, _measured(student, given), seeds)

    return excuse


def _measured(student: Student, given: Sequence[str]) -> Rule:
    @functools.cache
    def known(operation: str, numbers: tuple[float, ...]) -> Local:
        alone = Trial(
            program(f"out = {_SINGLE[operation]}").with_backward(),
            dict(zip("ab", numbers, strict=False)),
        )
        ((_, seen),) = see(student, [alone])
        *slopes, seed = seen.grads[0]
        start = finite(seed, "the result's gradient") or 1.0
        return Local(
            finite(seen.values[-1], "the value"),
            tuple(finite(slope, "the slope") / start for slope in slopes),
        )

    def rule(operation: str, numbers: Sequence[float]) -> Local:
        if operation in given:
            return known(operation, tuple(numbers))
        return right(operation, numbers)

    return rule


def own_single_passes(student: Student, trial: Trial, _seen: Seen) -> Expected | None:
    """What the student's own backward() calls add up to, each measured alone on fresh Values."""
    turns = range(len(trial.program.passes))
    alone = [replace(trial, program=trial.program.only(turn)) for turn in turns]
    singles = [found.grads[0] for _, found in see(student, alone)]
    plan = expected(trial.program, trial.numbers)
    grads = [0.0] * len(trial.program.places)
    plan.grads.clear()
    for (count, root), single in zip(trial.program.passes, singles, strict=True):
        for i in trial.program.behind(root):
            place = trial.program.places[i]
            got = 0.0 if place.operation == "plain" else finite(single[i], "the gradient")
            grads[i] = got + (grads[i] if place.operation == "leaf" else 0.0)
        plan.grads.append(grads[:count])
    return plan


def own_equivalent(student: Student, trial: Trial, _seen: Seen) -> Expected | None:
    """What the student's engine does with the program that `like` names, where places have the
    same name in both.
    """
    if trial.like is None:
        return None
    other = Trial(trial.like.with_backward(), trial.numbers)
    ((_, found),) = see(student, [other])
    places = {place.text: i for i, place in enumerate(other.program.places)}
    plan = expected(trial.program, trial.numbers)
    for turn, grads in enumerate(plan.grads):
        for i, place in enumerate(trial.program.places[: len(grads)]):
            grads[i] = math.nan
            if place.text in places and place.operation != "plain":
                grads[i] = finite(found.grads[turn][places[place.text]], "a gradient")
    return plan
