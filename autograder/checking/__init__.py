"""What a lab's hidden checks import, and all that they may: marks, inputs, comparisons.

See CONTRIBUTING.md, "Hidden checks".
"""

from autograder.checking import battery
from autograder.checking.at_points import Points, at_points
from autograder.checking.compare import Mismatch, assert_gradcheck, assert_matches
from autograder.checking.contract import (
    ALL_FLOATS,
    FLOATS,
    Argument,
    Contract,
    Options,
    Refusal,
    Shape,
)
from autograder.checking.draw import Draw
from autograder.checking.evidence import differences
from autograder.checking.excuses import own_equivalent, own_rules, own_single_passes
from autograder.checking.marks import allows, bonus, gate, points
from autograder.checking.own_rule import assert_own_rule
from autograder.checking.program import Program, Reading, Step
from autograder.checking.programs import program, swapped, tangled
from autograder.checking.remarks import advise, curve
from autograder.checking.scalars import (
    Trial,
    assert_gradients,
    assert_values,
    close,
    finite,
    lay,
    see,
    trial,
)
from autograder.checking.steps import Steps
from autograder.checking.student import Handle, Student, assert_from_scratch
from autograder.model import Curve, ErrorKind
from autograder.supervisor.process import StudentError

__all__ = [
    "ALL_FLOATS",
    "FLOATS",
    "Argument",
    "Contract",
    "Curve",
    "Draw",
    "ErrorKind",
    "Handle",
    "Mismatch",
    "Options",
    "Points",
    "Program",
    "Reading",
    "Refusal",
    "Shape",
    "Step",
    "Steps",
    "Student",
    "StudentError",
    "Trial",
    "advise",
    "allows",
    "assert_from_scratch",
    "assert_gradcheck",
    "assert_gradients",
    "assert_matches",
    "assert_own_rule",
    "assert_values",
    "at_points",
    "battery",
    "bonus",
    "close",
    "curve",
    "differences",
    "finite",
    "gate",
    "lay",
    "own_equivalent",
    "own_rules",
    "own_single_passes",
    "points",
    "program",
    "see",
    "swapped",
    "tangled",
    "trial",
]
