"""What students get. Imports nothing of ours; its dotted name is for good."""

from autograder.students.selfcheck import check

__all__ = ["check"]
