"""What a check's error says of itself: what was compared, and by which of its programs."""

from __future__ import annotations

import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from autograder.checking.compare import tolerances
from autograder.checking.program import Program, Reading

NOTHING = object()
_DEPTH = 3  # how deep in a frame's lists a program is looked for
_WIDTH = 2000


@dataclass(frozen=True)
class Compared:
    """What a check compared when it failed.

    Attributes:
        what: how a student would name it.
        got, expected: the two; `NOTHING` where it is not known.
        rtol, atol: the tolerances.
        second: for `gradcheck`, whether second derivatives were checked; None for anything else.
        inputs: for `gradcheck`, its inputs.
    """

    what: str
    got: Any = NOTHING
    expected: Any = NOTHING
    rtol: float = 0.0
    atol: float = 0.0
    second: bool | None = None
    inputs: tuple[torch.Tensor, ...] = ()


@dataclass(frozen=True)
class Clues:
    """What is to be found in an error's frames.

    Attributes:
        compared: what was compared, if that is known.
        steps: the steps of the program that was judged; None where none is known.
        trial: the program of scalars that was judged, with its numbers; None as well.
    """

    compared: Compared | None = None
    steps: Sequence[Any] | None = None
    trial: Any = None


def clues(error: BaseException | None) -> Clues:
    """What an error's frames say; the innermost say it last, and count."""
    frames = list(_frames(error))
    compared = None
    for frame in frames:
        compared = _compared(frame) or compared
    trial = next((found for frame in reversed(frames) if (found := _trial(frame))), None)
    return Clues(compared, _steps(frames), trial)


def _frames(error: BaseException | None) -> Iterator[types.FrameType]:
    """The frames through which an error came, outermost first, after those of the errors that it
    was made of.
    """
    chain: list[BaseException] = []
    while error is not None and len(chain) < 10:
        chain.append(error)
        error = error.__cause__ or error.__context__
    for one in reversed(chain):
        trace = one.__traceback__
        while trace is not None:
            yield trace.tb_frame
            trace = trace.tb_next


def _compared(frame: types.FrameType) -> Compared | None:
    module, name = frame.f_globals.get("__name__", ""), frame.f_code.co_name
    here = frame.f_locals
    if (module, name) == ("autograder.checking.compare", "assert_matches"):
        expected = here["expected"]
        rtol, atol = tolerances(expected.dtype)
        return Compared(
            str(here["what"]),
            here["actual"],
            expected,
            rtol if here["rtol"] is None else here["rtol"],
            atol if here["atol"] is None else here["atol"],
        )
    if (module, name) == ("autograder.checking.compare", "assert_gradcheck"):
        return Compared("the gradient", second=bool(here["second"]), inputs=tuple(here["inputs"]))
    if (module, name) == ("autograder.checking.scalars", "close"):
        wanted = here["wanted"]
        size = max(float(here["size"]), abs(wanted))
        return Compared(str(here["what"]), here["got"], wanted, 0.0, here["rtol"] * size)
    return None


def _trial(frame: types.FrameType) -> Any:
    found = frame.f_locals.get("trial")
    return found if hasattr(found, "program") and hasattr(found, "numbers") else None


def _steps(frames: Sequence[types.FrameType]) -> Sequence[Any] | None:
    """The steps of the program whose reading was looked at, or that a frame is about."""
    programs: list[Program] = []
    for frame in reversed(frames):
        for value in list(frame.f_locals.values()):
            programs += _programs(value, _DEPTH)
    for frame in reversed(frames):
        looked_at = [one for one in frame.f_locals.values() if isinstance(one, Reading)]
        for program in programs:
            if any(one is reading for one in _own(program, "_readings") for reading in looked_at):
                return program.steps
    for frame in reversed(frames):
        for value in frame.f_locals.values():
            about = value if isinstance(value, Program) else _own(value, "program")
            if isinstance(about, Program):
                return about.steps
    return None


def _own(value: Any, name: str) -> Any:
    """An attribute that an object itself holds; nothing is asked of a student's process."""
    try:
        return vars(value).get(name)
    except TypeError:
        return None


def _programs(value: Any, depth: int) -> Iterator[Program]:
    if isinstance(value, Program):
        yield value
    elif isinstance(value, (list, tuple)) and depth:
        for one in value[:_WIDTH]:
            yield from _programs(one, depth - 1)
    elif isinstance(found := _own(value, "program"), Program):
        yield found
