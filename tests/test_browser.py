"""Pages in a real browser: nothing hostile runs, the report's controls work by keyboard, and axe
finds no barrier.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from test_pages import PAYLOADS, a_class, judged, make_lab, rich

from autograder.model import Judgement, Level, Status
from autograder.pages import render

pytestmark = pytest.mark.slow  # a browser

axe_module = pytest.importorskip(
    "axe_core_python.sync_playwright",
    reason="axe-core is not installed: pip install axe-core-python",
)

REPORT = "lab03_relu/report.html"
STUDENT = "lab03_relu/feedback/rich.html"
WIDE = {"width": 1000, "height": 800}


def members() -> list[Judgement]:
    """A class with every kind of page, hostile texts in every field, and hostile names."""
    hostile = [
        replace(rich(payload, payload), student=f"hostile{n}") for n, payload in enumerate(PAYLOADS)
    ]
    named = [judged(payload, status=Status.BAD_SUBMISSION, reason=payload) for payload in PAYLOADS]
    others = [
        judged("late", status=Status.NOT_GRADED, reason="the sandbox did not start"),
        rich("rich", "words " * 30, 3.0),
    ]
    return [*a_class(), *others, *hostile, *named]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course of two labs, one of them graded without a sandbox."""
    folder = tmp_path_factory.mktemp("site")
    labs = [make_lab("lab03_relu", feedback="full"), make_lab("lab04_loss", order=4)]
    graded = {"lab03_relu": members(), "lab04_loss": a_class()}
    for lab, level in zip(labs, (Level.FULL, Level.NONE), strict=True):
        graded[lab.name] = [replace(one, level=level) for one in graded[lab.name]]
        render.write_lab(folder / lab.name, lab, graded[lab.name])
    render.write_course(
        folder,
        labs,
        {name: {j.student: j for j in judgements} for name, judgements in graded.items()},
    )
    return folder


@pytest.fixture
def page(browser: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A page that fails the test on any error, message or request of its own.

    Parameters are those of a browser context.
    """
    context = browser.new_context(**{"viewport": WIDE, **getattr(request, "param", {})})
    page = context.new_page()
    trouble: list[str] = []
    page.on("console", lambda message: trouble.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: trouble.append(f"error: {error}"))
    page.on("dialog", lambda dialog: trouble.append(f"dialog: {dialog.message}"))
    page.on(
        "request",
        lambda request: (
            trouble.append(request.url) if not request.is_navigation_request() else None
        ),
    )
    yield page
    context.close()
    assert trouble == []


def visit(page: Any, site: Path, name: str) -> None:
    page.goto((site / name).as_uri())


def shown(page: Any) -> list[str]:
    """The students in the table, from top to bottom, without those filtered away."""
    return page.locator("#submissions tbody tr:visible th").all_inner_texts()  # type: ignore[no-any-return]


def test_nothing_hostile_runs(page: Any, site: Path) -> None:
    """No page runs a text of a submission, asks for anything, or reports an error."""
    pages = sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    assert len(pages) > 20
    for name in pages:
        visit(page, site, name)
        assert page.evaluate("window.pwned") is None
        assert page.locator("h1").count() == 1


def test_the_policy_stops_a_script_that_is_not_ours(
    browser: Any, site: Path, tmp_path: Path
) -> None:
    """Were a text to get past the escaping, the page's own policy would still not run it."""
    page = browser.new_page()
    for name in (STUDENT, REPORT):
        spoiled = tmp_path / "spoiled.html"
        text = (site / name).read_text()
        spoiled.write_text(
            text.replace(
                "</main>",
                "<script>window.pwned=1</script><img src=x onerror='window.pwned=1'></main>",
            )
        )
        page.goto(spoiled.as_uri())
        assert page.evaluate("window.pwned") is None
    page.context.close()


@pytest.mark.parametrize(
    "name",
    [
        REPORT,
        STUDENT,
        "index.html",
        "lab03_relu/feedback/late.html",
        "lab04_loss/feedback/ann.html",
    ],
)
@pytest.mark.parametrize(
    "page",
    [
        {"color_scheme": "light"},
        {"color_scheme": "dark"},
        {"viewport": {"width": 360, "height": 740}},
    ],
    ids=str,
    indirect=True,
)
def test_axe_finds_no_barrier(page: Any, site: Path, name: str) -> None:
    """No violation of axe's rules in light, in dark and on a phone, with every `details` open."""
    visit(page, site, name)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    found = axe_module.Axe().run(page)

    assert [
        (one["id"], [node["target"] for node in one["nodes"]][:3]) for one in found["violations"]
    ] == []
    assert len(found["passes"]) > 15


@pytest.mark.parametrize(
    "name",
    [
        REPORT,
        STUDENT,
        "index.html",
        "lab03_relu/feedback/hostile3.html",
        "lab03_relu/feedback/late.html",
    ],
)
@pytest.mark.parametrize(
    "page",
    [{"viewport": {"width": width, "height": 640}} for width in (360, 320)],
    ids=str,
    indirect=True,
)
def test_no_sideways_scrolling_on_a_phone(page: Any, site: Path, name: str) -> None:
    """Wide tables scroll in frames of their own, long words break."""
    visit(page, site, name)

    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_table_sorts_by_keyboard(page: Any, site: Path) -> None:
    """Enter on a column's name sorts by it, numbers from the top first; again turns the order
    round.
    """
    visit(page, site, REPORT)
    header = page.locator("#submissions th", has_text="Score")
    header.get_by_role("button").focus()
    page.keyboard.press("Enter")
    assert header.get_attribute("aria-sort") == "descending"
    assert shown(page)[:2] == ["ann", "bob"]

    page.keyboard.press("Enter")
    assert header.get_attribute("aria-sort") == "ascending"
    assert shown(page)[0] == "late"

    page.get_by_role("button", name="Student").press("Space")
    assert header.get_attribute("aria-sort") == "none"
    assert page.locator("#submissions th[aria-sort=ascending]").inner_text().startswith("Student")


def test_the_table_filters(page: Any, site: Path) -> None:
    """Text finds students, mistakes and failed checks; the choice narrows by state; both say how
    many are left.
    """
    visit(page, site, REPORT)
    find = page.get_by_label("Find a student, mistake or failed check")
    find.fill("KINK one")
    assert shown(page) == ["cyd", "dan"]
    assert page.get_by_role("status").inner_text() == f"2 of {len(members())} shown"

    find.fill("zero_edge")
    assert shown(page) == ["cyd", "dan", "eve", "fay"]
    page.get_by_label("Show").select_option("zero")
    assert shown(page) == ["fay"]

    find.fill("")
    page.get_by_label("Show").select_option("eye")
    assert "late" in shown(page)
    assert "ann" not in shown(page)

    page.get_by_label("Show").select_option("")
    find.fill("<script>window.pwned=1</script>")
    assert page.evaluate("window.pwned") is None
    assert len(shown(page)) > 0


def test_the_keyboard_reaches_the_content(page: Any, site: Path) -> None:
    """The first Tab offers to skip to the content, and Enter goes there."""
    visit(page, site, STUDENT)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator("details").first.get_attribute("open") is not None


@pytest.mark.parametrize("page", [{"java_script_enabled": False}], ids=["no script"], indirect=True)
def test_the_report_is_whole_without_its_script(page: Any, site: Path) -> None:
    """Without the script every row is there and the controls are not."""
    page.goto((site / REPORT).as_uri())

    assert page.locator("#submissions tbody tr").count() == len(members())
    assert not page.locator(".controls").is_visible()


@pytest.mark.parametrize("page", [{"color_scheme": "dark"}], ids=["dark"], indirect=True)
def test_paper_is_white(page: Any, site: Path) -> None:
    """Printed from a dark screen, a page is dark on white and shows what `details` fold away."""
    visit(page, site, STUDENT)
    page.emulate_media(media="print", color_scheme="dark")

    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert not page.locator(".skip").is_visible()
