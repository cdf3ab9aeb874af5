"""A student and an instructor in a real JupyterLab with nbgrader's extensions, in a headless
browser.

`SCREENSHOTS=<folder> make test ARGS=tests/test_jupyter.py` keeps pictures of each step.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from answers import RIGHT
from courses import BIN, LAB, ROOT, comments, free_port, make_course, run, scores, surroundings

pytestmark = pytest.mark.slow  # JupyterLab and a browser

WRONG = RIGHT.replace("(input > 0)", "(input >= 0)")
NOTEBOOK = f"{LAB}/{LAB}.ipynb"
PATIENCE = (
    60_000  # milliseconds; a first kernel imports torch, on a machine with two busy processors
)
# All of a notebook in the page at once, so that a test need not scroll to it; and no question about
# news in the pictures.
SETTINGS = {
    "notebook-extension/tracker": '{"windowingMode": "none"}',
    "apputils-extension/notification": '{"fetchNews": "false"}',
}


def command(port: int) -> list[str]:
    """What `make lab` starts, with a port and without a window."""
    (line,) = re.findall(
        r"^\t(jupyter lab .*)\$\(ARGS\)$", (ROOT / "Makefile").read_text(), re.MULTILINE
    )
    options = [
        "--no-browser",
        "--allow-root",
        f"--port={port}",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=",
    ]
    return [str(BIN / "jupyter"), *shlex.split(line)[1:], *options]


@contextmanager
def jupyter(place: Path) -> Iterator[str]:
    """A JupyterLab in a folder; its URL."""
    port = free_port()
    for name, content in SETTINGS.items():
        file = (
            place / "none" / "lab" / "user-settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        )
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    home = {
        "HOME": str(place),
        "PATH": f"{BIN}:/usr/bin:/bin",
        "JUPYTER_DATA_DIR": str(place / "data"),
    }
    with open(place / "jupyter.log", "wb") as log:
        process = subprocess.Popen(
            command(port), cwd=place, env=surroundings(place, **home), stdout=log, stderr=log
        )
    try:
        for _ in range(600):
            with suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api", timeout=5).close()
                break
            assert process.poll() is None, (place / "jupyter.log").read_text()
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def look(page: Any, name: str) -> None:
    """Keep a picture, if somebody wants to look."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1300, "height": 900}, service_workers="block")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    yield page
    look(page, "at-the-end")
    context.close()


def choose(page: Any, menu: str, entry: str) -> None:
    """An entry of one of JupyterLab's menus."""
    page.locator(".lm-MenuBar-itemLabel", has_text=re.compile(f"^{menu}$")).click()
    page.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^{entry}")).first.click()


class Notebook:
    """A notebook in JupyterLab, used with mouse and keyboard."""

    def __init__(self, page: Any, url: str, path: str) -> None:
        self.page = page
        page.goto(f"{url}/lab/tree/{path}")
        page.locator(".jp-NotebookPanel .jp-Cell").first.wait_for()
        self.wait()

    def find(self, part: str, text: str) -> Any:
        """The first cell that holds a text in its `input` or its `output`, brought into sight."""
        within = {"input": ".jp-Cell-inputArea", "output": ".jp-Cell-outputArea"}[part]
        cell = self.page.locator(".jp-CodeCell", has=self.page.locator(within, has_text=text)).first
        cell.locator(within).scroll_into_view_if_needed()
        return cell

    def output(self, text: str) -> str:
        """What the first cell whose output holds a text has to say."""
        return str(self.find("output", text).locator(".jp-Cell-outputArea").inner_text())

    def write(self, cell: Any, text: str) -> None:
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)

    def wait(self) -> None:
        """Until nothing runs any more."""
        self.page.wait_for_timeout(300)
        self.page.locator(
            ".jp-NotebookPanel .jp-Notebook-ExecutionIndicator[data-status=idle]"
        ).first.wait_for()

    def validate(self) -> str:
        """Save and press nbgrader's button; what its window says."""
        self.save()
        self.page.get_by_role("button", name="Validate").click()
        window = self.page.locator(".jp-Dialog-content")
        window.wait_for()
        return str(window.inner_text())

    def save(self) -> None:
        self.page.keyboard.press("Control+S")
        self.page.locator(".jp-mod-dirty").first.wait_for(state="detached")


def test_a_student_is_told_of_a_wrong_edge_and_mends_it(page: Any, tmp_path: Path) -> None:
    """From what students receive to a notebook that can be handed in: formulas, own code, tests,
    self-check, Validate.
    """
    run(ROOT, "autograder", "release", LAB, "--to", str(tmp_path / "labs"))
    with jupyter(tmp_path / "labs") as url:
        notebook = Notebook(page, url, NOTEBOOK)
        page.locator("mjx-container").first.wait_for()
        assert page.locator("mjx-container").count() > 3
        assert page.locator("mjx-merror").count() == 0
        look(page, "student-1-opened")
        notebook.write(notebook.find("input", "# YOUR CODE HERE"), WRONG)
        choose(page, "Run", "Run All Cells")
        notebook.wait()
        assert (
            "at x = 0, with upstream 2, your gradient is 2; this course takes ReLU'(0) = 0"
            in notebook.output("AssertionError")
        )
        look(page, "student-2-told")
        page.locator(".jp-Notebook-footer").click()
        notebook.write(
            page.locator(".jp-CodeCell").last, "from autograd_labs_check import check; check()"
        )
        page.keyboard.press("Shift+Enter")
        notebook.wait()
        table = notebook.output("Grading also uses")
        assert "your gradient is 2" in table
        look(page, "student-3-checked")
        assert "failed" in notebook.validate()
        look(page, "student-4-not-valid")
        page.keyboard.press("Escape")
        notebook.write(notebook.find("input", "(input >= 0)"), RIGHT)
        choose(page, "Run", "Run All Cells")
        notebook.wait()
        assert "7 of 7 visible tests pass" in notebook.output("Grading also uses")
        look(page, "student-5-mended")
        assert "Your notebook passes all the tests." in notebook.validate()
        look(page, "student-6-valid")
        run(
            ROOT, "autograder", "check", str(tmp_path / "labs" / NOTEBOOK)
        )  # full marks: what the hidden checks say, too


def test_an_instructor_grades_comments_and_grades_again(page: Any, tmp_path: Path) -> None:
    """Formgrader inside JupyterLab: the button, the score, a comment and points by hand, the button
    again.
    """
    course = make_course(tmp_path / "course", ["ada", "dora"])
    (course / "labs" / "index.ipynb").write_bytes((ROOT / "labs" / "index.ipynb").read_bytes())
    database = course / "graded" / "gradebook.db"
    with jupyter(course) as url:
        page.goto(url)
        page.locator(".jp-NotebookPanel .jp-Cell").get_by_role(
            "heading", name="The labs"
        ).wait_for()  # `make lab` opens the course page
        assert page.locator(".jp-Dialog").count() == 0
        look(page, "instructor-1-lab")
        choose(page, "Nbgrader", "Formgrader")
        grader = page.frame_locator(".jp-MainAreaWidget:not(.lm-mod-hidden) iframe")
        row = grader.locator("tr", has_text=LAB)
        row.locator(".num-submissions a").click()
        look(page, "instructor-2-submissions")
        autograde(grader, "dora")
        look(page, "instructor-3-graded")
        grader.get_by_role("link", name="Manual Grading").click()
        for link in (LAB, LAB, "Submission #1"):
            grader.get_by_role("link", name=link, exact=True).last.click()
        comment = grader.locator("textarea.comment").first
        comment.wait_for()
        assert "At exactly x = 0" in (comment.get_attribute("placeholder") or "")
        comment.fill("Well explained. Look at x = 0 again.")
        comment.blur()
        points = grader.locator("input.score").nth(1)
        points.fill("1.5")
        points.blur()
        page.wait_for_timeout(1500)
        comment.scroll_into_view_if_needed()
        look(page, "instructor-4-commented")
        grader.get_by_role("link", name="Manual Grading").first.click()
        grader.get_by_role("link", name="Manage Assignments").click()
        row.locator(".num-submissions a").click()
        assert autograde(grader, "dora") == "18.5 / 20"
        look(page, "instructor-5-graded-again")
    assert scores(database)["dora", LAB, "zero_edge"][:2] == (0.0, 1.5)
    assert comments(database)["dora", "answer-relu"][1] == "Well explained. Look at x = 0 again."


def autograde(grader: Any, student: str) -> str:
    """Press the button in a student's row and close the window that says how it went; the score in
    the row.
    """
    row = grader.locator("tr", has_text=student)
    row.locator(".autograde a").click()
    window = grader.locator(".modal-dialog")
    window.wait_for()
    assert f"Successfully autograded '{LAB}' for student '{student}'" in window.inner_text()
    window.get_by_role("button", name="OK").click()
    window.wait_for(state="detached")
    return str(row.locator(".score").inner_text())
