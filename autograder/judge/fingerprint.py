"""A digest of everything that decides a verdict besides the submission and its seed."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

import autograder
from autograder.course.labs import Lab
from autograder.course.submissions import Submission
from autograder.layout import PACKAGE

# What the judge and a student's process are made of; what only reads, records or shows is left out.
DECIDING = (
    "checking",
    "judge",
    "sandbox",
    "supervisor",
    "course/answers.py",
    "course/hand_ins.py",
    "course/labs.py",
    "course/matching.py",
    "course/program.py",
    "course/reading.py",
    "course/script.py",
    "course/stream.py",
    "course/submissions.py",
    "course/template.py",
    "errors.py",
    "messages.py",
    "model.py",
    "msgpack_claims.py",
    "tensor_bytes.py",
    "terms.py",
    "wire.py",
)
LIBRARIES = ("torch", "numpy", "ipython", "pytest")


def of(lab: Lab) -> str:
    """The digest for a lab: the grader, its libraries, the lab's notebook, checks and mistakes.

    Raises:
        UsageError: the lab has no hidden checks.
    """
    lab.require_checks()
    digest = hashlib.sha256(_of_grader().encode())
    _add(digest, [lab.notebook, lab.checks, *lab.mistakes()])
    return digest.hexdigest()


def verdict(conditions: str, found: Submission) -> str:
    """A digest of everything that decides a submission's verdict.

    Args:
        conditions: the digest for its lab, and whatever else its run decides.
        found: the submission.
    """
    about = f"{conditions}/{found.student}/{found.reason}/{found.notes}/"
    digest = hashlib.sha256(about.encode("utf-8", "surrogatepass"))
    digest.update(found.raw)
    return digest.hexdigest()


def modules() -> list[Path]:
    """The grader's files that decide a verdict, the labs' own checks left out."""
    found: list[Path] = []
    for name in DECIDING:
        path = PACKAGE / name
        found += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return found


def _of_grader() -> str:
    digest = hashlib.sha256(f"{autograder.__version__}/{sys.version_info[:3]}".encode())
    for library in LIBRARIES:
        digest.update(f"/{library}=={metadata.version(library)}".encode())
    _add(digest, modules())
    return digest.hexdigest()


def _add(digest: hashlib._Hash, paths: Iterable[Path]) -> None:
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
