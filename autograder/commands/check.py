"""One notebook, for students' machines and CI: verdicts, JUnit XML, a Markdown summary,
annotations.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

from autograder.commands.grade import REFUSED
from autograder.course import labs as course
from autograder.course import submissions as notebooks
from autograder.course.labs import Lab
from autograder.course.submissions import Submission
from autograder.errors import BadSubmission, SandboxUnavailable, UsageError
from autograder.model import CheckResult, Judgement, Status, Verdict
from autograder.record import results
from autograder.record.journal import atomic
from autograder.record.results import plain
from autograder.supervisor import zygote as zygotes

MAX_SUMMARY = 900_000  # GitHub drops a step's summary past 1 MiB


@dataclass(frozen=True)
class Result:
    """What is said of one notebook, and how it came about."""

    lab: Lab
    judgement: Judgement
    seed: int
    level: str


def check(
    root: Path,
    path: Path,
    name: str | None,
    seed: int | None,
    masked: tuple[str, ...] = (),
    trusted: bool = False,
) -> Result:
    """Judge one notebook.

    Args:
        root: the course.
        path: the notebook.
        name: its lab; found from the file otherwise.
        seed: the inputs' seed; a random one otherwise.
        masked: layers of the sandbox to do without.
        trusted: go on without a sandbox.

    Raises:
        UsageError: there is no such file or lab.
        SandboxUnavailable: it cannot be confined.
    """
    if path.is_dir() or not path.exists():
        raise UsageError(
            f"`{path}` is a folder; name the notebook in it"
            if path.is_dir()
            else f"no file `{path}`"
        )
    seed = secrets.randbelow(1 << 31) if seed is None else seed
    with zygotes.ZygoteHandle(1, masked, [root]) as zygote:  # warms up while we read
        try:
            found = Submission("notebook", notebooks.fetch_file(path))
        except BadSubmission as error:
            found = Submission("notebook", reason=str(error))
        lab = course.find(root, [name])[0] if name else _lab_of(root, path, found)
        from autograder.judge import catalogue, judge, pool, session

        pool.warm_up()
        judged: list[Judgement] = []
        sandbox = judge.confirmed(zygote)
        if sandbox.level == "none" and not trusted:
            raise SandboxUnavailable(
                REFUSED.format(missing="\n".join(f"  {k}: {v}" for k, v in sandbox.missing.items()))
            )
        session.run(
            lab, lambda laid: judged.append(judge.Judge(zygote, 0, seed).judge(laid, found))
        )
        if (
            exit_status(judged[0]) == 1 and judged[0].checks
        ):  # only now is it worth knowing the catalogued mistakes
            known = catalogue.catalogue(lab, zygote, 1)
            session.run(
                lab,
                lambda laid: judged.append(judge.Judge(zygote, 0, seed, known).judge(laid, found)),
            )
    return Result(lab, judged[-1], seed, sandbox.level)


def _lab_of(root: Path, path: Path, found: Submission) -> Lab:
    """The lab whose notebook this is: by the file's name, its folder's, or its answer cells."""
    known = course.names(root)
    for name in (path.stem, path.resolve().parent.name):
        if name in known:
            return course.load(root, name)
    try:
        ids = {cell.grade_id or cell.cell_id for cell in notebooks.parse(found.raw)}
    except BadSubmission:
        ids = set()
    labs = [course.load(root, name) for name in known]
    fitting = [lab for lab in labs if {cell.grade_id for cell in lab.answers.values()} <= ids]
    if len(fitting) != 1:
        raise UsageError(
            f"which lab is `{path.name}` of? Name it: --lab, one of {', '.join(known)}"
        )
    return fitting[0]


def exit_status(judgement: Judgement) -> int:
    """0 full marks, 1 less, 3 not graded."""
    if judgement.status == Status.NOT_GRADED:
        return 3
    return 0 if judgement.status == Status.GRADED and judgement.score >= judgement.max_score else 1


def write(result: Result, junit: Path | None, summary: Path | None, json_file: Path | None) -> None:
    """Write the files that are asked for.

    Raises:
        OSError: one cannot be written.
    """
    if junit is not None:
        atomic(junit, as_junit(result))
    if json_file is not None:
        atomic(json_file, as_json(result))
    if summary is not None:
        with open(summary, "a", encoding="utf-8") as file:
            file.write(as_markdown(result)[:MAX_SUMMARY])


def as_json(result: Result) -> str:
    """The form of `results.json`, for one submission."""
    return (
        json.dumps(
            results.results(result.lab, [result.judgement], result.seed, result.level), indent=1
        )
        + "\n"
    )


def as_junit(result: Result) -> str:
    """JUnit XML, one test case a check."""
    judgement = result.judgement
    cases = [_case(result.lab, check) for check in judgement.checks]
    if judgement.reason and not cases:
        cases = [
            f'<testcase classname="{result.lab.name}" name="submission"><error '
            f"message={quoteattr(plain(judgement.reason))}/></testcase>"
        ]
    failures = sum("<failure" in case for case in cases)
    errors = sum("<error" in case for case in cases)
    skipped = sum("<skipped" in case for case in cases)
    counts = (
        f'tests="{len(cases)}" failures="{failures}" errors="{errors}" '
        f'skipped="{skipped}" time="{judgement.seconds:.3f}"'
    )
    lines = "\n".join(cases)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="{result.lab.name}" '
        f"{counts}>\n{lines}\n</testsuite>\n"
    )


def _case(lab: Lab, check: CheckResult) -> str:
    head = (
        f'<testcase classname="{lab.name}" name={quoteattr(check.name)} time="{check.seconds:.3f}"'
    )
    message = quoteattr(plain(f"{check.verdict}: {check.message}"))
    if check.verdict == Verdict.PASSED:
        return f"{head}/>"
    if check.verdict == Verdict.SKIPPED:
        return f"{head}><skipped message={message}/></testcase>"
    kind = "error" if check.verdict.is_grader_fault else "failure"
    return f"{head}><{kind} type={quoteattr(str(check.verdict))} message={message}/></testcase>"


def as_markdown(result: Result) -> str:
    """A table for GitHub's step summary."""
    judgement = result.judgement
    lines = [f"## {result.lab.title}: {judgement.score:g} of {judgement.max_score:g}", ""]
    if result.level == "none":
        lines += ["**Graded without a sandbox.**", ""]
    if judgement.reason:
        lines += [f"{judgement.status}: {cell(judgement.reason)}", ""]
    lines += ["| check | verdict | points | |", "|---|---|---|---|"]
    lines += [
        f"| {cell(c.title)} | {c.verdict} | {c.points:g} of {c.max_points:g} | {cell(c.message)} |"
        for c in judgement.checks
    ]
    lines += ["", *(f"- {cell(line)}" for line in (*judgement.advice, *judgement.notes))]
    return "\n".join(lines) + "\n\n"


def as_annotations(result: Result) -> str:
    """GitHub's workflow commands: one line for each check that did not pass."""
    lines = []
    for check in result.judgement.checks:
        if check.verdict not in (Verdict.PASSED, Verdict.SKIPPED):
            text = (
                plain(f"{check.title} {check.verdict}: {check.message}")
                .replace("%", "%25")
                .replace("\n", "%0A")
                .replace("\r", "%0D")
            )
            lines.append(f"::error title={result.lab.name} {check.name}::{text[:1000]}\n")
    return "".join(lines)


def cell(text: str) -> str:
    """Text for a Markdown table: no markup, no HTML, one line."""
    safe = (
        plain(text)
        .replace("\n", " ")
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
    )
    return "".join(f"\\{c}" if c in "\\|`*_[]#!~" else c for c in safe)[:2000]
