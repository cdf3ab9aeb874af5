"""Every lab, run to its end and opened in a real JupyterLab, trusted and not.

`SCREENSHOTS=<folder> make test ARGS=tests/test_lab_pages.py` keeps a picture of each lab.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from courses import ROOT, surroundings
from test_jupyter import PATIENCE, jupyter

from autograder.course import answers, labs

pytestmark = pytest.mark.slow  # a browser

LABS = labs.names(ROOT)
SECONDS = 300  # a bound against hanging, not a budget
WHOLE = "document.querySelector('.jp-WindowedPanel-outer').scrollHeight"
BROKEN = "images => images.filter(image => image.complete && image.naturalWidth === 0).length"


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every lab, the reference in place and its outputs under it."""
    place = tmp_path_factory.mktemp("solved")
    for name in LABS:
        lab = labs.load(ROOT, name)
        (place / f"{name}.ipynb").write_bytes(answers.filled(lab, answers.reference(lab)))
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "nbconvert",
        "--to",
        "notebook",
        "--execute",
        "--inplace",
    ]
    done = subprocess.run(
        [*command, *map(str, sorted(place.glob("*.ipynb")))],
        capture_output=True,
        text=True,
        timeout=6 * SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return place


@pytest.fixture(scope="module", params=["trusted", "untrusted"])
def opened(
    request: pytest.FixtureRequest, solved: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """A JupyterLab over the solved labs, and whether it trusts them; its URL."""
    place = tmp_path_factory.mktemp(request.param) / "labs"
    shutil.copytree(solved, place)
    if request.param == "trusted":
        books = sorted(path.name for path in place.glob("*.ipynb"))
        home = surroundings(place, HOME=str(place), JUPYTER_DATA_DIR=str(place / "data"))
        subprocess.run(
            [sys.executable, "-m", "jupyter", "trust", *books],
            cwd=place,
            env=home,
            check=True,
            capture_output=True,
            timeout=120,
        )
    with jupyter(place) as url:
        yield request.param, url


def opened_page(browser: Any, url: str, name: str, said: list[str]) -> Any:
    """The notebook in a window as high as it is; errors of the console go into `said`."""
    page = browser.new_context(
        viewport={"width": 1000, "height": 900}, service_workers="block"
    ).new_page()
    page.set_default_timeout(PATIENCE)
    page.on(
        "console", lambda message: said.append(message.text) if message.type == "error" else None
    )
    page.goto(f"{url}/lab/workspaces/{name}/tree/{name}.ipynb")
    page.locator(".jp-NotebookPanel .jp-Cell").first.wait_for()
    page.locator("mjx-container").first.wait_for()
    page.set_viewport_size({"width": 1000, "height": min(30_000, int(page.evaluate(WHOLE)) + 200)})
    page.wait_for_timeout(3000)
    return page


@pytest.mark.parametrize("name", LABS)
def test_a_lab_shows_all_that_it_holds(browser: Any, opened: tuple[str, str], name: str) -> None:
    """Every formula, diagram and drawing is there; no object's name stands for one."""
    trust, url = opened
    said: list[str] = []
    page = opened_page(browser, url, name, said)
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}-{trust}.png")
    text = page.locator(".jp-Notebook").inner_text()
    drawings = (ROOT / "labs" / name / f"{name}.ipynb").read_text().count("```mermaid")
    assert page.locator("mjx-merror").count() == 0
    assert page.locator(".jp-RenderedMermaid img").count() == drawings
    assert (
        page.locator(
            ".jp-RenderedMermaid.jp-mod-warning, .jp-RenderedMermaid pre.jp-mod-warning"
        ).count()
        == 0
    )
    assert "<IPython" not in text
    assert "object at 0x" not in text
    assert page.locator(".jp-OutputArea img").evaluate_all(BROKEN) == 0
    assert [line for line in said if "favicon" not in line] == []
    page.context.close()
