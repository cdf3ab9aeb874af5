"""A glance into a gradebook, without what takes longer than all the rest of a run that has nothing
to do: importing SQLAlchemy.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from autograder.integrations.nbgrader import gradebook


def rows(url: str, queries: Iterable[str], of: Mapping[str, str]) -> list[Any]:
    """What queries find, one after another; nothing where the gradebook cannot be read."""
    if gradebook.absent(url):
        return []
    if url.startswith("sqlite:///"):
        place = f"file:{quote(url.removeprefix('sqlite:///'))}?mode=ro"
        with (
            contextlib.suppress(sqlite3.Error),
            contextlib.closing(sqlite3.connect(place, uri=True)) as connection,
        ):
            return [row for query in queries for row in connection.execute(query, dict(of))]
        return []
    from sqlalchemy import create_engine, text  # takes a second; most runs change nothing
    from sqlalchemy.exc import SQLAlchemyError

    engine = create_engine(url)
    try:
        with contextlib.suppress(SQLAlchemyError), engine.connect() as connected:
            found = (connected.execute(text(query), dict(of)) for query in queries)
            return [tuple(row) for some in found for row in some]
        return []
    finally:
        engine.dispose()
