"""The documentation's site, built by `make docs`.

Its source is the whole repository, of which it takes the pages below: so a link is the same link
here, on GitHub and in an editor.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
import autograder  # noqa: E402

PAGES = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
FIRST = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>autograd-labs</title>
<meta http-equiv="refresh" content="0; url=docs/index.html">
<a href="docs/index.html">autograd-labs</a>
"""

project = "autograd-labs"
version = release = autograder.__version__
language = "en"
root_doc = "docs/index"
include_patterns = [*PAGES, "docs/**.md"]
# Named, so that no environment and no class is walked through.
exclude_patterns = sorted({path.name for path in ROOT.iterdir()} - {*PAGES, "docs"})

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_heading_anchors = 3
myst_links_external_new_tab = False
highlight_language = "none"
default_role = "code"  # docstrings write names as Markdown does
add_module_names = False
napoleon_use_ivar = True  # else what a dataclass holds stands there twice
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
python_use_unqualified_type_names = True
# The types of other projects, and those of ours that no page shows.
nitpick_ignore_regex = [("py:(class|obj|data)", ".*")]
# `make links` asks for these; a commit's page of the past stays what it is.
linkcheck_timeout = 20
linkcheck_retries = 2

html_theme = "furo"
html_title = "autograd-labs"
html_copy_source = False
html_show_sphinx = False
show_copyright = html_show_copyright = False


def setup(app: Sphinx) -> None:
    """Lead from the site's root to its first page, which lies in a folder."""

    def lead(app: Sphinx, error: Exception | None) -> None:
        if error is None and app.builder.format == "html":
            (Path(app.outdir) / "index.html").write_text(FIRST, encoding="utf-8")

    app.connect("build-finished", lead)
