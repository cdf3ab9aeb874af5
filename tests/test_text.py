"""Text by strangers does nothing in the medium that it is put into, and stays readable."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterator
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from nbconvert.filters.markdown_mistune import markdown2html_mistune
from rich.console import Console

from autograder import text
from autograder.record.results import to_csv

REPLACED = "\N{REPLACEMENT CHARACTER}"
UNSEEN = (
    "\x00\x07\x1b[31mred\x9b\u202eright to left\u2066isolated\u200bnothing\ufeff\u2028line\u2029"
)
PLAIN = "Your gradient is 2 x too large: 3.5, not 1.75 (in `relu`)."
EVERY = [
    text.plain,
    text.one_line,
    text.for_terminal,
    text.for_spreadsheet,
    text.for_markdown,
    text.for_annotation,
    text.for_property,
    text.for_notebook,
    text.visible,
]
# nothing that is written anywhere but in notebooks may hold these
SAFE = [function for function in EVERY if function is not text.for_notebook]


@pytest.mark.parametrize("function", EVERY, ids=lambda function: function.__name__)
@given(st.text(st.characters(), max_size=60))
def test_any_text_is_taken(function: Callable[[str], str], strange: str) -> None:
    """No text of a stranger's makes a function raise; not even half of a character."""
    assert isinstance(function(strange), str)


@pytest.mark.parametrize("function", SAFE, ids=lambda function: function.__name__)
def test_nothing_unseen_is_left(function: Callable[[str], str]) -> None:
    """No control character, no direction, no line end of another kind."""
    left = {c for c in function(UNSEEN) if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")}
    assert left == set()


@pytest.mark.parametrize("function", [text.plain, text.one_line, text.for_terminal, text.visible])
def test_ordinary_text_stays_as_it_is(function: Callable[[str], str]) -> None:
    """Letters of every language as well."""
    for ordinary in (PLAIN, "", "Größe ≥ 3 — 微分 🙂 [0, 1] <x> & $y$ | z", "\\n"):
        assert function(ordinary) == ordinary


def test_lines_stay_in_plain_text() -> None:
    """And nothing else that moves a cursor."""
    assert text.plain("a\nb\r\tc\vd") == f"a\nb{REPLACED}{REPLACED}c{REPLACED}d"
    assert text.one_line("a\nb") == "a b"


# -- terminals -------------------------------------------------------------------------------------


def test_a_terminal_shows_what_it_would_obey() -> None:
    """Escapes stand there as numbers, lines are indented."""
    assert (
        text.for_terminal("\x1b]0;title\x07a\r\nb\x9bc") == r"\x1b]0;title\x07a\x0d"
        "\n  "
        r"b\x9bc"
    )


def test_a_terminal_gets_no_markup() -> None:
    """Square brackets are letters, not rich's styles."""
    from autograder.cli import terminal  # the one place that prints

    shown = io.StringIO()
    Console(file=shown, width=80, highlight=False).print(terminal.safe("[red]x[/red] \x1b[0m"))
    assert shown.getvalue() == "[red]x[/red] \\x1b[0m\n"


def commands(said: str) -> Iterator[str]:
    """The lines of a log that GitHub's runner would take for workflow commands.

    It looks for `::` at a line's start, white space left out, and for the older `##[` anywhere
    (github.com/actions/runner, src/Runner.Common/ActionCommand.cs).
    """
    for line in re.split(r"\r\n|\r|\n", said):
        if re.match(r"\s*::[^:].*::", line) or re.search(r"##\[[^\]]*\]", line):
            yield line


COMMANDS = {
    "at the start": "::add-mask::a",
    "on a line of its own": "wrong\n::error title=x::y",
    "behind spaces": "wrong\n  ::stop-commands::token",
    "behind a return": "wrong\r::error::y",
    "of the older kind": "wrong ##[add-mask]a",
}


@pytest.mark.parametrize("hostile", COMMANDS.values(), ids=COMMANDS)
def test_the_runner_would_take_these_for_commands(hostile: str) -> None:
    """What the next tests keep away from it."""
    assert list(commands(hostile))


@pytest.mark.parametrize("hostile", COMMANDS.values(), ids=COMMANDS)
def test_no_line_on_a_terminal_is_a_workflow_command(hostile: str) -> None:
    """`autograder check` says in CI what student code raised."""
    assert list(commands(text.for_terminal(hostile))) == []


@pytest.mark.parametrize("hostile", COMMANDS.values(), ids=COMMANDS)
def test_an_annotation_is_one_command_whatever_it_says(hostile: str) -> None:
    """What follows a line end is text of the first one, not a command of its own."""
    title, said = text.for_property(hostile), text.for_annotation(hostile)
    line = f"::error title={title}::{said}"

    assert "\n" not in line
    assert "\r" not in line
    assert list(commands(line)) == [line]
    assert line.split("::", 2)[2] == said


def test_a_property_ends_where_it_should() -> None:
    """A comma or a colon in a title begins no other property and no message."""
    said = text.for_property("a,file=b::c%0A\nd")
    assert said == "a%2Cfile=b%3A%3Ac%250A%0Ad"
    assert text.for_annotation("50%\n25%") == "50%25%0A25%25"


@pytest.mark.parametrize("function", [text.for_annotation, text.for_markdown])
def test_what_is_too_long_is_cut(function: Callable[[str], str]) -> None:
    """A message without end does not fill a log or a page."""
    assert len(function("|" * (1 << 16))) <= 3000


# -- spreadsheets ----------------------------------------------------------------------------------

FORMULAS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "=cmd|' /C calc'!A0",
    ";=1+1",
    ",=1+1",
    "\t=1+1",
    "|=1+1",
    " =1+1",
    '"=1+1',
    "'=1+1",
    "a;=1+1",
    "a,=1+1",
    "a\t@SUM(A1)",
    "a; +1+cmd|' /C calc'!A0",
    'a;"=1+1',
    "a;'-1+1",
    "a\n=1+1",
    "a\r\n=1+1",
    "-1;=1+1",
    "1;-2+3",
]


def cells(row: str, separator: str) -> list[str]:
    """What a program that splits at this separator puts into its cells."""
    return [cell for line in csv.reader(io.StringIO(row), delimiter=separator) for cell in line]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("hostile", FORMULAS)
def test_no_cell_is_a_formula_wherever_it_is_split(hostile: str, separator: str) -> None:
    """Spreadsheets of other languages split at semicolons: no part of a text may be a formula."""
    row = to_csv([["student", hostile, "last"]])
    found = [cell.strip(" \"'") for cell in cells(row, separator) if "'" not in cell[:2]]
    numbers = re.compile(r"[+-]?\d+(\.\d+)?")

    assert [c for c in found if c.startswith(tuple("=+-@")) and not numbers.fullmatch(c)] == []
    assert row.count("\n") == 1


@given(st.text("=+-@;,\t|\"' 1a\n\r", max_size=12))
@example("-1\r")
def test_no_cell_is_a_formula_of_any_text(strange: str) -> None:
    """As our own separator has it, and as its reader trims it."""
    (row,) = csv.reader(io.StringIO(to_csv([[strange]]), newline=""))
    (cell,) = row or [""]
    assert cell.isprintable()
    if cell.strip(" ").startswith(tuple("=+-@")):
        float(cell)


@pytest.mark.parametrize("number", ["0", "-1.5", "+2", "1e-05", "-1e+20", "nan", "17 of 20"])
def test_numbers_and_sentences_stay_as_they_are(number: str) -> None:
    """Only what would be run gets an apostrophe."""
    assert text.for_spreadsheet(number) == number
    assert text.for_spreadsheet(f"{PLAIN}; expected, -3, [1, -2]") == (
        f"{PLAIN}; expected, -3, [1, -2]"
    )


# -- Markdown, pages, notebooks --------------------------------------------------------------------


class Elements(HTMLParser):
    """The elements of a page, and where they lead."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.targets: list[str] = []
        self.shown = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.targets += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.shown += data


def rendered(source: str) -> Elements:
    """A text cell as nbconvert, and with it formgrader, hands it to the browser."""
    return Elements(markdown2html_mistune(source))


MARKUP = {
    "link": "[a](https://evil.example)",
    "picture": "![a](https://evil.example/x.png)",
    "HTML": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "entity": "&lt;b&gt; &#60;i&#62;",
    "emphasis": "*a* **b** _c_ ~~d~~ `e`",
    "heading": "# a",
    "cell": "a | b | c",
    "line": "a\n\n# b\n\n| c | d |",
    "backslash": "\\[a](https://evil.example) \\| b",
    "formula": "$\\href{javascript:alert(1)}{x}$",
    "reference": "[a][b]\n\n[b]: https://evil.example",
}


@pytest.mark.parametrize("hostile", MARKUP.values(), ids=MARKUP)
def test_a_cell_of_a_markdown_table_is_text(hostile: str) -> None:
    """One cell, every letter that was written, and no link that does not show where it leads."""
    table = f"| title | verdict |\n|---|---|\n| {text.for_markdown(hostile)} | wrong |\n"
    page = rendered(table)

    assert page.tags - {"a"} == {"table", "thead", "tbody", "tr", "th", "td"}
    assert all(target.strip(")") in page.shown for target in page.targets)
    assert "".join(hostile.split()) in "".join(page.shown.split())
    assert page.shown.count("wrong") == 1


def test_a_page_names_what_cannot_be_seen() -> None:
    """A reader sees that text was turned around; line ends and tabs stay."""
    assert text.visible("a\u202eb\x00\tc\r\nd\re") == "a⟨U+202E⟩b⟨U+0000⟩\tc\nd⟨U+000D⟩e"


HARMLESS = {
    "formula": "$a < b$ and $$\\frac{1}{2} \\leq x_{i<j}$$",
    "code": "`x[1:]` and `if a<0: b = c[0](d)`",
    "link": "[PyTorch](https://pytorch.org/docs)",
    "link in the notebook": "[above](#part-1)",
    "list": "- a\n- b\n\n1. c",
}


@pytest.mark.parametrize("source", HARMLESS.values(), ids=HARMLESS)
def test_a_students_text_stays_in_its_notebook(source: str) -> None:
    """Formulas, code, lists and links to the web look as they did."""
    shown = text.for_notebook(source)
    assert rendered(shown).targets == rendered(source).targets
    assert "".join(shown.split()) == "".join(source.split())


def test_a_pasted_picture_stays() -> None:
    """It lies in the notebook itself; see `graded_notebooks.PICTURES`."""
    assert text.for_notebook("![a](attachment:a.png)") == "![a](attachment:a.png)"


ELEMENTS = {
    "script": "<script>alert(1)</script>",
    "picture": "<img src=x onerror=alert(1)>",
    "drawing": "<svg/onload=alert(1)>",
    "frame": "a <iframe src='//evil.example'></iframe>",
    "comment": "<!-- --><style>*{display:none}</style>",
    "end": "</div></body>",
    "upper case": "<SCRIPT>alert(1)</SCRIPT>",
    "two": "<<script>script>alert(1)<</script>/script>",
    "in a formula": "$<img src=x onerror=alert(1)>$",
    "in a block": "> <form action='//evil.example'><input>",
    "instruction": "<?php ?>",
}


@pytest.mark.parametrize("hostile", ELEMENTS.values(), ids=ELEMENTS)
def test_no_html_of_a_student_gets_into_a_page(hostile: str) -> None:
    """An instructor's browser runs none of it."""
    page = rendered(text.for_notebook(hostile))
    assert page.tags <= {"p", "blockquote"}
    assert page.attributes == set()


LINKS = {
    "script": "[a](javascript:alert(1))",
    "script in upper case": "[a](JaVaScRiPt:alert(1))",
    "script behind a space": "[a]( javascript:alert(1))",
    "script behind a line end": "[a](\njavascript:alert(1))",
    "script in brackets": "[a](<javascript:alert(1)>)",
    "script as an address": "<javascript:alert(1)>",
    "script by entities": "[a](&#106;avascript:alert(1))",
    "picture": "![a](data:image/svg+xml;base64,AAAA)",
    "the server": "[a](/tree)",
    "another server": "![a](//evil.example/x.png)",
    "file": "[a](file:///etc/passwd)",
    "reference": "[a][r]\n\n[r]: javascript:alert(1)",
    "reference in a quotation": "[a][r]\n\n> [r]: javascript:alert(1)",
    "reference in a list": "[a][r]\n\n- [r]: javascript:alert(1)",
    "reference in a numbered list": "[a][r]\n\n1. [r]: javascript:alert(1)",
    "reference over two lines": "[a][b c]\n\n[b\nc]: javascript:alert(1)",
    "reference with a bracket": "[a][b\\]c]\n\n[b\\]c]: javascript:alert(1)",
    "picture by reference": "![a][r]\n\n- [r]: data:image/svg+xml,x",
}


@pytest.mark.parametrize("hostile", LINKS.values(), ids=LINKS)
def test_a_students_links_lead_to_the_web_only(hostile: str) -> None:
    """Nothing that a click runs, and nothing on the instructor's own server."""
    targets = rendered(text.for_notebook(hostile)).targets
    assert [t for t in targets if not t.startswith(("https://", "http://", "#"))] == []


@pytest.mark.parametrize("hostile", LINKS.values(), ids=LINKS)
def test_nbconvert_would_hand_these_to_the_browser(hostile: str) -> None:
    """What the tests above are for, so that none of them passes for nothing."""
    assert rendered(hostile).targets or rendered(hostile).tags - {"p"}


TEX = [
    "\\href{javascript:alert(1)}{x}",
    "\\url{javascript:alert(1)}",
    "\\style{position:fixed}{x}",
    "\\class{modal}{x}",
    "\\cssId{main}{x}",
    "\\require{html}",
    "\\unicode{x202e}",
    "\\htmlClass{a}{b}",
    "\\data{a=b}{x}",
    "\\def\\x{1}",
    "\\let\\x\\y",
    "\\newcommand{\\x}{1}",
    "\\mmlToken{mi}[href='javascript:alert(1)']{x}",
    "\\bbox[position:fixed;top:0]{x}",
    "\\enclose{circle}[style='x']{x}",
    "\\texttip{a}{b}",
    "\\renewcommand{\\x}{1}",
    "\\gdef\\x{1}",
]


@pytest.mark.parametrize("hostile", TEX)
def test_no_formula_links_or_styles(hostile: str) -> None:
    """The backslash is parted from its word, which MathJax then takes for letters."""
    for source in (f"${hostile}$", f"$$a + {hostile}$$", hostile):
        shown = text.for_notebook(source)
        assert "\\ " + hostile[1:5] in shown
        assert hostile[:5] not in shown
