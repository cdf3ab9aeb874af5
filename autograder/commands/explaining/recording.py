"""What a check asked a student's process, and what came back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from autograder import wire
from autograder.checking.student import Handle
from autograder.errors import StudentStopped
from autograder.messages import Call
from autograder.supervisor.process import StudentError, StudentProcess

SILENT = frozenset({Call.FORBID, Call.USED, Call.FAILURE, Call.CELL, Call.PROBE})
MOST = 20_000  # requests of one check that are remembered: a timing loop makes thousands


@dataclass(frozen=True)
class Asked:
    """A request and its reply.

    Attributes:
        call: what was asked.
        arguments: as they were then; objects in the student's process as `wire.Reference`.
        raw: the arguments themselves, by which a check's own objects are recognised.
        reply: what came back; None where an error did.
        error: the student's, or how the process ended.
    """

    call: Call
    arguments: tuple[Any, ...]
    raw: tuple[Any, ...]
    reply: Any = None
    error: StudentError | StudentStopped | None = None


class Recorder:
    """Listens to a process's requests; `asked` are those since the last `clear`."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._copies: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}
        self._heard: StudentProcess | None = None

    def listen(self, process: StudentProcess) -> None:
        """Listen to this process from here on; again is no harm."""
        if self._heard is process:
            return
        self._heard = process
        request = process.request

        def told(call: Call | str, *arguments: Any, **how: Any) -> Any:
            copied = tuple(map(self._copied, arguments)) if call not in SILENT else ()
            try:
                reply = request(call, *arguments, **how)
            except (StudentError, StudentStopped) as error:
                self._keep(call, copied, arguments, error=error)
                raise
            self._keep(call, copied, arguments, reply=_told(reply))
            return reply

        heard: Callable[..., Any] = told
        vars(process)["request"] = heard

    def clear(self) -> None:
        """Forget what was asked; objects that a later check uses are laid there by itself."""
        self.asked.clear()
        self._copies.clear()

    def _keep(
        self, call: Call | str, copied: tuple[Any, ...], raw: tuple[Any, ...], **came: Any
    ) -> None:
        if call not in SILENT and len(self.asked) < MOST:
            self.asked.append(Asked(Call(call), copied, raw, **came))

    def _copied(self, value: Any) -> Any:
        """The value as it is now; one tensor stays one."""
        if isinstance(value, torch.Tensor):
            _, known = self._copies.get(id(value), (None, None))
            if known is None or not _unchanged(known, value):
                known = _copy(value)
                self._copies[id(value)] = (value, known)
            return known
        if type(value) in (list, tuple):
            return type(value)(map(self._copied, value))
        if type(value) is dict:
            return {key: self._copied(one) for key, one in value.items()}
        return value


def _copy(value: torch.Tensor) -> torch.Tensor:
    repeats = 0 in value.stride()
    copy = value.detach() if repeats else value.detach().clone()
    return copy.requires_grad_(value.requires_grad)


def _unchanged(known: torch.Tensor, value: torch.Tensor) -> bool:
    return (
        known.requires_grad == value.requires_grad
        and known.shape == value.shape
        and bool(torch.equal(known.detach(), value.detach()))
    )


def _told(value: Any) -> Any:
    """A reply with references in the places of handles."""
    if isinstance(value, Handle):
        reference: wire.Reference = vars(value)["_reference"]
        return reference
    if type(value) in (list, tuple):
        return type(value)(map(_told, value))
    if type(value) is dict:
        return {key: _told(one) for key, one in value.items()}
    return value
