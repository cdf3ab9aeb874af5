"""A notebook of any size is read once, in bounded memory; and times in the forms people write."""

from __future__ import annotations

import io
import json
import time
import tracemalloc
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.course import reading, stream
from autograder.errors import BadSubmission
from autograder.integrations.nbgrader import arrival

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=6)
    | st.sampled_from(['"', "]}\\"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
CELLS = st.lists(
    st.fixed_dictionaries(
        {"cell_type": st.sampled_from(["code", "markdown"]), "source": st.text(max_size=9)},
        optional={
            "outputs": JSON,
            "attachments": JSON,
            "metadata": JSON,
            "id": st.text(max_size=4),
        },
    ),
    max_size=4,
)


def pieces(text: str, size: int) -> Any:
    return iter([text[at : at + size] for at in range(0, len(text), size)])


@settings(derandomize=True, deadline=None, max_examples=200, database=None)
@given(cells=CELLS, more=JSON, size=st.integers(1, 40), ascii_only=st.booleans(), old=st.booleans())
def test_a_stream_keeps_cells_and_drops_outputs(
    cells: list[dict[str, Any]], more: Any, size: int, ascii_only: bool, old: bool
) -> None:
    """Whatever stands in a notebook and wherever its pieces end."""
    book = {
        "metadata": more,
        ("worksheets" if old else "cells"): [{"cells": cells}] if old else cells,
    }
    text = json.dumps(book | {"nbformat": 4}, ensure_ascii=ascii_only, indent=size % 3 or None)
    kept = [{k: v for k, v in cell.items() if k not in stream.DROPPED} for cell in cells]

    found = json.loads(stream.reduced(pieces(text, size)))

    assert found == ({"worksheets": [{"cells": kept}]} if old else {"cells": kept})


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_what_is_cut_off_is_refused(cut: int) -> None:
    text = '{"cells": [{"cell_type": "code", "source": "a\\"b", "outputs": [{"x": 1}]}], "n": 4}'
    with pytest.raises(BadSubmission):
        stream.reduced(pieces(text[:-cut], 5))


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b'{"cells": [' + b"{}," * 60_000, "50000 cells"),
        (b'{"metadata": [' + b"[]," * 2_000_000, "more parts"),
        (b'{"cells": [{"source": "' + b"x" * (21 << 20) + b'"}]}', "20 MB without its outputs"),
        (b'{"' + b"k" * 20_000 + b'": 1}', "too long"),
        (b'{"cells": [] []', "not JSON"),
        (b'{"cells": [,', "not JSON"),
        (b"[" * 1000, "not an object"),
    ],
    ids=["cells", "brackets", "source", "key", "two", "comma", "list"],
)
def test_no_stream_holds_up_the_class(raw: bytes, said: str) -> None:
    began = time.process_time()
    with pytest.raises(BadSubmission, match=said):
        stream.reduced(iter([raw.decode()]))
    assert time.process_time() - began < 20


def test_memory_does_not_grow_with_the_plots() -> None:
    """connector-instructors#47, nbgrader#874: notebooks of hundreds of megabytes."""
    head, tail = b'{"cells": [{"cell_type": "code", "source": "x = 1", "outputs": ["', b'"]}]}'

    class Endless(io.RawIOBase):
        left = 150 << 20

        def read(self, size: int = -1) -> bytes:
            if self.left == 150 << 20:
                self.left -= 1
                return head
            if self.left <= 0:
                if self.left == 0:
                    self.left = -1
                    return tail
                return b""
            self.left = max(0, self.left - size)
            return b"A" * size

    tracemalloc.start()
    raw = reading._content(Endless(), 150 << 20)  # type: ignore[arg-type]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert [cell.source for cell in reading.parse(raw.content)] == ["x = 1"]
    assert "150 MB large" in raw.notes[0]
    assert peak < 24 << 20


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_large_files_are_read_in_every_encoding(encoding: str) -> None:
    """The stream decodes as `json.loads` does."""
    book = {"cells": [{"cell_type": "code", "source": "é = 'ü'", "outputs": ["x" * (21 << 20)]}]}
    raw = json.dumps(book, ensure_ascii=False).encode(encoding)
    found = reading._content(io.BytesIO(raw), len(raw))
    assert [cell.source for cell in reading.parse(found.content)] == ["é = 'ü'"]


def test_windows_text_is_read_and_said() -> None:
    """nbconvert#1868: a file in which single bytes are no UTF-8."""
    raw = reading.as_utf8('{"a": "“naïve” – ü €"}'.encode("cp1252"))
    assert json.loads(raw.content) == {"a": "“naïve” – ü €"}
    assert "cp1252" in raw.notes[0]
    assert reading.as_utf8("{“}".encode()).notes == ()


NOON = datetime(2026, 11, 20, 18, 10)
TIMES = {
    "2026-11-20 18:10:00 UTC": NOON,  # nbgrader's own
    "2026-11-20 18:10:00.000000 UTC": NOON,
    "2026-11-20T18:10:00Z": NOON,
    "2026-11-20T19:10:00+01:00": NOON,
    "2026-11-20 10:10:00.000000 America/Los_Angeles": NOON,  # nbgrader with a zone of its own
    "2026-11-20T19:10:00+01:00[Europe/Berlin]": NOON,  # Java's
    "11/20/2026 06:10 PM": NOON,  # Canvas and Excel in America
    "11/20/2026, 6:10:00\u202fPM": NOON,  # Chrome and macOS: a narrow space
    "Friday, 20 November 2026, 6:10 PM": NOON,  # Moodle
    "20.11.2026, 18:10 Uhr": NOON,
    "Fri Nov 20 19:10:00 CET 2026": NOON,  # `date`
    "Fri, 20 Nov 2026 19:10:00 +0100": NOON,  # mail
    "November 20, 2026 at 7:10:00 PM GMT+1": NOON,  # Apple
    "2026-11-20 19:10 (UTC+01:00)": NOON,  # Windows
    "1795198200": NOON,  # `date +%s`
    "1795198200.0": NOON,
    "@1795198200": NOON,
    "1795198200000": NOON,  # JavaScript
    "20261120T181000Z": NOON,
    "2026-11-20": None,  # which hour?
    "18:10": None,
    "03/04/2026 18:10": None,  # April or March?
    "20-11-26 18:10": None,
    "2026-11-20 18:10 CST": None,  # Chicago or Shanghai
    "2026-11-20 18:10 IST": None,
    "2026-11-20 18:10 Mars/Base": None,
    "2026-13-45 18:10": None,
    "But I want to be a timestamp": None,  # nbgrader#591
    "2019-10-24-20-25-53-460007": None,  # nbgrader#1249
    "yesterday": None,
    "0": None,
    "": None,
}


@pytest.mark.parametrize("text", TIMES)
def test_times_are_read_in_one_way_or_not_at_all(text: str) -> None:
    """nbgrader#73, #1249, #1932: zones, formats of LMSs, and what could be two times."""
    assert arrival.parsed(text) == TIMES[text]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_times_are_read_in_the_encodings_of_windows(encoding: str, tmp_path: Path) -> None:
    """Notepad's and PowerShell's marks stand before the time."""
    (tmp_path / "timestamp.txt").write_bytes("2026-11-20 18:10 UTC\r\n".encode(encoding))
    assert arrival.arrival(tmp_path) == NOON
    assert not arrival.is_unreadable(tmp_path)


def test_a_time_that_is_none_is_known_as_such(tmp_path: Path) -> None:
    assert not arrival.is_unreadable(tmp_path)
    (tmp_path / "timestamp.txt").write_bytes(b"\xff\xfe\xfd soon")
    assert arrival.is_unreadable(tmp_path)
    (tmp_path / "timestamp.txt").unlink()
    (tmp_path / "timestamp.txt").symlink_to("/etc/hostname")
    assert arrival.is_unreadable(tmp_path)
