"""CI systems: JUnit XML, GitHub's step summary and annotations, of what a student may see."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from autograder import files
from autograder.course.labs import Lab
from autograder.model import Level, StudentCheck, StudentView, Verdict
from autograder.text import for_annotation, for_markdown, for_property, plain

MAX_SUMMARY = 900_000  # GitHub drops a step's summary past 1 MiB


def write_junit(path: Path, lab: Lab, view: StudentView) -> None:
    """Write JUnit XML, one test case a check.

    Raises:
        OSError: it cannot be written.
    """
    files.write(path, junit(lab, view), mode=0o644)


def append_summary(path: Path, lab: Lab, view: StudentView) -> None:
    """Append a table to GitHub's step summary.

    Raises:
        OSError: it cannot be written.
    """
    with open(path, "a", encoding="utf-8") as file:
        file.write(markdown(lab, view)[:MAX_SUMMARY])


def junit(lab: Lab, view: StudentView) -> bytes:
    """A judgement as JUnit XML."""
    suite = ElementTree.Element("testsuite", name=lab.name, time=f"{view.seconds:.3f}")
    for check in view.checks:
        _case(suite, lab, check)
    if view.reason and not view.checks:
        case = ElementTree.SubElement(suite, "testcase", classname=lab.name, name="submission")
        ElementTree.SubElement(case, "error", message=plain(view.reason))
    kinds = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    counts = {name: len(suite.findall(f"testcase/{tag}")) for name, tag in kinds.items()}
    for name, count in {"tests": len(suite), **counts}.items():
        suite.set(name, str(count))
    ElementTree.indent(suite, "")
    text: bytes = ElementTree.tostring(suite, encoding="UTF-8", xml_declaration=True)
    return text + b"\n"


def _case(suite: ElementTree.Element, lab: Lab, check: StudentCheck) -> None:
    case = ElementTree.SubElement(
        suite, "testcase", classname=lab.name, name=check.name, time=f"{check.seconds:.3f}"
    )
    if check.verdict == Verdict.PASSED:
        return
    message = plain(f"{check.verdict}: {check.message}" if check.message else str(check.verdict))
    if check.verdict == Verdict.SKIPPED:
        ElementTree.SubElement(case, "skipped", message=message)
        return
    kind = "error" if check.verdict.is_grader_fault else "failure"
    ElementTree.SubElement(case, kind, type=str(check.verdict), message=message)


def markdown(lab: Lab, view: StudentView) -> str:
    """A table for GitHub's step summary."""
    score = f"{view.score:g} of {view.max_score:g}" if view.status.has_score else "no score"
    lines = [f"## {for_markdown(lab.title)}: {score}", ""]
    if view.level == Level.NONE:
        lines += ["**Graded without a sandbox.**", ""]
    if view.reason:
        lines += [f"{view.status}: {for_markdown(view.reason)}", ""]
    lines += ["| check | verdict | points | |", "|---|---|---|---|"]
    for check in view.checks:
        points = f"{check.points:g} of {check.max_points:g}"
        title, message = for_markdown(check.title), for_markdown(check.message)
        lines.append(f"| {title} | {check.verdict} | {points} | {message} |")
    hints = (mistake.hint for mistake in view.mistakes)
    lines += ["", *(f"- {for_markdown(line)}" for line in (*hints, *view.advice, *view.notes))]
    return "\n".join(lines) + "\n\n"


def workflow_commands(lab: Lab, view: StudentView) -> str:
    """GitHub's workflow commands: one line for each check that did not pass."""
    lines = []
    for check in view.checks:
        if check.verdict not in (Verdict.PASSED, Verdict.SKIPPED):
            said = f"{check.title} {check.verdict}: {check.message}".rstrip(": ")
            title = for_property(f"{lab.name} {check.name}")
            lines.append(f"::error title={title}::{for_annotation(said)}\n")
    return "".join(lines)
