"""Errors of the student's code, as they arrive in a reply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from autograder import wire
from autograder.messages import RaisedError
from autograder.model import ErrorKind


class StudentError(Exception):
    """The student's code raised an error while it answered a call.

    Attributes:
        kind: what it means for a check.
        type_name, text: the error's type and message.
        bases: names of the types that it is one of, its own first.
        line, source: where in the notebook's text it arose; 0 and "" where that is not known.
    """

    def __init__(
        self,
        kind: ErrorKind,
        type_name: str,
        text: str,
        line: int = 0,
        source: str = "",
        bases: Sequence[str] = (),
    ) -> None:
        super().__init__(f"{type_name}: {text}" if text else type_name)
        self.kind, self.type_name, self.text = kind, type_name, text
        self.line, self.source = line, source
        self.bases = (type_name, *bases)

    def is_a(self, name: str) -> bool:
        """Whether the student's code raised an error of this type, or of one derived from it; a
        stub's does not count.
        """
        return self.kind == ErrorKind.ERROR and name in self.bases


def as_error(value: Any) -> StudentError:
    """The error that an error frame holds.

    Raises:
        wire.WireError: it holds none.
    """
    try:
        said = msgspec.convert(value, RaisedError, strict=True)
    except msgspec.ValidationError as error:
        raise wire.WireError("an error without its fields") from error
    bases = [base[:100] for base in said.bases[:20]]
    return StudentError(
        said.kind, said.type_name[:100], said.text[:500], said.line, said.source[:200], bases
    )
