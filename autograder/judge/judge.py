"""One submission's way through the house: read, fork, run, check, score."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from autograder.course.program import Program, merge
from autograder.course.reading import parse
from autograder.errors import BadSubmission, GraderFault, SandboxUnavailable, StudentStopped
from autograder.judge import diagnosis, lacks
from autograder.judge.diagnosis import Catalogue
from autograder.judge.lacks import Lacking
from autograder.judge.session import CheckSession, OnCheck
from autograder.judge.task import Task
from autograder.messages import Call
from autograder.model import (
    Audience,
    CellOutput,
    CheckResult,
    Judgement,
    Level,
    Note,
    Role,
    Status,
    Verdict,
)
from autograder.supervisor import selftest
from autograder.supervisor.asking import ZygoteGone
from autograder.supervisor.process import StudentProcess
from autograder.supervisor.raised import StudentError
from autograder.supervisor.zygote import ZygoteHandle

MAX_RESTARTS = 3


class Judge:
    """Judges submissions of one lab.

    Args:
        session: the lab's collected checks.
        zygote: started and confirmed.
        control: which of the zygote's sockets is this judge's.
        level: of the zygote's sandbox.
        catalogue: known mistakes, to name those that a submission looks like; None to leave
            submissions undiagnosed.
    """

    def __init__(
        self,
        session: CheckSession,
        zygote: ZygoteHandle,
        control: int,
        level: Level,
        catalogue: Catalogue | None = None,
    ) -> None:
        self._session, self._level, self._catalogue = session, level, catalogue
        self._zygote = zygote
        self._control = zygote.controls[control]
        self._own: ZygoteHandle | None = None

    def judge(self, task: Task, on_check: OnCheck | None = None) -> Judgement:
        """Everything that is said of one submission.

        A fault of ours becomes `not_graded`, what cannot be read or asks for what the grader lacks
        `needs_eye`; nothing is raised for it.

        Args:
            task: the submission and its seed.
            on_check: called after each check with the results so far, before any gate's
                consequences, and the checks to come.
        """
        began = time.monotonic()
        lab, found = self._session.lab, task.submission
        blank = Judgement(
            student=found.student,
            lab=lab.name,
            status=Status.GRADED,
            max_score=lab.max_score,
            seed=task.seed,
            level=self._level,
        )
        try:
            if found.reason is not None:
                raise BadSubmission(found.reason)
            program = merge(lab, parse(found.raw))
            judged = self._judge_fairly(program, blank, on_check)
            if judged.status == Status.GRADED:
                judged = self._diagnosed(program, judged)
            notes = tuple(Note(text) for text in (*found.notes, *program.notes))
            judged = replace(judged, notes=(*notes, *judged.notes))
        except BadSubmission as error:
            notes = tuple(Note(text) for text in found.notes)
            judged = replace(blank, status=Status.NEEDS_EYE, reason=str(error), notes=notes)
        except SandboxUnavailable as error:
            judged = self._not_graded(blank, Verdict.SANDBOX_UNAVAILABLE, str(error))
        except GraderFault as error:
            judged = self._not_graded(blank, Verdict.GRADER_ERROR, str(error))
        except Exception as error:  # noqa: BLE001 - whatever one submission does to us, others are graded
            why = f"{type(error).__name__}: {error}"[:500]
            judged = self._not_graded(blank, Verdict.GRADER_ERROR, why)
        return replace(judged, seconds=round(time.monotonic() - began, 6))

    def close(self) -> None:
        """End the zygote that this judge had to start for itself, if any."""
        if self._own is not None:
            self._own.stop()

    def _not_graded(self, blank: Judgement, verdict: Verdict, why: str) -> Judgement:
        checks = tuple(self._session.refused(verdict, why))
        return replace(blank, status=Status.NOT_GRADED, reason=why, checks=checks)

    def _judge_fairly(
        self, program: Program, blank: Judgement, on_check: OnCheck | None
    ) -> Judgement:
        """Judge, and once more where the machine may be to blame for how the process ended."""
        judged, doubtful = self._judge_restarting(program, blank, on_check)
        if doubtful:
            judged, _ = self._judge_restarting(program, blank, on_check)
        return judged

    def _diagnosed(self, program: Program, judged: Judgement) -> Judgement:
        """The judgement with the mistakes that it looks like, or with evidence where none fits."""
        if self._catalogue is None:
            return judged
        judged = replace(judged, diagnosed=True)
        known = self._catalogue.entries
        if not judged.lost_points or judged.status != Status.GRADED or not known:
            return judged
        blank = replace(judged, checks=(), advice=(), notes=(), seed=diagnosis.SEED)
        again, _ = self._judge_restarting(program, blank)
        found = diagnosis.diagnose(
            diagnosis.outcomes(again.checks),
            self._catalogue,
            diagnosis.unwritten(again.checks),
        )
        notes = judged.notes
        if found.alternatives:
            others = ", ".join(found.alternatives)
            text = f"the checks cannot tell `{found.mistakes[0].name}` from {others}"
            notes = (*notes, Note(text, Audience.INSTRUCTOR))
        evidence = () if found.mistakes else again.evidence
        advice = (*evidence, *judged.advice)
        return replace(judged, mistakes=found.mistakes, advice=advice, notes=notes)

    def _judge_restarting(
        self, program: Program, blank: Judgement, on_check: OnCheck | None = None
    ) -> tuple[Judgement, bool]:
        """Judge, with a new zygote where the old one has died; also whether the end is doubtful."""
        for _ in range(MAX_RESTARTS):
            try:
                return self._judge_once(program, blank, on_check)
            except ZygoteGone:
                self._restart()
        raise SandboxUnavailable(f"the zygote died {MAX_RESTARTS} times over this submission")

    def _restart(self) -> None:
        """A zygote of this judge's own, in the place of the one that died."""
        self.close()
        self._zygote = self._own = self._zygote.another()
        self._zygote.start()
        self._level = selftest.confirm(self._zygote).level
        self._control = self._zygote.controls[0]

    def _judge_once(
        self, program: Program, blank: Judgement, on_check: OnCheck | None
    ) -> tuple[Judgement, bool]:
        limits = self._session.lab.limits
        with StudentProcess(self._control, limits) as process:
            lacking = Lacking(program.withheld)
            try:
                cells = run_cells(
                    process, program, limits.cell_seconds, limits.output_kept, lacking
                )
            except StudentStopped as error:
                refused = self._session.refused(error.verdict, error.message)
                return replace(blank, checks=tuple(refused)).scored(), process.doubtful
            broken = next((cell.told for cell in cells if cell.error), "")
            case = self._session.judge(process, blank.seed, broken, on_check)
            curves = self._session.curves(process)
            evidence = self._session.evidence(process) if blank.seed == diagnosis.SEED else ()
            checks = self._at_the_end(process, case.results)
        judged = replace(
            blank,
            checks=tuple(checks),
            advice=tuple(case.advice),
            cells=tuple(cells),
            curves=curves,
            evidence=evidence,
            notes=tuple(Note(text) for text in lacking.notes()),
        )
        return lacks.judged(judged.scored(), lacking), process.doubtful

    def _at_the_end(
        self, process: StudentProcess, results: Sequence[CheckResult]
    ) -> Sequence[CheckResult]:
        """The results, unless the process sent something that nobody asked for."""
        try:
            process.check_quiet()
        except StudentStopped as error:
            if error.verdict == Verdict.PROTOCOL:
                return self._session.refused(error.verdict, error.message)
        return results


def run_cells(
    process: StudentProcess,
    program: Program,
    seconds: float,
    most: int = 1 << 20,
    lacking: Lacking | None = None,
) -> list[CellOutput]:
    """Run the notebook. An error in a cell is noted and the next cell runs, as nbgrader does.

    Args:
        process: the student's.
        program: the cells.
        seconds: for each cell.
        most: characters of output to keep, over all answer cells.
        lacking: gets what the cells asked for in vain.

    Raises:
        StudentStopped: the process ended or overran a limit; the message names the cell.
    """
    outputs = []
    for cell in program.cells:
        try:
            said = process.request(Call.CELL, cell.source, seconds=seconds)
        except StudentStopped as error:
            message = f"in the cell `{cell.key}`: {error.message}"
            raise StudentStopped(error.verdict, message) from None
        except StudentError as error:  # the cell broke what runs cells, such as its own output
            about = {"type_name": error.type_name, "text": error.text, "line": error.line}
            said = {"text": "", "error": about}
        if type(said) is not dict or type(said.get("text")) is not str:
            process.broke("a cell's answer of the wrong form")
        if lacking is not None:
            lacking.heard(cell, said)
        if cell.role == Role.ANSWER:
            text = said["text"][:most]
            most -= len(text)
            outputs.append(CellOutput(cell.key, cell.source, text, *_raised(said.get("error"))))
    return outputs


def _raised(said: Any) -> tuple[str, int]:
    """The error that ended a cell, and its line. The process may have sent anything instead."""
    if type(said) is not dict:
        return "", 0
    line = said.get("line")
    line = line if type(line) is int and 0 < line < 1 << 31 else 0
    return f"{said.get('type_name')!s:.100}: {said.get('text')!s:.500}", line
