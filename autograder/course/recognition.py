"""Which lab a notebook is of: by a name, or by what stands in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from autograder.course import matching, reading
from autograder.course.labs import Lab
from autograder.course.submissions import Submission
from autograder.errors import BadSubmission


def by_name(labs: Iterable[Lab], names: Iterable[str]) -> Lab | None:
    """The lab whose name stands in one of the names; of several, the longest."""
    told = " ".join(name.casefold() for name in names)
    found = [lab for lab in labs if lab.name.casefold() in told]
    return max(found, key=lambda lab: len(lab.name), default=None)


def by_content(labs: Sequence[Lab], found: Submission) -> Lab | None:
    """The lab whose cells a notebook has most of; None for one that is of none or unreadable."""
    try:
        cells = reading.parse(found.raw)
    except BadSubmission:
        return None
    shares = {lab.name: matching.of_this_lab(lab, cells) for lab in labs}
    best = max(labs, key=lambda lab: shares[lab.name], default=None)
    return best if best is not None and shares[best.name] >= matching.ENOUGH else None
