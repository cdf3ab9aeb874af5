"""What a notebook asked for in vain: a module, an input, a file, a command that the grader does not
have.

An answer that fails for want of one of these may be right. Nobody can say so here, so it gets no
score, and an instructor's eye. One that is wrong by what it computes stays wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from autograder.course.program import RunCell
from autograder.model import Audience, CheckResult, Judgement, Note, Role, Status, Verdict

MAX_TOLD = 4
# Commands that only install: without them a notebook runs as well, or an import says what is
# missing.
_INSTALLS = re.compile(
    r"[!%]\s*(?:(?:sudo|python3?|py|uv|\S*/python3?|\{sys\.executable\}|\"\S+\")\s+(?:-m\s+)?)*"
    r"(?:pip3?|conda|mamba|micromamba|apt|apt-get|brew|uv|jupyter)\b"
)
# Commands that show something and leave nothing behind.
_SHOWS = re.compile(
    r"!\s*(?:ls|pwd|echo|date|whoami|which|nvidia-smi|lscpu|free|df|uname|cat|head)\b"
    r"|!\s*python3? --?[Vv]"
    r"|%(?:cd|pushd|popd|load_ext|reload_ext|tensorboard|autoreload|matplotlib|config|env)\b"
)
_MODULE = re.compile(r"ModuleNotFoundError: No module named '([\w.]{1,80})'")
_INPUT = re.compile(r"EOFError: (?:EOF when reading a line|$|\(line| in the)|EOFError:? *$")
_FILE = re.compile(r"FileNotFoundError: \[Errno 2\] [^:]{0,60}: '([^'\n]{1,80})'")
_NAME = re.compile(r"NameError: name '(\w{1,80})' is not defined")
_PROGRAM = re.compile(r"\b(?:subprocess|os\.system|os\.popen|sys\.executable)\b")
_NOT_DEFINED = "is not defined: the notebook ended without it"


@dataclass
class Lacking:
    """What the cells of one submission asked for in vain, as its process says.

    Attributes:
        withheld: names that only cells define which do not run when grading.
        left_out: commands that were not run.
        found: reasons, each a sentence's end.
    """

    withheld: frozenset[str] = frozenset()
    left_out: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)

    def heard(self, cell: RunCell, said: dict[str, Any]) -> None:
        """Take what a student's process said of a cell; it may say anything."""
        lines = said.get("left_out")
        for line in lines[:50] if type(lines) is list else ():
            if type(line) is str and line[:120] not in self.left_out and len(self.left_out) < 50:
                self.left_out.append(line[:120])
        error = said.get("error")
        if type(error) is dict and cell.role in (Role.ANSWER, Role.STUDENT):
            told = f"{error.get('type_name')!s:.100}: {error.get('text')!s:.500}"
            self.add(self.reasons(told))
            if "PermissionError" in told and _PROGRAM.search(cell.source):
                self.add([f"`{cell.key}` starts another program, which grading does not allow"])

    def add(self, reasons: Iterable[str]) -> None:
        """Add reasons, each once."""
        self.found += [one for one in reasons if one not in self.found]

    def reasons(self, told: str) -> list[str]:
        """What an error says that the grader lacks."""
        found = []
        if match := _MODULE.search(told):
            found.append(f"it imports `{match[1]}`, a module that the grader does not have")
        if _INPUT.search(told):
            found.append("it asks for an input (`input()`), and nobody types when grading")
        if match := _FILE.search(told):
            found.append(f"it reads the file `{match[1]}`, which was not handed in with it")
        if (match := _NAME.search(told)) and match[1] in self.withheld:
            found.append(
                f"it uses `{match[1]}`, which only a demo or test cell defines; these do not run "
                "when grading"
            )
        return found

    def notes(self) -> list[str]:
        """What was left out, for the student."""
        written = [line for line in self.left_out if line.startswith(("%%writefile", "%%file"))]
        rest = [line for line in self.left_out if line not in written]
        return [f"`{line}` was left out: grading runs no other programs" for line in rest]

    @property
    def commands(self) -> list[str]:
        """Commands whose effect may be missed, as that of an installation is not by itself."""
        shown = (line for line in self.left_out if not _SHOWS.match(line))
        return [line for line in shown if not _INSTALLS.match(line.removeprefix("= "))]


def judged(judgement: Judgement, lacking: Lacking) -> Judgement:
    """The judgement, or one without a score where points were lost for want of something.

    Args:
        judgement: with its score.
        lacking: what its cells asked for in vain.
    """
    failed = [check for check in judgement.checks if _for_want(check)]
    if judgement.status != Status.GRADED or not failed:
        return judgement
    for check in failed:
        lacking.add(lacking.reasons(check.told))
    reasons = lacking.found or [
        f"it needs the command `{line}`, which grading does not run" for line in lacking.commands
    ]
    if not reasons:
        return judgement
    more = f"; and {len(reasons) - MAX_TOLD} more" if len(reasons) > MAX_TOLD else ""
    score = f"{judgement.score:g} of {judgement.max_score:g}"
    note = Note(f"as it ran here it would have {score} points", Audience.INSTRUCTOR)
    return replace(
        judgement,
        status=Status.NEEDS_EYE,
        reason=f"the notebook needs what is not there: {'; '.join(reasons[:MAX_TOLD])}{more}",
        score=0.0,
        bonus=0.0,
        checks=(),
        curves=(),
        evidence=(),
        notes=(*judgement.notes, note),
    )


def _for_want(check: CheckResult) -> bool:
    """Whether a check failed by an error or a name that is not there, rather than by a wrong value
    or a stub that is still there.
    """
    if check.verdict == Verdict.MISSING:
        return _NOT_DEFINED in check.message
    return check.verdict == Verdict.STUDENT_ERROR
