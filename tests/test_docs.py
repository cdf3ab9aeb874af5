"""The documentation: it builds without a warning, its reference is the program's, its links lead
somewhere, and the commands that it shows are there.
"""

from __future__ import annotations

import importlib.util
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from autograder import checking
from autograder.checking import battery
from autograder.cli.main import app

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(
    [*DOCS.rglob("*.md"), *(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "SECURITY"))]
)
PICTURES = sorted((DOCS / "pictures").glob("*"))


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The headings' names in links, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built by the options of `make docs`."""
    if importlib.util.find_spec("sphinx") is None:
        pytest.skip("Sphinx is not installed: `make docs` or `make setup` installs it")
    place = tmp_path_factory.mktemp("site")
    (options,) = re.findall(r"^SITE = (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    words = shlex.split(options.replace("dist/doctrees", str(place / "doctrees")))
    assert {"--fail-on-warning", "--nitpicky"} <= set(words)
    command = [sys.executable, "-m", "sphinx", *words, str(place / "site")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return place / "site"


def test_the_site_holds_every_page(site: Path) -> None:
    """Each under the name it has in the repository; the root leads to the first."""
    for page in PAGES:
        assert (site / page.relative_to(ROOT).with_suffix(".html")).is_file(), page
    assert "url=docs/index.html" in (site / "index.html").read_text()
    for picture in PICTURES:
        assert (site / "_images" / picture.name).is_file()


def test_the_site_asks_no_other_for_anything(site: Path) -> None:
    """Scripts, styles and pictures are its own."""
    for page in site.rglob("*.html"):
        found = re.findall(r'<(?:script|img|link)[^>]*(?:src|href)="([^"]+)"', page.read_text())
        assert [one for one in found if re.match(r"(?:https?:)?//", one)] == [], page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere_in_the_repository_as_well(page: Path) -> None:
    """Where the pages are read as Markdown: files that are there, headings that are on them."""
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if "://" not in link:
            name, _, heading = link.partition("#")
            target = (page.parent / name).resolve() if name else page
            assert target.exists(), link
            assert not heading or heading in anchors(target), link


@pytest.mark.parametrize("name", ["commands", "settings"])
def test_the_reference_is_the_programs(name: str) -> None:
    made = runpy.run_path(str(ROOT / "scripts" / "reference.py"))[name]()
    page = DOCS / "reference" / f"{name}.md"
    assert made == page.read_text(), "run `python scripts/reference.py`"


def test_all_that_checks_may_import_is_in_the_reference(site: Path) -> None:
    page = (site / "docs" / "reference" / "checking.html").read_text()
    places = [(checking, "autograder.checking"), (battery, "autograder.checking.battery")]
    for module, place in places:
        for name in set(module.__all__) - {"battery", "Family", "Given"}:
            assert f'id="{place}.{name}"' in page, name


def verbs(group: Any, *path: str) -> dict[tuple[str, ...], set[str]]:
    """Each command's options."""
    found: dict[tuple[str, ...], set[str]] = {}
    for name, one in group.commands.items():
        if getattr(one, "commands", None):
            found |= verbs(one, *path, name)
        else:
            words = [word for param in one.params for word in (*param.opts, *param.secondary_opts)]
            found[(*path, name)] = {*words, "--help"}
    return found


KNOWN = verbs(typer.main.get_command(app))
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_that_are_shown_exist(page: Path) -> None:
    """Verbs, their options, and targets of make, in blocks and in sentences."""
    text = page.read_text()
    blocks = "".join(re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL))
    shown = [*blocks.splitlines(), *re.findall(r"`([^`\n]+)`", text)]
    for line in shown:
        for verb, rest in re.findall(r"^autograder ((?:roster )?[a-z][a-z-]*)(.*)", line):
            words = tuple(verb.split())
            assert words in KNOWN or (*words, "import") in KNOWN, line
            if words in KNOWN:
                used = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", rest.split(" #")[0]))
                assert used <= KNOWN[words], line
        assert set(re.findall(r"^make ([a-z-]+)", line)) <= TARGETS, line


def test_pictures_are_small_and_shown() -> None:
    assert 0 < len(PICTURES) <= 4
    text = "".join(page.read_text() for page in PAGES)
    for picture in PICTURES:
        assert picture.stat().st_size < 150_000
        assert f"pictures/{picture.name})" in text
