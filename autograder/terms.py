"""The words with a fixed meaning: closed sets, each of which `model` hands on."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """How a check of a submission ended: a closed set."""

    PASSED = "passed"
    WRONG = "wrong"
    MISSING = "missing"
    STUDENT_ERROR = "student_error"
    CPU_LIMIT = "cpu_limit"
    WALL_LIMIT = "wall_limit"
    MEMORY_LIMIT = "memory_limit"
    OUTPUT_LIMIT = "output_limit"
    CRASHED = "crashed"
    PROTOCOL = "protocol"
    SKIPPED = "skipped"
    SANDBOX_UNAVAILABLE = "sandbox_unavailable"
    GRADER_ERROR = "grader_error"

    @property
    def is_grader_fault(self) -> bool:
        """Whether the fault is the grader's, so that no points may be taken for it."""
        return self in (Verdict.SANDBOX_UNAVAILABLE, Verdict.GRADER_ERROR)


class Status(StrEnum):
    """Whether a submission as a whole got its verdicts, and a score."""

    GRADED = "graded"
    NEEDS_EYE = "needs_eye"  # it cannot be read, or asks for what the grader lacks; no score
    BAD_SUBMISSION = "bad_submission"  # the same in a course that says it counts 0
    NOT_GRADED = "not_graded"  # through a fault of ours; no score

    @property
    def has_score(self) -> bool:
        """Whether there is a score: no gradebook, export or page makes a 0 of none."""
        return self in (Status.GRADED, Status.BAD_SUBMISSION)


class Level(StrEnum):
    """How far student code is confined."""

    FULL = "full"
    STRONG = "strong"  # without namespaces
    STRONG_NS = "strong-ns"  # without Landlock
    NONE = "none"

    def is_below(self, least: Level) -> bool:
        """Whether less is confined than at another level."""
        order = list(Level)
        return order.index(self) > order.index(least)


class Feedback(StrEnum):
    """How much of a judgement its student sees."""

    FULL = "full"  # everything
    HINT = "hint"  # verdicts, messages and hints; no hidden input and no expected value
    VERDICT = "verdict"  # verdicts alone


class Role(StrEnum):
    """What a code cell of a notebook is for."""

    GIVEN = "given"  # handed out and run
    ANSWER = "answer"  # the student's to fill in, and run
    TEST = "test"  # a visible test and a grade cell; not run when grading
    DEMO = "demo"  # for the reader; not run when grading
    STUDENT = "student"  # added by the student, and run


class ErrorKind(StrEnum):
    """What an error of the student's code means for a check."""

    ERROR = "error"
    MISSING = "missing"  # the notebook does not define the name
    UNWRITTEN = "unwritten"  # a stub's NotImplementedError
    MEMORY = "memory"  # more was asked for than is allowed


class Audience(StrEnum):
    """Whom a note is for."""

    STUDENT = "student"
    INSTRUCTOR = "instructor"
