"""Giving feedback back, in the form that each system takes it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from autograder import files
from autograder.commands.planning import Options, shared
from autograder.course import collected, submissions, tables
from autograder.course import labs as course
from autograder.course import roster as rosters
from autograder.course.labs import Lab
from autograder.errors import UsageError
from autograder.integrations.lms import grades as gradebooks
from autograder.integrations.lms import hand_backs, worksheets
from autograder.integrations.lms.grades import Grades
from autograder.integrations.lms.hand_backs import Participant
from autograder.integrations.nbgrader import graded_notebooks
from autograder.model import Judgement
from autograder.pages.wording import page_name
from autograder.record.journal import Journal, Judgements


@dataclass(frozen=True)
class HandedBack:
    """What was made.

    Attributes:
        path: the file or folder.
        count: of students whose feedback is in it.
        findings: whose is not, and what to know of it.
    """

    path: Path
    count: int
    findings: tuple[str, ...]


def hand_back(
    options: Options, system: str, lab: str, to: Path | None = None, sheet: Path | None = None
) -> HandedBack:
    """Give a lab's feedback back as a system takes it.

    Args:
        options: the course, and where its results are.
        system: `canvas`, `moodle`, `folder` or `mail`.
        lab: the lab.
        to: the file or folder to make; in the lab's results otherwise.
        sheet: for Moodle, the assignment's grading worksheet, which numbers everybody; without it
            only those are known whose hand-ins were collected from there.

    Raises:
        UsageError: the lab was not graded, or the worksheet is none.
        OSError: it cannot be written.
    """
    (found,) = course.find(options.root, [lab])
    place = options.results.lab(lab)
    judged = _judged(options, found)
    if system == "canvas":
        return _canvas(options, found, judged, to or place / f"{lab}-canvas.zip")
    pages = _pages(place / "feedback", judged)
    if system == "folder":
        return _folder(pages, lab, to or place / "return")
    known = gradebooks.read(options.db_url, {lab: found.title}, rosters.read(options.root))
    if system == "mail":
        target = to or place / f"{lab}-mail.csv"
        text, findings = hand_backs.mail_table(known, lab, pages)
        files.write(target, text)
        return HandedBack(target, len(pages) - len(findings), tuple(findings))
    grades = gradebooks.with_origins(known.only([lab]), collected.read(options.root))
    return _moodle(options, grades, pages, to or place / f"{lab}-moodle.zip", sheet)


def _judged(options: Options, lab: Lab) -> Judgements:
    """Everybody's judgement, groups' members included.

    Raises:
        UsageError: there is none.
    """
    kept = Journal(options.results.journal(lab.name)).judgements
    settled = Judgements(
        kept, lambda student: kept[student].settled(counts_zero=options.counts_zero)
    )
    if not settled:
        raise UsageError(f"`{lab.name}` has no results in `{options.out}`: `make grade` first")
    return shared(options, lab, rosters.read(options.root)).spread(settled)


def _pages(folder: Path, judged: Mapping[str, Judgement]) -> dict[str, Path]:
    """Each student's page.

    Raises:
        UsageError: one is missing.
    """
    found = {student: (folder / page_name(student)).resolve() for student in judged}
    if missing := [student for student, page in found.items() if not page.is_file()]:
        raise UsageError(
            f"`{missing[0]}` has no page in `{folder}`: grade again, without --no-feedback"
        )
    return found


def _folder(pages: Mapping[str, Path], lab: str, target: Path) -> HandedBack:
    """A folder for each student, with the lab's page in it."""
    for page in pages.values():
        place = files.make_private(target / Path(page.name).stem)
        shutil.copyfile(page, place / f"{lab}.html")
        (place / f"{lab}.html").chmod(files.PRIVATE)
    return HandedBack(target, len(pages), ())


def _moodle(
    options: Options,
    grades: Grades,
    pages: Mapping[str, Path],
    target: Path,
    sheet: Path | None,
) -> HandedBack:
    (lab,) = grades.most
    origins = collected.read(options.root)
    known = {
        student: Participant(origin.who, origin.number)
        for (student, name), origin in origins.items()
        if name == lab and origin.system == "moodle"
    }
    findings: list[str] = []
    if sheet is not None:
        read = worksheets.worksheet(tables.parsed(tables.read(sheet)[0]))
        numbered, findings = hand_backs.participants(read, grades)
        known |= numbered
    contents = {
        hand_backs.for_moodle(known[student], f"{lab}.html"): page.read_bytes()
        for student, page in pages.items()
        if student in known
    }
    findings += [
        f"`{student}` has a page, and no number in Moodle: --template with the grading worksheet"
        for student in pages
        if student not in known
    ]
    files.write(target, hand_backs.zipped(contents))
    return HandedBack(target, len(contents), tuple(findings))


def _canvas(
    options: Options, lab: Lab, judged: Mapping[str, Judgement], target: Path
) -> HandedBack:
    """Graded notebooks: Canvas shows what comes back under the name of what was handed in, so that
    it must be a file of that kind.
    """
    origins = collected.read(options.root)
    sharing = shared(options, lab, rosters.read(options.root))
    contents: dict[str, bytes] = {}
    findings: list[str] = []
    for student, judgement in judged.items():
        origin = origins.get((student, lab.name))
        if origin is None or origin.system != "canvas":
            source = origins.get((sharing.source(student), lab.name))
            if source is None or source.system != "canvas":
                findings.append(f"`{student}` was not collected from Canvas: no file to answer to")
            continue  # Canvas tells a group's members by itself
        found = submissions.fetch(options.submitted, student, lab)
        view = judgement.for_student(lab.feedback)
        book = graded_notebooks.commented(lab, replace(found, student=student), view)
        contents[hand_backs.for_canvas(origin)] = json.dumps(book, ensure_ascii=False).encode()
    files.write(target, hand_backs.zipped(contents))
    return HandedBack(target, len(contents), tuple(findings))
