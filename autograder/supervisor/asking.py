"""Asks the zygote."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import TypeVar

from autograder import messages
from autograder.errors import GraderFault
from autograder.messages import Ended, Measured, Spawned

CONTROL_SECONDS = 120.0

AnswerType = TypeVar("AnswerType", Spawned, Ended, Measured)


class ZygoteGone(GraderFault):
    """The zygote died or does not answer: start another and try the submission again."""


def ask(
    control: socket.socket,
    request: messages.ZygoteRequest,
    expected: type[AnswerType],
    fds: Sequence[int] = (),
) -> tuple[AnswerType, list[int]]:
    """Ask the zygote; its answer, and the descriptors that came with it.

    Raises:
        ZygoteGone: it is dead or silent.
    """
    try:
        control.settimeout(CONTROL_SECONDS)
        socket.send_fds(control, [messages.encode(request)], list(fds))
        answer, received, _, _ = socket.recv_fds(control, 1 << 16, 4)
    except OSError as error:
        raise ZygoteGone(f"the zygote does not answer: {error}") from None
    if not answer:
        raise ZygoteGone("the zygote died")
    try:
        return messages.decode(answer, expected), received
    except ValueError as error:
        raise ZygoteGone(f"the zygote's answer cannot be read: {error}") from None
