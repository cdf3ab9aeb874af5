"""Moodle's grading worksheets, in any language: what stands where is told by what is in the
columns, since their headings and words are translated.

The order of the columns is that of Moodle's grading table (mod/assign/gradingtable.php):
identifier, name and whatever identifies users, status, grade, maximum or scale, whether the grade
can be changed, times, feedback.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from autograder.course.tables import Table, number
from autograder.errors import UsageError
from autograder.integrations.nbgrader import arrival

NO = frozenset(
    "no nein non não nao nee nej nei ei ne nie нет ні όχι いいえ 否 لا לא hayır nem nu ez".split()  # noqa: RUF001 - Turkish
)
# Months of other languages by the English one's first letters; weekdays and `de` are left out.
_MONTHS = {
    "Jan": "januar jänner janvier enero gennaio janeiro januari tammikuuta stycznia",
    "Feb": "februar février febrero febbraio fevereiro februari helmikuuta lutego",
    "Mar": "märz mars marzo março maart maaliskuuta marca marts",
    "Apr": "avril abril aprile huhtikuuta kwietnia",
    "May": "mai mayo maggio maio mei maj toukokuuta maja",
    "Jun": "juni juin junio giugno junho kesäkuuta czerwca",
    "Jul": "juli juillet julio luglio julho heinäkuuta lipca",
    "Aug": "août agosto augustus augusti elokuuta sierpnia",
    "Sep": "septembre septiembre settembre setembro syyskuuta września",
    "Oct": "oktober octobre octubre ottobre outubro lokakuuta października",
    "Nov": "novembre noviembre novembro marraskuuta listopada",
    "Dec": "dezember décembre diciembre dicembre dezembro december joulukuuta grudnia",
}
_ENGLISH = {name: month for month, names in _MONTHS.items() for name in names.split()}
_TIME_LIKE = re.compile(r"-|.*(?:\d{4}|\d{1,2}:\d{2}).*", re.DOTALL)


@dataclass(frozen=True)
class Worksheet:
    """A worksheet, with the places of its columns; None for one that it lacks.

    Attributes:
        scale: the scale's words, the lowest first; empty where grades are points.
        most: the maximum grade in points; None with a scale.
    """

    table: Table
    identifier: int
    grade: int
    email: int | None
    name: int | None
    changeable: int | None
    handed_in: int | None
    feedback: int | None
    most: float | None
    scale: tuple[str, ...] = field(default=())

    def participant(self, row: Sequence[str]) -> str:
        """The number of a row's participant, as downloads have it."""
        match = re.search(r"(\d+)\s*$", row[self.identifier])
        return match[1] if match else ""

    def is_locked(self, row: Sequence[str]) -> bool:
        """Whether Moodle says that this grade cannot be changed."""
        return self.changeable is not None and row[self.changeable].strip().casefold() in NO


def worksheet(table: Table) -> Worksheet:
    """Find a worksheet's columns.

    Raises:
        UsageError: it is none.
    """
    columns = list(zip(*table.rows, strict=True)) if table.rows else []
    place = _maximum(table, columns)
    if place is None or not columns or not all(re.search(r"\d\s*$", one) for one in columns[0]):
        raise UsageError(
            f"this is no grading worksheet of Moodle: `{','.join(table.head)[:120]}`. It begins "
            "with a column of identifiers, `Participant 11` in English, and has one for grades "
            "before that of the maximum grade"
        )
    grade, most = place
    words = columns[most][0].strip()
    is_scale = number(words) is None
    last = len(table.head) - 1
    changeable = next(
        (n for n in range(most + 1, min(most + 3, last)) if _few_words(columns[n])), None
    )
    times = None if changeable is None else changeable + 1
    feedback = (
        last if not all(_TIME_LIKE.fullmatch(cell.strip()) for cell in columns[last]) else None
    )
    return Worksheet(
        table=table,
        identifier=0,
        grade=grade,
        email=_email(columns),
        name=1 if most > 2 else None,
        changeable=changeable,
        handed_in=times if times is not None and times < last else None,
        feedback=feedback if feedback is not None and feedback > most + 1 else None,
        most=None if is_scale else number(words),
        scale=tuple(word.strip() for word in words.splitlines()) if is_scale else (),
    )


def _maximum(table: Table, columns: Sequence[Sequence[str]]) -> tuple[int, int] | None:
    """The places of the grade and of its maximum or scale."""
    for n in range(2, len(columns)):
        words = {cell.strip() for cell in columns[n]}
        if len(words) != 1:
            continue
        (word,) = words
        scale = set(word.splitlines()) if "\n" in word else set()
        if (number(word) is not None or scale) and all(
            _is_grade(cell, scale) for cell in columns[n - 1]
        ):
            return n - 1, n
    names = [name.casefold() for name in table.head]
    if columns and "grade" in names and "maximum grade" in names:
        return names.index("grade"), names.index("maximum grade")
    return None


def _is_grade(cell: str, scale: set[str]) -> bool:
    text = cell.strip()
    return text in ("", "-") or number(text) is not None or text in scale


def _few_words(cells: Sequence[str]) -> bool:
    """Whether a column says yes or no: one word or two, short, and no number."""
    words = {cell.strip().casefold() for cell in cells}
    return len(words) <= 2 and all(0 < len(word) <= 6 and word.isalpha() for word in words)


def _email(columns: Sequence[Sequence[str]]) -> int | None:
    counts = [sum("@" in cell for cell in cells) for cells in columns]
    most = max(counts, default=0)
    return counts.index(most) if most else None


def time(text: str, zone: tzinfo) -> datetime | None:
    """A time as Moodle writes it in several languages, such as `Freitag, 20. November 2026,
    12:00`; UTC without a zone. None for one that cannot be read.

    Args:
        text: the time.
        zone: where Moodle, or its user, is.
    """
    words = re.findall(r"[^\s,]+", text)
    kept = [
        _ENGLISH.get(word.casefold().rstrip("."), word)
        for word in words
        if word.casefold() not in ("de", "klo", "kl.", "às", "à", "um", "alle")
    ]
    while kept and not any(c.isdigit() for c in kept[0]):
        kept = kept[1:]  # the weekday
    plain = re.sub(r"^(\d{1,2})\.(?=\s)", r"\1", " ".join(kept))
    found = arrival.parsed(plain)
    if found is None:
        return None
    return found.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
