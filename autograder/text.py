"""Text by strangers, made harmless: a function for each medium that it is put into."""

from __future__ import annotations

import re
from typing import Any

import msgspec

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_SEPARATORS = ",;\t|"
_UNUSUAL = re.compile(r"[^ -~\t\n]")
# What would be a formula if a separator of another language began a cell; a plain number is none.
_BEHIND_SEPARATOR = re.compile(r"([,;\t|]\s*[\"']?)(?=[=@]|[+-](?!\d+(?:\.\d+)?(?:[\s,;)\]}]|$)))")
_SURROGATE = re.compile("[\ud800-\udfff]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_MARKDOWN = "\\|`*_[]#!~$"
# `::name::` where a line begins, spaces aside, and `##[name]` or `##vso[name]` anywhere.
_COMMAND = re.compile(r"(^\s*:|#)(:|#(?=\w*\[))", re.MULTILINE)
MAX_CELL = 2000
MAX_ANNOTATION = 1000


def plain(text: str) -> str:
    """Text without control or direction characters, which XML cannot hold and terminals obey.

    Lines stay.
    """
    return "".join(c if c.isprintable() or c == "\n" else _REPLACEMENT for c in text)


def as_json(data: Any, *, indent: int = 0) -> bytes:
    """JSON of data that holds text by strangers.

    A lone surrogate, which no UTF-8 holds, becomes a replacement character.

    Args:
        data: whatever msgspec can encode.
        indent: spaces a level; 0 for one line.
    """
    try:
        raw = msgspec.json.encode(data)
    except UnicodeEncodeError:
        raw = msgspec.json.encode(_without_surrogates(msgspec.to_builtins(data)))
    return msgspec.json.format(raw, indent=indent) if indent else raw


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATE.sub(_REPLACEMENT, value)
    if isinstance(value, dict):
        return {_without_surrogates(k): _without_surrogates(v) for k, v in value.items()}
    return [_without_surrogates(v) for v in value] if isinstance(value, (list, tuple)) else value


def one_line(text: str) -> str:
    """Plain text without line ends."""
    return " ".join(plain(text).split("\n"))


def for_terminal(text: str) -> str:
    """Text for a terminal: what it would obey stands there as numbers. Lines stay, indented; what a
    CI system would take for a command is parted.
    """
    shown = "".join(c if c.isprintable() or c == "\n" else f"\\x{ord(c):02x}" for c in text)
    return _COMMAND.sub(r"\1 \2", shown).replace("\n", "\n  ")


def for_spreadsheet(text: str) -> str:
    """Text for a cell that a spreadsheet shows and never runs.

    Formulas get an apostrophe, also behind a separator at which a program of another language
    splits cells; control characters are replaced.
    """
    inner = text.lstrip(_SEPARATORS + " \"'")
    if not _is_number(text) and (text.startswith(_FORMULA) or inner.startswith(_FORMULA)):
        text = f"'{text}"
    guarded = _BEHIND_SEPARATOR.sub(r"\1'", text)
    return "".join(c if c.isprintable() else _REPLACEMENT for c in guarded)


def _is_number(text: str) -> bool:
    if not text.isprintable():  # `float` overlooks a line's end, which becomes another character
        return False
    try:
        float(text)
    except ValueError:
        return False
    return text.isascii() and not text[1:2].isspace()


_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_LINK = re.compile(r"\]\((?!https?://|attachment:|#)")
# Of a reference's target: in lists and quotations, over several lines, with brackets in its name.
_DEFINITION = re.compile(r"\]:")
# What links, styles, takes attributes or gives another command's meaning to a new one.
_TEX = re.compile(
    r"\\(?=(?:href|url|require|style|class|cssId|data|html\w*|unicode|mmlToken|bbox|enclose"
    r"|texttip|mathtip|toggle|[gex]?def|let|(?:re)?newcommand|providecommand"
    r"|(?:re)?newenvironment)\b)"
)


def for_notebook(text: str) -> str:
    """A student's Markdown for a notebook that others open: no HTML, no link but to the web, and no
    TeX that links or styles. nbconvert and formgrader hand all of these to the browser.

    A `<` that would begin a tag gets a space behind it, which makes it text in HTML and changes
    neither formulas nor code much.
    """
    text = _TAG.sub("< ", text)
    text = _LINK.sub("] (", text)
    text = _DEFINITION.sub("] :", text)
    return _TEX.sub(r"\\ ", text)


def for_markdown(text: str) -> str:
    """Text for a cell of a Markdown table: no markup, no HTML, one line."""
    safe = one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{c}" if c in _MARKDOWN else c for c in safe)[:MAX_CELL]


def for_annotation(text: str) -> str:
    """Text for the message of a GitHub workflow command."""
    escaped = plain(text)[:MAX_ANNOTATION].replace("%", "%25")
    return escaped.replace("\n", "%0A").replace("\r", "%0D")


def for_property(text: str) -> str:
    """Text for a property of a GitHub workflow command, such as its title."""
    return for_annotation(text).replace(":", "%3A").replace(",", "%2C")


def visible(text: str) -> str:
    """Text for a page: control, direction and other unseen characters named, as in ⟨U+202E⟩.

    Line ends and tabs stay. The template escapes it.
    """
    return _UNUSUAL.sub(_named, text.replace("\r\n", "\n"))


def _named(found: re.Match[str]) -> str:
    return found[0] if found[0].isprintable() else f"⟨U+{ord(found[0]):04X}⟩"
