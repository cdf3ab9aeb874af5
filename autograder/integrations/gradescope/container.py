"""The program that grades inside Gradescope's container.

The container gives the grader 768 MB, so a submission gets less memory here than elsewhere.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from autograder import files
from autograder.course import labs as course
from autograder.course import submissions
from autograder.course.labs import Lab
from autograder.course.submissions import Submission
from autograder.errors import AutograderError, SandboxUnavailable
from autograder.integrations.gradescope.bundle import SETTINGS, Settings
from autograder.integrations.gradescope.results import results, so_far, unfinished
from autograder.judge.grader import Grader
from autograder.model import Status

MEMORY = 192 << 20  # the grader itself takes about 500 MB of the 768
NEEDS_EYE = 4
ROOT = "AUTOGRADER_ROOT"  # where Gradescope's folders lie, if not in /autograder


def warm(place: Path) -> None:
    """Run the lab's catalogued mistakes once, so that no student waits for them."""
    settings = _settings(place)
    with Grader(place / "source", jobs=1, trusted=settings.trusted) as grader:
        grader.catalogue(_lab(place, settings))


def _settings(place: Path) -> Settings:
    return msgspec.json.decode((place / "source" / SETTINGS).read_bytes(), type=Settings)


def _lab(place: Path, settings: Settings) -> Lab:
    lab = course.load(place / "source", settings.lab)
    return replace(lab, limits=replace(lab.limits, memory=min(MEMORY, lab.limits.memory)))


def main(place: Path) -> int:
    """Grade the submission in Gradescope's folders.

    Returns the exit status: 1 where it was not graded through our fault, 4 where it needs an
    instructor's eye.
    """
    target = place / "results" / "results.json"

    def write(content: dict[str, Any]) -> None:
        files.write(target, json.dumps(content, indent=1), mode=0o644)

    try:
        settings = _settings(place)
        lab = _lab(place, settings)
        write(unfinished(lab))
        began = time.monotonic()
        found = submission(place / "submission", lab)
        with Grader(place / "source", jobs=1, trusted=settings.trusted) as grader:
            (judgement,) = grader.judge(
                lab, [found], on_check=lambda progress: write(so_far(lab, progress))
            )
        judgement = judgement.settled(counts_zero=settings.counts_zero)
        if judgement.status == Status.NOT_GRADED:
            raise SandboxUnavailable(judgement.reason or "no reason given")
        if not judgement.status.has_score:
            # Gradescope has no result without a score. Where there is no result, it says that the
            # autograder failed, and whoever teaches sees what is printed.
            target.unlink(missing_ok=True)
            print(f"NEEDS YOUR EYE, no score was given: {judgement.reason}", file=sys.stderr)
            return NEEDS_EYE
        write(results(lab, judgement, time.monotonic() - began))
    except (AutograderError, OSError, ValueError) as error:
        # Gradescope then says that the autograder failed, which no student reads as a zero.
        target.unlink(missing_ok=True)
        why = f"{type(error).__name__}: {error}"
        print(f"NOT GRADED through a fault of the grader: {why}", file=sys.stderr)
        return 1
    print(f"{lab.name}: {judgement.status}, seed {judgement.seed}, sandbox {judgement.level}")
    return 0


def submission(folder: Path, lab: Lab) -> Submission:
    """The notebook that was uploaded, or why there is none."""
    return submissions.fetch_folder("submission", folder, lab)


if __name__ == "__main__":
    here = Path(os.environ.get(ROOT, "/autograder"))
    if sys.argv[1:] == ["warm"]:
        warm(here)
    else:
        sys.exit(main(here))
