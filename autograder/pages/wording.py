"""Words and text for pages: how verdicts are called, and how text by strangers is shown."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from markupsafe import Markup, escape

from autograder.course.submissions import STUDENT
from autograder.model import Verdict
from autograder.text import visible

MAX_PROSE = 4_000
MAX_SOURCE = 100_000
_CODE = re.compile(r"`+([^`]+)`+")


@dataclass(frozen=True)
class Word:
    """How a verdict is shown: its label, its icon, its tone (`good`, `bad` or `calm`) and what it
    means.
    """

    label: str
    icon: str
    tone: str
    means: str


WORDS = {
    Verdict.PASSED: Word("Passed", "check", "good", "Your code did what the check asks for."),
    Verdict.WRONG: Word(
        "Wrong", "cross", "bad", "Your code ran and gave a result, and the result is not right."
    ),
    Verdict.MISSING: Word(
        "Not written",
        "ring",
        "calm",
        "The name is not defined, or the line that raises NotImplementedError is still there.",
    ),
    Verdict.STUDENT_ERROR: Word(
        "Error", "bang", "bad", "Your code raised an error before there was a result."
    ),
    Verdict.CPU_LIMIT: Word(
        "CPU limit", "clock", "bad", "Your code used all the processor time that a submission has."
    ),
    Verdict.WALL_LIMIT: Word(
        "Time limit",
        "clock",
        "bad",
        "There was no answer in time. Look for a loop that does not end.",
    ),
    Verdict.MEMORY_LIMIT: Word(
        "Memory limit", "bang", "bad", "Your code asked for more memory than a submission has."
    ),
    Verdict.OUTPUT_LIMIT: Word(
        "Output limit", "bang", "bad", "Your code printed more than a submission may."
    ),
    Verdict.CRASHED: Word(
        "Crashed",
        "bang",
        "bad",
        "The Python process ended while your code ran, for example through exit().",
    ),
    Verdict.PROTOCOL: Word(
        "Not readable",
        "bang",
        "bad",
        "The grader got a reply that it could not read or did not ask for.",
    ),
    Verdict.SKIPPED: Word(
        "Skipped", "dash", "calm", "The check could not be made here. It costs nothing."
    ),
    Verdict.SANDBOX_UNAVAILABLE: Word(
        "Not run", "dash", "calm", "A fault of the grader, not of yours. It costs nothing."
    ),
    Verdict.GRADER_ERROR: Word(
        "Not run", "dash", "calm", "A fault of the grader, not of yours. It costs nothing."
    ),
}


def clip(text: str, most: int) -> str:
    """The beginning of a long text, saying how much was left out."""
    if len(text) <= most:
        return text
    return f"{text[:most]}\n\N{HORIZONTAL ELLIPSIS} and {len(text) - most:,} more characters"


def prose(text: str) -> Markup:
    """A sentence in HTML, with what stands between backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(visible(clip(text, MAX_PROSE))))))


def paragraphs(text: str) -> list[str]:
    """The parts of a text that blank lines separate."""
    return [part.strip() for part in re.split(r"\n[ \t]*\n", text) if part.strip()]


def numbered(source: str, hit: int | None = None) -> Markup:
    """Source text in HTML, an element for each line, so that the page can number them.

    Args:
        source: the text.
        hit: the line, from 1, that is marked as the one that raised the error.
    """
    lines = str(escape(visible(clip(source, MAX_SOURCE)))).rstrip("\n").split("\n")
    marked = [
        f'<span class="hit">{line}\n</span>' if n == hit else f"<span>{line}\n</span>"
        for n, line in enumerate(lines, 1)
    ]
    return Markup("".join(marked))


def words(name: str) -> str:
    """A name such as `zero_edge` as words."""
    return name.replace("_", " ").strip().capitalize()


def sentence(text: str) -> str:
    """The text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def points(value: float) -> str:
    """Points without needless digits."""
    return f"{round(value, 2) + 0.0:g}"


def change(value: float) -> str:
    """Points that were added or taken, with their sign; nothing where there are none."""
    if not round(value, 2):
        return ""
    return f"+{points(value)}" if value > 0 else f"\N{MINUS SIGN}{points(-value)}"


def page_name(student: str) -> str:
    """The file name of a student's page.

    A name that is no student's id, which is a folder of any name, gets one from its digest; the
    underscore keeps it apart from ids.
    """
    if STUDENT.fullmatch(student):
        return f"{student}.html"
    return f"_{hashlib.sha256(student.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}.html"
