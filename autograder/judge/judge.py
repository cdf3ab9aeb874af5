"""One submission's way through the house: read, fork, run, check, score."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from autograder.course.submissions import Program, Submission, merge, parse
from autograder.errors import BadSubmission, GraderFault, SandboxUnavailable, StudentStopped
from autograder.judge.diagnosis import SEED, Catalogue, diagnose, outcomes
from autograder.judge.session import CheckSession, OnCheck
from autograder.model import FOR_INSTRUCTOR, CellOutput, Judgement, Status, Verdict
from autograder.supervisor.process import StudentError, StudentProcess, ZygoteGone
from autograder.supervisor.selftest import self_test
from autograder.supervisor.zygote import Sandbox, ZygoteHandle

MAX_RESTARTS = 3


class Judge:
    """Judges submissions of one lab.

    Args:
        zygote: its zygote, started.
        control: which of the zygote's sockets is this judge's.
        seed: the run's seed.
        catalogue: known mistakes, to name those that a submission looks like.
        told: called after each check with the results so far, before any of the gates'
            consequences.
    """

    def __init__(
        self,
        zygote: ZygoteHandle,
        control: int,
        seed: int,
        catalogue: Catalogue | None = None,
        told: OnCheck | None = None,
    ) -> None:
        self._keeper, self._seed = zygote, seed
        self._catalogue = catalogue or Catalogue()
        self._socket = zygote.controls[control]
        self._told = told
        self._own: ZygoteHandle | None = None

    def judge(self, bench: CheckSession, found: Submission) -> Judgement:
        """Everything that is said of one submission.

        A fault of ours becomes `not_graded`; nothing is raised for it.
        """
        began = time.monotonic()
        lab = bench.lab
        blank = Judgement(
            student=found.student, lab=lab.name, status=Status.GRADED, max_score=lab.max_score
        )
        try:
            if found.reason is not None:
                raise BadSubmission(found.reason)
            program = merge(lab, parse(found.raw))
            judgement = self._explained(
                bench, program, self._judge_again(bench, program, blank, self._seed)
            )
            judgement = replace(judgement, notes=(*found.notes, *program.notes, *judgement.notes))
        except BadSubmission as error:
            judgement = replace(blank, status=Status.BAD_SUBMISSION, reason=str(error))
        except SandboxUnavailable as error:
            judgement = self._not_graded(bench, blank, Verdict.SANDBOX_UNAVAILABLE, error)
        except GraderFault as error:
            judgement = self._not_graded(bench, blank, Verdict.GRADER_ERROR, error)
        except Exception as error:  # whatever one submission does to us, the others are graded
            judgement = self._not_graded(
                bench,
                blank,
                Verdict.GRADER_ERROR,
                GraderFault(f"{type(error).__name__}: {error}"[:500]),
            )
        return replace(judgement, seconds=round(time.monotonic() - began, 6))

    def close(self) -> None:
        """End the zygote that this judge had to start for itself, if any."""
        if self._own is not None:
            self._own.stop()

    def _not_graded(
        self, bench: CheckSession, blank: Judgement, verdict: Verdict, error: Exception
    ) -> Judgement:
        checks = tuple(bench.refused(verdict, str(error)))
        return replace(blank, status=Status.NOT_GRADED, reason=str(error), checks=checks)

    def _explained(self, bench: CheckSession, program: Program, judged: Judgement) -> Judgement:
        """The judgement with the mistakes that it looks like, or with evidence where none fits."""
        lost = (
            any(check.points < check.max_points for check in judged.checks)
            and judged.status == Status.GRADED
        )
        if not lost or not self._catalogue.entries:
            return judged
        again = self._judge_again(bench, program, replace(judged, advice=()), SEED)
        found = diagnose(outcomes(again.checks), self._catalogue)
        notes = judged.notes
        if found.alternatives:
            notes = (
                *notes,
                f"{FOR_INSTRUCTOR}the checks cannot tell "
                f"`{found.mistakes[0].name}` from {', '.join(found.alternatives)}",
            )
        evidence = () if found.mistakes else again.evidence
        return replace(
            judged, mistakes=found.mistakes, advice=(*evidence, *judged.advice), notes=notes
        )

    def _judge_again(
        self, bench: CheckSession, program: Program, blank: Judgement, seed: int
    ) -> Judgement:
        """Judge, with a new zygote where the old one has died."""
        for _ in range(MAX_RESTARTS):
            try:
                return self._judge_once(bench, program, blank, seed)
            except ZygoteGone:
                self._restart()
        raise SandboxUnavailable(f"the zygote died {MAX_RESTARTS} times over this submission")

    def _restart(self) -> None:
        """A zygote of this judge's own, in the place of the one that died."""
        self.close()
        self._keeper = self._own = self._keeper.another()
        self._keeper.start()
        self._socket = self._keeper.controls[0]
        self_test(self._socket, self._keeper.wait())

    def _judge_once(
        self, bench: CheckSession, program: Program, blank: Judgement, seed: int
    ) -> Judgement:
        with StudentProcess(self._socket, bench.lab.limits) as process:
            try:
                cells = run_cells(
                    process, program, bench.lab.limits.cell_seconds, bench.lab.limits.output_kept
                )
            except StudentStopped as error:
                return replace(
                    blank, checks=tuple(bench.refused(error.verdict, error.message))
                ).scored()
            broken = next((cell.error for cell in cells if cell.error), "")
            case = bench.judge(process, seed, broken, self._told if seed == self._seed else None)
            curves = bench.curves(process)
            evidence = bench.evidence(process) if seed == SEED else ()
            checks = case.results
            try:
                process.check_quiet()
            except StudentStopped as error:
                if error.verdict == Verdict.PROTOCOL:
                    checks = bench.refused(error.verdict, error.message)
        judged = replace(
            blank,
            checks=tuple(checks),
            advice=tuple(case.advice),
            cells=tuple(cells),
            curves=curves,
            evidence=evidence,
        )
        return judged.scored()


def run_cells(
    process: StudentProcess, program: Program, seconds: float, most: int = 1 << 20
) -> list[CellOutput]:
    """Run the notebook. An error in a cell is noted and the next cell runs, as nbgrader does.

    Raises:
        StudentStopped: the process ended or overran a limit; the message names the cell.
    """
    outputs = []
    for cell in program.cells:
        try:
            said = process.request("cell", cell.source, seconds=seconds)
        except StudentStopped as error:
            raise StudentStopped(
                error.verdict, f"in the cell `{cell.key}`: {error.message}"
            ) from None
        except StudentError as error:  # the cell broke what runs cells, such as its own output
            said = {
                "text": "",
                "error": {"type": error.type_name, "message": error.text, "line": error.line},
            }
        if type(said) is not dict or type(said.get("text")) is not str:
            process.broke("a cell's answer of the wrong form")
        raised = said.get("error")
        what = _one_line(raised) if type(raised) is dict else ""
        if cell.role == "answer":
            text = said["text"][:most]
            most -= len(text)
            outputs.append(CellOutput(cell.key, cell.source, text, what))
    return outputs


def _one_line(raised: dict[str, Any]) -> str:
    line = raised.get("line")
    return f"{raised.get('type')!s:.100}: {raised.get('message')!s:.500}" + (
        f" (line {line} of the cell)" if line else ""
    )


def confirmed(zygote: ZygoteHandle) -> Sandbox:
    """Wait for a zygote and try its sandbox.

    Raises:
        SandboxUnavailable, GraderFault: see `ZygoteHandle.wait` and `self_test`.
    """
    return self_test(zygote.controls[0], zygote.wait())
