"""The frame: the README, the Makefile and the course page agree."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.course import labs, starters

ROOT = Path(__file__).parent.parent


def test_every_make_target_of_the_readme_exists() -> None:
    """README and CONTRIBUTING name no target that the Makefile lacks."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in ("README.md", "CONTRIBUTING.md"):
        named = set(re.findall(r"`make ([a-z]+)", (ROOT / page).read_text())) | set(
            re.findall(r"^make ([a-z]+)", (ROOT / page).read_text(), re.MULTILINE)
        )
        assert named <= targets, page


@pytest.mark.parametrize("verb", ["grade", "check", "verify", "doctor", "build"])
def test_every_verb_has_help(verb: str) -> None:
    """Each verb explains itself."""
    run = subprocess.run(
        [sys.executable, "-m", "autograder", verb, "--help"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 0
    assert "Usage" in run.stdout


def test_the_course_page_is_what_the_labs_say() -> None:
    """labs/index.ipynb is what `make labs` writes."""
    assert starters.index(labs.find(ROOT, ())) == (ROOT / "labs" / "index.ipynb").read_text()


def test_every_lab_is_on_the_course_page() -> None:
    """README lists the labs that are there, no other."""
    listed = set(re.findall(r"^\| `(lab\w+)` \|", (ROOT / "README.md").read_text(), re.MULTILINE))
    assert listed == set(labs.names(ROOT))
