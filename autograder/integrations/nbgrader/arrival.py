"""When a submission came: the time in the `timestamp.txt` beside it.

Systems and people write it in many forms. One that can be read in two ways, or that leaves out the
hour, is not read: a guess could make late work be on time. What is not read is listed.
"""

from __future__ import annotations

import codecs
import os
import re
import zoneinfo
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path

from autograder.layout import TIMESTAMP

MAX_TEXT = 400
FIRST, LAST = datetime(2000, 1, 1), datetime(2100, 1, 1)  # outside of which it is no hand-in's
BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
# Abbreviations that mean one zone. CST, IST, AST and others mean several, and are not read.
HOURS = {
    **{"UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2},
    **{"EET": 2, "EEST": 3, "MSK": 3, "EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6},
    **{"PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10, "JST": 9, "KST": 9},
    **{"SGT": 8, "HKT": 8, "AEST": 10, "AEDT": 11, "AWST": 8, "NZST": 12, "NZDT": 13},
}

_UNIX = re.compile(r"@?(\d{9,10})(?:\.\d+)?|(\d{13})|(\d{16})|(\d{19})")
_PLACE = re.compile(r"\b[A-Z]\w+/[A-Z]\w+(?:/[A-Z]\w+)?")
_ABOUT_ZONE = re.compile(r"\s*\(?\b(?:GMT|UTC)\s*([+-])(\d{1,2}):?(\d{2})?\b\)?")
_NUMBERS = re.compile(r"\b(\d{1,2})([./-])(\d{1,2})\2(\d{4})\b")


def arrival(folder: Path) -> datetime | None:
    """When a submission came, UTC without a zone as nbgrader keeps it.

    None where there is no `timestamp.txt`, or one that cannot be read as a time.
    """
    return parsed(written(folder))


def is_unreadable(folder: Path) -> bool:
    """Whether a submission says when it came, in a way that cannot be read."""
    return os.path.lexists(folder / TIMESTAMP) and arrival(folder) is None


def written(folder: Path) -> str:
    """What stands in a submission's `timestamp.txt`; nothing where it cannot be opened."""
    try:
        fd = os.open(folder / TIMESTAMP, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(fd, "rb") as file:
            raw = file.read(MAX_TEXT)
    except OSError:
        return ""
    for mark, encoding in BOMS.items():
        if raw.startswith(mark):
            return raw.removeprefix(mark).decode(encoding, "replace").strip()
    return raw.decode("utf-8", "replace").strip()


def parsed(text: str) -> datetime | None:
    """A time, UTC without a zone; None for one that cannot be read or reads as several."""
    text = " ".join(text.split())  # macOS writes a narrow space before AM and PM
    try:
        when = _unix(text) or _spelled(text)
    except (ValueError, OverflowError, OSError):
        return None
    if when is None:
        return None
    when = when.astimezone(UTC).replace(tzinfo=None) if when.tzinfo else when
    return when if FIRST <= when < LAST else None


def names_place(text: str) -> bool:
    """Whether a time names its zone by a place, such as Europe/Berlin."""
    return _PLACE.search(text) is not None


def _unix(text: str) -> datetime | None:
    """Seconds, or thousandths, millionths and so on, since 1970."""
    match = _UNIX.fullmatch(text)
    if match is None:
        return None
    digits = next(group for group in match.groups() if group)
    scale = {13: 10**3, 16: 10**6, 19: 10**9}.get(len(digits), 1)
    return datetime.fromtimestamp(int(digits) / scale, UTC)


def _spelled(text: str) -> datetime | None:
    """A date and a time of day in words and numbers.

    Raises:
        ValueError: it is none.
    """
    from dateutil import parser  # takes a moment

    first: datetime
    zone, text = _place(_ABOUT_ZONE.sub(_offset, text))
    text = text.removesuffix(" Uhr")
    if not re.search(r"\d{4}", text):
        return None  # without a year of four digits, what is the day and what the year is a guess
    # What is not written is taken from a default: two that differ show what is missing.
    first, second = (
        parser.parse(text, dayfirst=_day_first(text), default=default, tzinfos=_named)
        for default in (datetime(2000, 1, 1), datetime(2001, 2, 2, 1))
    )
    if first != second:
        return None
    return first.replace(tzinfo=zone) if zone is not None and first.tzinfo is None else first


def _offset(match: re.Match[str]) -> str:
    """`GMT+1`, which Apple and Windows write for an hour ahead of UTC, as an offset.

    In POSIX, and to dateutil, it is an hour behind.
    """
    return f" {match[1]}{int(match[2]):02}:{match[3] or '00'}"


def _place(text: str) -> tuple[tzinfo | None, str]:
    """The zone that a text names by a place, such as Europe/Berlin, and the text without it."""
    match = _PLACE.search(text)
    if match is None:
        return None, text
    try:
        zone = zoneinfo.ZoneInfo(match[0])
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"no zone {match[0]}") from None
    return zone, f"{text[: match.start()]} {text[match.end() :]}".replace("[ ]", " ").strip()


def _day_first(text: str) -> bool:
    """Whether the day stands before the month in numbers: it does with points between them.

    Raises:
        ValueError: both could be the day.
    """
    match = _NUMBERS.search(text)
    if match is None:
        return False
    one, sign, other = int(match[1]), match[2], int(match[3])
    if sign != "." and one != other and max(one, other) <= 12:
        raise ValueError(f"{match[0]} is two dates")
    return sign == "." or one > 12


def _named(name: str | None, offset: int | None) -> tzinfo | None:
    """The zone of an abbreviation, or of an offset in seconds.

    Raises:
        ValueError: the abbreviation means several zones, or none that is known here.
    """
    if offset is not None:
        return timezone(timedelta(seconds=offset))
    if name is None:
        return None
    if name.upper() not in HOURS:
        raise ValueError(f"{name} is no zone, or several")
    return timezone(timedelta(hours=HOURS[name.upper()]))
