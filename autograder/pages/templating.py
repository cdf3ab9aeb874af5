"""Fills in the templates of pages.

What stands in them comes from strangers, so templates escape everything, unseen characters are
shown, and each page says by a policy of its own that nothing in it may load or run; a report allows
one script, ours, by its digest.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from autograder.pages import wording
from autograder.pages.figures import bar
from autograder.pages.wording import WORDS
from autograder.text import visible

TEMPLATES = Path(__file__).parent / "templates"
POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'"
)
ICONS = {
    "check": "M3 8.5l3.5 3.5L13 4.5",
    "cross": "M4 4l8 8M12 4l-8 8",
    "ring": "M8 2.5a5.5 5.5 0 1 0 .01 0z",
    "bang": "M8 2.5v7M8 13v.01",
    "clock": "M8 2a6 6 0 1 0 .01 0zM8 5v3.2l2 1.6",
    "dash": "M3.5 8h9",
}


@cache
def scripted_policy() -> str:
    """The policy of a page with our script, which it allows by its digest."""
    digest = base64.b64encode(hashlib.sha256(_script().encode()).digest()).decode()
    return f"{POLICY}; script-src 'sha256-{digest}'"


@cache
def _script() -> str:
    return (TEMPLATES / "table.js").read_text(encoding="utf-8")


def rendered(name: str, **values: Any) -> str:
    """A template with these values; all of them are escaped."""
    return _environment().get_template(name).render(values)


@cache
def _environment() -> Environment:
    """The templates. Everything is escaped, and every string passes through `visible` first."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for function in (
        wording.change,
        wording.clip,
        wording.numbered,
        wording.paragraphs,
        wording.points,
        wording.prose,
        wording.sentence,
        wording.words,
    ):
        environment.filters[function.__name__] = function
    environment.filters["number"] = lambda value: "–" if value is None else f"{value:.1f}"
    environment.filters["decimal"] = lambda value: "–" if value is None else f"{value:.2f}"
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    environment.globals.update(
        style=Markup(style), script=Markup(_script()), icons=ICONS, words_of=WORDS, bar=bar
    )
    return environment


def _finalize(value: Any) -> Any:
    return visible(value) if type(value) is str else value
