"""The labs as texts: what a formatter, an editor or a slip of the pen can break is looked for in
every one of them.
"""

from __future__ import annotations

import ast
import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.course import labs

ROOT = Path(__file__).parent.parent
LABS = labs.names(ROOT)
PAGES = [*LABS, "index"]
WIDEST_CODE = 95  # columns; JupyterLab cuts off what is beyond them in a window of ordinary width
WIDEST_DIAGRAM = 66  # wider rows are broken in a narrow window; rows that were joined are longer
LONGEST_OPEN = 25  # lines of code that draws; longer code is folded
PALETTE = {
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#E8F2FA",
    "#FDEEE3",
    "#E3F4EE",
    "#F8FAFC",
    "#94A3B8",
    "#6B7280",
    "#FFFFFF",
    "#111",
    "#111111",
}
FENCE = re.compile(
    r"^(?P<indent>[ ]*)```(?P<language>[^\n`]*)\n(?P<body>.*?)^(?P=indent)```[ ]*$",
    re.DOTALL | re.MULTILINE,
)
DIAGRAMS = ("flowchart LR", "flowchart TB", "sequenceDiagram")


def script(lab: str) -> str:
    """A lab's source, as it is written."""
    return (ROOT / "solutions" / lab / f"{lab}.py").read_text(encoding="utf-8")


def path(page: str) -> Path:
    """The notebook of a lab, or the course page."""
    return ROOT / "labs" / ("index.ipynb" if page == "index" else f"{page}/{page}.ipynb")


def cells(page: str, kind: str) -> list[dict[str, Any]]:
    """The cells of a built notebook that are `code` or `markdown`, their sources joined."""
    book = json.loads(path(page).read_text(encoding="utf-8"))["cells"]
    return [
        cell | {"source": "".join(cell["source"])} for cell in book if cell["cell_type"] == kind
    ]


def prose(page: str) -> str:
    """All text of a built notebook."""
    return "\n\n".join(cell["source"] for cell in cells(page, "markdown"))


def fences(text: str) -> list[tuple[str, str]]:
    """Language and body of each fenced block."""
    return [(match["language"].strip(), match["body"]) for match in FENCE.finditer(text)]


def uncommented(text: str) -> str:
    """The lines of a script's text cells, without what makes them comments."""
    return "\n".join(
        line.removeprefix("#").removeprefix(" ")
        for line in text.splitlines()
        if line.startswith("#")
    )


@pytest.mark.parametrize("lab", LABS)
def test_every_fence_says_its_language_and_is_closed(lab: str) -> None:
    """Each block is closed and is Python, a diagram, or text that is set as it is."""
    text = prose(lab)
    assert len(re.findall(r"^[ ]*```", text, re.MULTILINE)) == 2 * len(fences(text))
    assert {language for language, _ in fences(text)} <= {"python", "text", "mermaid"}


@pytest.mark.parametrize("lab", LABS)
def test_python_in_the_prose_parses(lab: str) -> None:
    """What a student copies out of a block is Python."""
    for language, body in fences(prose(lab)):
        if language == "python":
            ast.parse(body)


@pytest.mark.parametrize("lab", LABS)
def test_rows_of_diagrams_are_not_joined(lab: str) -> None:
    """A text block that somebody has reflowed has long rows; a Mermaid block no longer begins with
    its kind alone.
    """
    for language, body in fences(prose(lab)):
        rows = body.splitlines()
        if language == "text":
            assert [row for row in rows if len(row) > WIDEST_DIAGRAM] == []
        if language == "mermaid":
            assert next(row for row in rows if row in DIAGRAMS)


@pytest.mark.parametrize("lab", LABS)
def test_fences_are_built_as_they_are_written(lab: str) -> None:
    """The way from the script to the notebook changes no row of any block."""
    assert fences(uncommented(script(lab))) == fences(prose(lab))


@pytest.mark.parametrize("lab", LABS)
def test_formulas_are_closed(lab: str) -> None:
    """Outside of code, dollar signs come in pairs."""
    for cell in cells(lab, "markdown"):
        text = re.sub(r"`[^`\n]+`", "", FENCE.sub("", cell["source"]))
        assert text.count("$") % 2 == 0, text


def control_characters(text: str) -> Iterator[str]:
    """Lines with characters that have no place in a text: a lost backslash turns \\a, \\b, \\f, \\v
    into one.
    """
    for line in text.split("\n"):
        if any(unicodedata.category(sign) in ("Cc", "Cf", "Co", "Cs") for sign in line):
            yield line


@pytest.mark.parametrize("lab", LABS)
def test_sources_have_no_control_characters(lab: str) -> None:
    """Neither the lab's text nor an answer or claim beside it."""
    for file in (ROOT / "solutions" / lab).rglob("*.py"):
        assert list(control_characters(file.read_text(encoding="utf-8"))) == [], file


@pytest.mark.parametrize("page", PAGES)
def test_notebooks_have_no_control_characters(page: str) -> None:
    """What students open has none either."""
    for kind in ("code", "markdown"):
        for cell in cells(page, kind):
            assert list(control_characters(cell["source"])) == []


def anchors(page: str) -> set[str]:
    """What links to a heading may name: its words with dashes between them, as Jupyter makes it."""
    headings = re.findall(r"^#{1,6} (.+)$", FENCE.sub("", prose(page)), re.MULTILINE)
    return {re.sub(r"[`*]", "", heading.strip()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_links_inside_the_course_resolve(page: str) -> None:
    """Every link that is no web address leads to a file, or to a heading, that is there."""
    for target in re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", prose(page))):
        if re.match(r"https?://", target):
            continue
        file, _, anchor = target.partition("#")
        there = (path(page).parent / file).resolve() if file else path(page)
        assert there.is_file(), target
        assert not anchor or anchor in anchors(there.stem), target


@pytest.mark.parametrize("lab", LABS)
def test_code_is_not_cut_off(lab: str) -> None:
    """No line of code is wider than a notebook's cell."""
    wide = [
        (cell["id"], line)
        for cell in cells(lab, "code")
        for line in cell["source"].split("\n")
        if len(line) > WIDEST_CODE
    ]
    assert wide == []


@pytest.mark.parametrize("lab", LABS)
def test_code_that_only_draws_is_folded(lab: str) -> None:
    """Long code that makes a picture is folded, in every lab alike."""
    for cell in cells(lab, "code"):
        draws = re.search(r"\bplt\.(subplots|show)|<svg ", cell["source"]) is not None
        long = len(cell["source"].split("\n")) > LONGEST_OPEN
        folded = cell["metadata"].get("jupyter", {}).get("source_hidden", False)
        assert folded or not (long and draws and cell["id"].startswith("demo")), cell["id"]


@pytest.mark.parametrize("lab", LABS)
def test_diagrams_have_their_words(lab: str) -> None:
    """After each Mermaid block, which many programs show as its source, stands what it says."""
    blocks = re.findall(r"```mermaid\n.*?\n```\n+(.{0,60})", prose(lab), re.DOTALL)
    assert [
        after
        for after in blocks
        if not after.startswith("<details>\n<summary>The diagram in words</summary>")
    ] == []


@pytest.mark.parametrize("lab", LABS)
def test_diagrams_keep_to_the_palette(lab: str) -> None:
    """Mermaid draws in the colors of the other pictures, with words as large as prose."""
    for language, body in fences(prose(lab)):
        if language == "mermaid":
            assert 'fontSize: "16px"' in body
            assert {color.upper() for color in re.findall(r"#[0-9A-Fa-f]{3,6}\b", body)} <= PALETTE


@pytest.mark.parametrize("lab", LABS)
def test_the_stub_is_explained_and_says_one_thing(lab: str) -> None:
    """Each lab says where to write and what becomes of the `raise`, by one mark alone."""
    text = " ".join(prose(lab).split())
    assert (
        "Write your code where it says `# YOUR CODE HERE`, and delete the line "
        "`raise NotImplementedError(...)` below it" in text
    )
    assert not [cell["id"] for cell in cells(lab, "code") if "TODO" in cell["source"]]
