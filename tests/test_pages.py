"""Pages say what the judgements say, show students what they may see, and nothing in them comes
alive.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import re
import statistics as stdlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from autograder import text
from autograder.course.labs import Lab, LabCell
from autograder.model import (
    Audience,
    CellOutput,
    CheckResult,
    Curve,
    Feedback,
    Judgement,
    Level,
    Limits,
    Mistake,
    Note,
    Role,
    Status,
    Verdict,
)
from autograder.pages import attention, figures, render, statistics, templating, wording

PAYLOADS = (
    "<script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    "\"'><svg onload=window.pwned=1>",
    "</style></title></pre></textarea><script>window.pwned=1</script>",
    "<!--<script>window.pwned=1//",
    "javascript:window.pwned=1",
    "{{ lab.__class__ }}{% include 'x' %}&lt;b&gt;&#60;script&#62;window.pwned=1",
    "\x00\x1b[31m\u202e\u2066gnp.exe\u200b\ud800\x85\u2028",
)
XS = tuple(n / 10 for n in range(-30, 31))
RELU = tuple(max(x, 0.0) for x in XS)
STEP = tuple(float(x > 0) for x in XS)


def make_lab(name: str = "lab03_relu", feedback: str = "hint", order: float = 3) -> Lab:
    """A lab of 5 points and 1 of extra credit."""
    cells = (
        LabCell("answer-relu", "relu", Role.ANSWER, ""),
        LabCell("test-forward", "forward", Role.TEST, "", points=2),
        LabCell("test-zero_edge", "zero_edge", Role.TEST, "", points=3),
        LabCell("test-cuda", "cuda", Role.TEST, "", bonus=1),
    )
    nowhere = Path("nowhere")
    return Lab(
        nowhere,
        name,
        "Custom ReLU",
        order,
        "medium",
        60,
        "Write ReLU.",
        "the chain rule",
        Feedback(feedback),
        Limits(),
        cells,
        nowhere,
        nowhere,
        nowhere,
    )


def check(
    name: str,
    verdict: str = "passed",
    worth: float = 1.0,
    *,
    message: str = "",
    detail: str = "",
    bonus: bool = False,
    gate: bool = False,
) -> CheckResult:
    earned = worth if verdict == "passed" else 0.0
    family = name.removesuffix("_more")
    return CheckResult(
        name,
        f"What {name} asks.",
        Verdict(verdict),
        earned,
        worth,
        message,
        detail,
        0.01,
        family,
        bonus,
        gate,
    )


def judged(
    student: str, *checks: CheckResult, status: Status = Status.GRADED, **more: object
) -> Judgement:
    score = sum(c.points for c in checks if not c.bonus)
    made = Judgement(
        student,
        "lab03_relu",
        status,
        None,
        score,
        5.0,
        sum(c.points for c in checks if c.bonus),
        0.1,
        checks,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def rich(student: str, said: str = "words", score: float = 1.0) -> Judgement:
    """A judgement in which every field that a stranger may have written holds `said`."""
    checks = tuple(
        replace(check(f"check{n}", verdict, message=said, detail=said), title=said)
        for n, verdict in enumerate(Verdict)
    )
    checks = tuple(
        replace(c, family=f"{said} {c.name}") for c in checks if not c.verdict.is_grader_fault
    )
    return replace(
        judged(student, *checks, check("gate", "wrong", 0, message=said, gate=True)),
        score=score,
        mistakes=(Mistake(said, f"{said}\n\n{said}"),),
        advice=(said,),
        notes=(Note(said),),
        cells=(CellOutput(said, said, said, said), CellOutput(said, said)),
        curves=(
            Curve(said, XS, tuple(None if x > 2 else -x for x in XS), RELU),
            Curve(said, XS, STEP, STEP),
        ),
    )


def a_class() -> list[Judgement]:
    """Six students whose statistics are easily computed by hand."""
    table = {"ann": "ppp", "bob": "ppp", "cyd": "ppw", "dan": "pww", "eve": "wpw", "fay": "www"}
    words = {"p": "passed", "w": "wrong"}
    names = (("forward", 1.0), ("forward_more", 1.0), ("zero_edge", 3.0))
    members = []
    for student, marks in table.items():
        checks = [
            check(name, words[mark], worth)
            for mark, (name, worth) in zip(marks, names, strict=True)
        ]
        made = (
            (Mistake("kink_one", "At 0 it is 1.\n\nLook there."),)
            if marks[2] == "w" and marks[0] == "p"
            else ()
        )
        members.append(
            judged(student, *checks, check("cuda", "skipped", 0.0, bonus=True), mistakes=made)
        )
    return members


class Outline(HTMLParser):
    """The elements of a page with the names of their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.links: list[str] = []
        self.words = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.words += data

    @property
    def headings(self) -> list[int]:
        return [
            int(tag[1])
            for tag, _ in self.elements
            if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit()
        ]


def page_of(lab: Lab, judgement: Judgement, level: str = "full") -> str:
    """A student's page."""
    view = replace(judgement, level=Level(level)).for_student(lab.feedback)
    return render.feedback_page(lab, view)


def report_of(lab: Lab, judgements: Sequence[Judgement], level: str = "full") -> statistics.Report:
    """A lab's report."""
    return statistics.report(lab, [replace(one, level=Level(level)) for one in judgements])


def write_lab(folder: Path, lab: Lab, judgements: Sequence[Judgement], level: str = "full") -> None:
    """All pages of a lab."""
    render.write_lab(folder, lab, [replace(one, level=Level(level)) for one in judgements])


def all_pages(judgements: list[Judgement], level: str = "full") -> Iterator[str]:
    lab = make_lab(feedback="full")
    for judgement in judgements:
        yield page_of(lab, judgement, level)
    yield render.report_page(lab, report_of(lab, judgements, level))
    yield render.course_page([lab], {lab.name: report_of(lab, judgements, level)})


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_changes_a_page_s_structure(payload: str) -> None:
    """Whatever a stranger writes, in any field, the page has the elements and attributes that it
    has for plain words.
    """
    plain = [Outline(page).elements for page in all_pages([rich("words")])]
    hostile = list(all_pages([rich(payload, payload)]))

    assert [Outline(page).elements for page in hostile] == plain
    for page in hostile:
        page.encode()  # no lone surrogate is left


@pytest.mark.parametrize("status", [Status.BAD_SUBMISSION, Status.NOT_GRADED])
@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_reason_changes_a_page_s_structure(payload: str, status: Status) -> None:
    """The same for the reason why there is no score."""
    pages = [
        [*all_pages([judged(words, status=status, reason=words)])] for words in ("words", payload)
    ]

    assert [Outline(page).elements for page in pages[0]] == [
        Outline(page).elements for page in pages[1]
    ]


def test_unseen_characters_are_shown() -> None:
    """Control and direction characters, lone surrogates and unusual spaces are named; line ends and
    tabs stay.
    """
    assert (
        text.visible("a\u202eb\x1b\x7f\x00c\ud800\u00a0\r\nd\te\r")
        == "a⟨U+202E⟩b⟨U+001B⟩⟨U+007F⟩⟨U+0000⟩c⟨U+D800⟩⟨U+00A0⟩\nd\te⟨U+000D⟩"
    )
    assert text.visible("naïve 日本 🙂") == "naïve 日本 🙂"


def test_a_student_s_page_holds_no_script_and_forbids_any() -> None:
    """The policy of a student's page allows nothing but its own style."""
    page = page_of(make_lab(), rich("ann"), "full")

    assert "script" not in {tag for tag, _ in Outline(page).elements}
    assert (
        'content="default-src &#39;none&#39;; img-src data:; style-src &#39;unsafe-inline&#39;'
        in page
    )
    assert "script-src" not in page


def test_the_report_allows_its_own_script_by_digest() -> None:
    """The digest in the policy is that of the script in the page, and there is one script."""
    page = render.report_page(make_lab(), report_of(make_lab(), a_class(), "full"))
    script = page.split("<script>")[1].split("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()

    assert page.count("<script") == 1
    assert f"script-src &#39;sha256-{digest}&#39;" in page


def test_pages_load_nothing() -> None:
    """Links lead to the page itself or to pages beside it; nothing is fetched."""
    for page in all_pages([rich("ann"), rich("bob")]):
        assert all(link.startswith("#") or ":" not in link for link in Outline(page).links)
        assert not {"img", "link", "iframe", "object", "embed"} & {
            tag for tag, _ in Outline(page).elements
        }


def test_headings_are_in_order() -> None:
    """One h1, and no level is left out on the way down."""
    empty = report_of(make_lab(), [], "full")
    for page in [*all_pages([rich("ann"), *a_class()]), render.report_page(make_lab(), empty)]:
        levels = Outline(page).headings
        assert levels.count(1) == 1
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_is_said_in_words(verdict: Verdict) -> None:
    """A check's verdict stands beside it as text, and what it means stands on the page."""
    word = wording.WORDS[verdict]
    page = page_of(make_lab(), judged("ann", check("forward", verdict)), "full")

    assert verdict == Verdict.MISSING or f"{word.label}</span>" in page  # that is a list of its own
    assert verdict == Verdict.PASSED or word.means in page
    assert word.icon in templating.ICONS


def test_full_feedback_shows_values() -> None:
    """At the level `full` a student sees everything."""
    page = page_of(
        make_lab(feedback="full"),
        judged("ann", check("forward", "wrong", message="MESSAGE", detail="DETAIL")),
        "full",
    )

    assert "MESSAGE" in page
    assert "DETAIL" in page


def test_hints_hide_values() -> None:
    """At the level `hint` a student sees messages, mistakes and curves, and no value of a hidden
    input.
    """
    page = page_of(make_lab(feedback="hint"), rich("ann", "SAID"), "full")

    assert "SAID" in page
    assert "Show the principle" in page
    assert '<pre class="detail">' not in page
    assert '<svg class="chart"' in page


def test_verdict_feedback_shows_verdicts_alone() -> None:
    """At the level `verdict` neither messages nor mistakes nor curves are there."""
    judgement = replace(rich("ann", "SAID"), cells=(), notes=())
    judgement = replace(
        judgement, checks=tuple(replace(c, title=c.name, family=c.name) for c in judgement.checks)
    )
    page = page_of(make_lab(feedback="verdict"), judgement, "full")

    assert "SAID" not in page
    assert "Wrong" in page
    assert '<svg class="chart"' not in page


def test_hints_come_in_two_steps() -> None:
    """The behavior is in sight, the principle behind a click."""
    title = "Slope 1 at `x = 0`"
    hint = "At x = 0 it is 1,\nand `relu` gives 0.\n\nSecond <part>.\n \nThird part."
    page = page_of(
        make_lab(),
        judged("ann", check("forward", "wrong"), mistakes=(Mistake("kink_one", hint, title),)),
        "full",
    )
    before, after = page.split("Show the principle")

    assert "<h3>Slope 1 at <code>x = 0</code></h3>" in before
    assert "<code>relu</code> gives 0." in before
    assert "<p>Second &lt;part&gt;.</p><p>Third part.</p></details>" in after


def test_a_bad_submission_says_why_and_what_to_do() -> None:
    """The page names the reason and the steps, and shows no checks."""
    page = page_of(
        make_lab(),
        judged("ann", status=Status.BAD_SUBMISSION, reason="the file is not JSON"),
        "full",
    )

    assert "The file is not JSON" in page
    assert "<code>lab03_relu.ipynb</code>" in page
    assert "Hand in that file" in page
    assert "<h2>Checks</h2>" not in page


def test_a_fault_of_ours_shows_no_score() -> None:
    """The page says whose fault it is, that nothing is to be done, and no number that reads like a
    zero.
    """
    faulty = judged(
        "ann", check("forward", "grader_error"), status=Status.NOT_GRADED, reason="the zygote died"
    )
    page = page_of(make_lab(), faulty, "full")

    assert "Not graded yet, and not your fault" in page
    assert "the zygote died" in page
    assert 'class="score"' not in page
    assert "<h2>Checks</h2>" not in page


def test_a_shared_reason_is_told_once() -> None:
    """What ended the process, and with it twenty checks, stands above them."""
    checks = [check(f"check{n}", "wall_limit", message="no answer within 10 s") for n in range(4)]
    page = page_of(make_lab(), judged("ann", *checks), "full")

    assert page.count("no answer within 10 s") == 1
    assert "What stopped it" in page


def test_wrong_answers_keep_their_messages() -> None:
    """Different checks may fail with the same words, and each keeps them."""
    checks = [check(f"check{n}", "wrong", message="the gradient is wrong") for n in range(4)]

    assert page_of(make_lab(), judged("ann", *checks), "full").count("the gradient is wrong") == 4


@pytest.mark.parametrize(
    ("checks", "expected"),
    [
        (
            [check("a"), check("b", "skipped"), check("c", "wrong", bonus=True)],
            "Every check passed.",
        ),
        ([check("a"), check("b", "wrong")], "1 of 2 checks passed."),
        (
            [check("a", "missing"), check("b", "missing"), check("g", gate=True)],
            "Nothing is written yet: the notebook still holds its stubs.",
        ),
        (
            [check("a"), check("g", "wrong", gate=True)],
            "No points, because a check on which all of them depend did not hold: What g asks.",
        ),
    ],
)
def test_the_headline_sums_up(checks: list[CheckResult], expected: str) -> None:
    """One sentence says how it went."""
    view = judged("ann", *checks).for_student(Feedback.HINT)
    assert render.headline(view) == expected


def test_the_instructor_s_notes_are_not_the_student_s() -> None:
    """A note for the instructor's eye stays off the student's page; others are on it."""
    notes = (
        Note("PyTorch's own relu ran", Audience.INSTRUCTOR),
        Note("the answer cell was turned into text"),
    )
    page = page_of(make_lab(), judged("ann", check("forward"), notes=notes), "full")

    assert "relu ran" not in page
    assert "turned into text" in page


def test_cells_show_line_numbers_and_the_line_of_the_error() -> None:
    """Each line is an element of its own, so that a style can number it, and the line that raised
    is marked.
    """
    error = "NameError: name 'y' is not defined"
    page = page_of(
        make_lab(),
        judged(
            "ann",
            check("forward"),
            cells=(CellOutput("relu", "x = 1\ny <y>\n\n", "out", error, 2),),
        ),
        "full",
    )

    assert '<span>x = 1\n</span><span class="hit">y &lt;y&gt;\n</span></code>' in page
    assert "name &#39;y&#39; is not defined" in page


def test_long_texts_are_cut() -> None:
    """A megabyte of output does not make a megabyte of page."""
    page = page_of(
        make_lab(),
        judged(
            "ann", check("forward"), cells=(CellOutput("relu", "x" * 1_000_000, "y" * 1_000_000),)
        ),
        "full",
    )

    assert len(page) < 200_000
    assert "and 990,000 more characters" in page


def test_no_sandbox_is_marked_on_every_page() -> None:
    """A run without a sandbox says so everywhere, and no other run does."""
    mark = "Graded without a sandbox."
    assert all(mark in page for page in all_pages([rich("ann")], "none"))
    assert not any(mark in page for page in all_pages([rich("ann")], "full"))


def test_page_names() -> None:
    """An id names its page; any other folder name gets a digest that no id can be."""
    assert render.page_name("ada") == "ada.html"
    assert render.page_name("a.b+c@d-e") == "a.b+c@d-e.html"
    assert render.page_name("Müller, Jörg") == "Müller, Jörg.html"
    others = ["../x", "", ".hidden", " a", "a/b", "<script>", "\udcff", "x" * 65, "\u202ead"]
    names = {render.page_name(other) for other in others}
    assert len(names) == len(others)
    assert all(name.startswith("_") and name.isascii() and "/" not in name for name in names)


def test_a_lab_s_pages_are_written_and_linked(tmp_path: Path) -> None:
    """Each student has a page, and the report and the index link to what is there."""
    lab = make_lab("lab03_relu")
    members = [
        *a_class(),
        judged("\u202e<b>", status=Status.BAD_SUBMISSION, reason="not a student's id"),
    ]
    members = [replace(one, level=Level.NONE) for one in members]
    report = render.write_lab(tmp_path / lab.name, lab, members)
    render.write_course(tmp_path, [lab], {lab.name: report})

    assert len(list((tmp_path / lab.name / "feedback").iterdir())) == len(members)
    for page in (tmp_path / lab.name / "report.html", tmp_path / "index.html"):
        links = [
            link
            for link in Outline(page.read_text()).links
            if not link.startswith("#") and link not in ("grades.csv", "results.json")
        ]
        assert len(links) > len(members)
        assert all((page.parent / link).is_file() for link in links)
    assert "Graded without a sandbox." in (tmp_path / "index.html").read_text()


def test_a_page_that_stays_the_same_is_left_alone(tmp_path: Path) -> None:
    """Writing again touches only what changed, and leaves no scraps."""
    lab, (ann, *others) = make_lab(), a_class()
    write_lab(tmp_path, lab, [ann, *others], level="full")
    before = {path: path.stat().st_ino for path in tmp_path.rglob("*.*")}
    write_lab(tmp_path, lab, [replace(ann, notes=(Note("new"),)), *others], level="full")
    after = {path: path.stat().st_ino for path in tmp_path.rglob("*.*")}

    assert {path.name for path in before if before[path] != after[path]} == {"ann.html"}
    assert before.keys() == after.keys()


def test_an_empty_class(tmp_path: Path) -> None:
    """No submissions, no labs: the pages are there and say so."""
    write_lab(tmp_path / "lab03_relu", make_lab(), [], level="full")
    render.write_course(tmp_path, [], {})
    report = json.loads((tmp_path / "lab03_relu" / "report.json").read_text())

    assert "Nobody has handed in yet" in (tmp_path / "lab03_relu" / "report.html").read_text()
    assert "There are no labs yet" in (tmp_path / "index.html").read_text()
    assert report["scores"]["mean"] is None
    assert report["submissions"] == report["graded"] == len(report["checks"]) == 0


def test_nobody_graded() -> None:
    """A class in which every submission failed to be graded has a report without a mean."""
    members = [
        judged("ann", status=Status.NOT_GRADED, reason="r"),
        judged("bob", status=Status.BAD_SUBMISSION, reason="r"),
    ]
    report = report_of(make_lab(), members, "full")

    assert report.scores.mean is None
    assert [one.kind for one in report.attention] == ["not_graded", "bad_submission"]
    assert "There is no graded submission yet." in render.report_page(make_lab(), report)


def test_the_report_s_numbers(tmp_path: Path) -> None:
    """`report.json` against numbers computed by hand: scores 5 5 2 1 1 0."""
    write_lab(tmp_path, make_lab(), a_class(), level="full")
    report = json.loads((tmp_path / "report.json").read_text())

    assert (report["submissions"], report["graded"], report["sandbox"]) == (6, 6, "full")
    scores = report["scores"]
    assert scores["mean"] == pytest.approx(14 / 6, abs=1e-6)
    assert scores["median"] == 1.5
    assert scores["spread"] == pytest.approx(stdlib.stdev([5, 5, 2, 1, 1, 0]), abs=1e-6)
    assert (scores["lowest"], scores["highest"], scores["full"]) == (0, 5, 2)
    assert [(b["low"], b["count"]) for b in scores["histogram"] if b["count"]] == [
        (0, 1),
        (20, 2),
        (40, 1),
        (90, 2),
    ]
    checks = {c["name"]: c for c in report["checks"]}
    assert [(c["passed"], c["taken"]) for c in report["checks"]] == [(4, 6), (4, 6), (2, 6), (0, 0)]
    assert checks["zero_edge"]["difficulty"] == pytest.approx(1 / 3, abs=1e-6)
    rests = [
        2,
        2,
        2,
        1,
        1,
        0,
    ]  # points of the other checks: 2 2 of those who passed zero_edge, 2 1 1 0 of the others
    expected = (2 - 1) / stdlib.pstdev(rests) * (1 / 3 * 2 / 3) ** 0.5
    assert checks["zero_edge"]["discrimination"] == pytest.approx(expected, abs=1e-6)
    assert checks["cuda"]["discrimination"] is None
    assert checks["zero_edge"]["verdicts"] == {"wrong": 4, "passed": 2}
    assert report["mistakes"] == [
        {
            "name": "kink_one",
            "called": "Kink one",
            "hint": "At 0 it is 1.\n\nLook there.",
            "count": 2,
            "students": ["cyd", "dan"],
        }
    ]
    assert report["attention"] == []


def test_discrimination_is_a_correlation() -> None:
    """The point-biserial formula gives 0.603 on a worked example, and Pearson's correlation says
    the same.
    """
    passes, rests = [True, True, True, False, False, False], [4.0, 3.0, 2.0, 3.0, 1.0, 1.0]
    value, remark = statistics.point_biserial(passes, rests)

    assert value == pytest.approx(0.603023, abs=1e-6)
    assert value == pytest.approx(stdlib.correlation([float(p) for p in passes], rests), abs=1e-6)
    assert remark == ""


@pytest.mark.parametrize(
    ("passes", "rests", "why"),
    [
        ([True, False, True, False], [1, 2, 3, 4], "fewer than 5 submissions"),
        ([True] * 6, range(6), "everyone passed"),
        ([False] * 6, range(6), "nobody passed"),
        ([True, False] * 3, [2] * 6, "the other points are all equal"),
    ],
)
def test_no_discrimination_without_meaning(
    passes: list[bool], rests: list[float], why: str
) -> None:
    """Small classes and checks without spread have no correlation, and the report says why."""
    assert statistics.point_biserial(passes, [float(rest) for rest in rests]) == (None, why)


def test_a_check_that_weaker_students_pass_is_remarked() -> None:
    """A negative correlation draws the eye."""
    value, remark = statistics.point_biserial(
        [False, False, False, True, True, True], [6.0, 5.0, 4.0, 3.0, 2.0, 1.0]
    )

    assert value is not None
    assert value < 0
    assert "look at this check" in remark


def test_a_closed_gate_does_not_change_the_item_analysis() -> None:
    """The gate takes the points; what the other checks found still counts."""
    gated = [replace(c, points=0.0) for c in a_class()[0].checks]
    members = [
        judged("gil", *gated, check("gate", "wrong", 0, gate=True, message="copied")),
        *a_class()[1:],
    ]
    report = report_of(make_lab(), members, "full")

    assert [(c.passed, c.taken) for c in report.checks[:3]] == [(4, 6), (4, 6), (2, 6)]
    assert report.attention == (attention.Attention("gil", "gate", "copied"),)


def test_misbehavior_draws_the_eye() -> None:
    """A submission that broke the protocol is listed once, whatever the number of its checks."""
    member = judged(
        "eve", *(check(f"check{n}", "protocol", message="unasked replies") for n in range(9))
    )

    assert attention.attention(member) == [
        attention.Attention("eve", "protocol", "unasked replies")
    ]


def test_scores_fall_into_their_bins() -> None:
    """A whole tenth opens its bin in spite of rounding; full marks close the last."""
    members = [
        judged("ann", score=share * 5.0) for share in (0, 0.1, 0.3, 0.29999, 0.7, 0.999, 1.0)
    ]
    counts = [
        column.count for column in statistics.histogram(m.score / m.max_score for m in members)
    ]

    assert counts == [1, 1, 1, 1, 0, 0, 0, 1, 0, 2]


def test_equal_curves() -> None:
    """The text beside a chart says that nothing differs."""
    drawn = figures.drawing(Curve("value", XS, RELU, RELU))

    assert (drawn.text, drawn.differs) == ("The same at all 61 points from -3 to 3.", False)
    assert 'class="band"' not in drawn.svg


def test_a_difference_at_one_point_is_ringed() -> None:
    """The kink: one point, both values named, both ringed."""
    drawn = figures.drawing(Curve("gradient", XS, tuple(float(x >= 0) for x in XS), STEP))

    assert drawn.text == "Different at 1 of 61 points: at x = 0 yours is 1, right is 0."
    assert drawn.svg.count("<circle") == 2
    assert drawn.text in drawn.svg


def test_stretches_that_differ_are_described() -> None:
    """Stretches by their ends and their worst point; past three, by their number."""
    yours = tuple(
        value + (0.5 if int(x * 10) % 10 in (1, 2) else 0.0)
        for x, value in zip(XS, RELU, strict=True)
    )
    drawn = figures.drawing(Curve("value", XS, yours, RELU))

    assert (
        "from x = -2.9 to -2.8, most at x = -2.9, where yours is 0.5 and right is 0" in drawn.text
    )
    assert drawn.text.endswith("and in 3 more places.")


def test_missing_values_are_crossed() -> None:
    """No finite value: a gap in the line and a cross below it."""
    drawn = figures.drawing(Curve("value", XS, (None, *RELU[1:30], float("nan"), *RELU[31:]), RELU))

    assert "at x = -3 yours is not a finite number" in drawn.text
    assert drawn.svg.count('<polyline class="yours"') == 2
    assert 'class="cross"' in drawn.svg


@pytest.mark.parametrize("wild", [1e308, -1e308, float("inf"), 1e-320])
def test_wild_values_leave_the_chart_and_not_the_page(wild: float) -> None:
    """Every coordinate stays near the chart, and the right curve stays readable."""
    svg = figures.drawing(Curve("value", XS, (*RELU[:-5], *[wild] * 5), RELU)).svg

    places = [
        float(number)
        for drawn in re.findall(r'(?:points|d|c[xy])="([^"]*)"', svg)
        for number in re.findall(r"-?\d+\.\d", drawn)
    ]
    assert places
    assert max(map(abs, places)) <= 10 * figures.HEIGHT


@pytest.mark.parametrize("x", [(), (1.0,), (1.0, 1.0), (float("nan"), 1.0)])
def test_curves_without_extent(x: tuple[float, ...]) -> None:
    """Nothing to draw is said, and one x is drawn without a division by zero."""
    drawn = figures.drawing(Curve("value", x, x, x))

    assert drawn.text


def test_equal_curves_are_drawn_once() -> None:
    """Students with the same curve share its drawing."""
    first, second = (
        figures.drawing(Curve("value", tuple(XS), tuple(RELU), tuple(RELU))) for _ in range(2)
    )

    assert first is second


def test_ticks_are_round() -> None:
    """Ticks are multiples of 1, 2 or 5 times a power of ten, within the range."""
    assert figures.ticks(-3, 3, 7) == [-3, -2, -1, 0, 1, 2, 3]
    assert figures.ticks(-0.06, 1.06, 5) == [0, 0.5, 1]


def test_the_course_s_table() -> None:
    """Scores count extra credit, nothing handed in is a dash, not graded is no zero."""
    labs = [make_lab("lab01_one", order=1), make_lab("lab02_two", order=2)]
    ann = replace(judged("ann", check("forward")), bonus=1.0)
    bob = judged("bob", status=Status.NOT_GRADED, reason="r")
    members = {"lab01_one": [ann, bob], "lab02_two": [ann]}
    page = render.course_page(labs, {lab.name: report_of(lab, members[lab.name]) for lab in labs})
    words = " ".join(Outline(page).words.split())

    assert "2 labs, 2 students." in words
    assert "ann 2 2 4" in words
    assert "bob no score – nothing handed in 0" in words
    assert page.index("lab01_one/report.html") < page.index("lab02_two/report.html")
