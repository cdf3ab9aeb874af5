"""What can go wrong, as exceptions.

AutograderError
├── UsageError              wrong command line, course folder or lab files: the person at the
keyboard can mend it ├── BadSubmission           a hand-in that cannot be read, with a reason that
its student understands ├── GraderFault             a fault of ours; the submission is reported as
not graded │   └── SandboxUnavailable  the machine cannot confine student code, or the zygote cannot
start a process └── StudentStopped          the student's process is gone or no longer to be
trusted; carries the verdict
"""

from autograder.model import Verdict


class AutograderError(Exception):
    """Base of every error that this package raises on purpose."""


class UsageError(AutograderError):
    """The command line, the course folder or a lab's own files are wrong; the message says how to
    mend it.
    """


class BadSubmission(AutograderError):
    """A submission that cannot be read; the message is shown to its student."""


class GraderFault(AutograderError):
    """A fault of ours: never a student's zero."""


class SandboxUnavailable(GraderFault):
    """Student code cannot be confined here, or no process for it can be started."""


class StudentStopped(AutograderError):
    """The student's process ended, overran a limit or broke the protocol; it answers no further
    call.
    """

    def __init__(self, verdict: Verdict, message: str) -> None:
        super().__init__(message)
        self.verdict = verdict
        self.message = message


class WireError(ValueError):
    """A frame or a value that breaks the rules of the protocol with a student's process."""
