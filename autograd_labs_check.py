"""The students' side under the name that a release gives it, for notebooks opened in the course."""

from autograder.students import check, hint, reset, status

__all__ = ["check", "hint", "reset", "status"]
