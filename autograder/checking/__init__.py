"""What a lab's hidden checks import, and all that they may: marks, inputs, comparisons.

See CONTRIBUTING.md, "Hidden checks".
"""

from autograder.checking import battery
from autograder.checking.compare import Mismatch, assert_gradcheck, assert_matches
from autograder.checking.contract import Argument, Contract, Refusal
from autograder.checking.draw import Draw
from autograder.checking.marks import allows, bonus, gate, points
from autograder.checking.own_rule import assert_own_rule
from autograder.checking.remarks import advise, curve
from autograder.checking.student import Handle, Student, assert_from_scratch
from autograder.model import Curve
from autograder.supervisor.process import StudentError

__all__ = [
    "Argument",
    "Contract",
    "Curve",
    "Draw",
    "Handle",
    "Mismatch",
    "Refusal",
    "Student",
    "StudentError",
    "advise",
    "allows",
    "assert_from_scratch",
    "assert_gradcheck",
    "assert_matches",
    "assert_own_rule",
    "battery",
    "bonus",
    "curve",
    "gate",
    "points",
]
