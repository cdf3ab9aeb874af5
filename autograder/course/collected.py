"""Where each hand-in came from: what `autograder collect` took, so that feedback finds its way back
and a download that is older than what lies there is known as such.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from autograder import files
from autograder.errors import UsageError
from autograder.layout import CourseLayout


class Origin(msgspec.Struct, frozen=True):
    """Where a hand-in came from.

    Attributes:
        student, lab: whose, and of what.
        system: `canvas` or `moodle`.
        who: the person as the download names them, `lovelaceada` or `Ada Lovelace`.
        number: Canvas's number of the person, Moodle's of the participant; it stays what it was.
        attachment: Canvas's number of the file, which grows with each one; 0 in Moodle.
        file: the file's name in the system.
        late: whether the system says that it came late.
        made: when the download was made, seconds since 1970; 0 where that is not known.
        digests: of the files that were laid down, by name.
    """

    student: str
    lab: str
    system: str
    who: str
    number: str
    attachment: int
    file: str
    late: bool
    made: float
    digests: dict[str, str]


Ledger = dict[tuple[str, str], Origin]


def read(root: Path) -> Ledger:
    """What was collected in a course, by student and lab; nothing where nothing was.

    Raises:
        UsageError: the file cannot be read.
    """
    path = CourseLayout(root).collected
    try:
        found = _DECODER.decode(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UsageError(
            f"`{path}` cannot be read: {error}. Move it away: what was collected stays, and the "
            "next `autograder collect` notes anew what it takes"
        ) from None
    return {(one.student, one.lab): one for one in found}


def write(root: Path, origins: Iterable[Origin]) -> None:
    """Keep what was collected.

    Raises:
        OSError: it cannot be written.
    """
    ordered = sorted(origins, key=lambda one: (one.lab, one.student))
    raw = msgspec.json.format(msgspec.json.encode(ordered), indent=1)
    files.write(CourseLayout(root).collected, raw + b"\n")


_DECODER = msgspec.json.Decoder(list[Origin])
