"""What a lab's hidden checks import, and all that they may: marks, inputs, comparisons.

See CONTRIBUTING.md, "Hidden checks".
"""

from autograder.checking.compare import Mismatch, assert_gradcheck, assert_matches
from autograder.checking.draw import Draw
from autograder.checking.marks import bonus, gate, points
from autograder.checking.remarks import advise, curve
from autograder.checking.student import Handle, Student
from autograder.model import Curve
from autograder.supervisor.process import StudentError

__all__ = [
    "Curve",
    "Draw",
    "Handle",
    "Mismatch",
    "Student",
    "StudentError",
    "advise",
    "assert_gradcheck",
    "assert_matches",
    "bonus",
    "curve",
    "gate",
    "points",
]
