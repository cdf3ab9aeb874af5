"""Each script of benchmarks/ says what it does, and what takes seconds in little is run so."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SCRIPTS = sorted(path.stem for path in (ROOT / "benchmarks").glob("*.py"))
# How each is run in little, and a line that it then says.
TINY = {
    "sandbox": (["--count", "2"], r"^request to ready .*\n.*\n.*\bus$"),
    "scale": (["--submissions", "8", "--gradebook", "4"], r"^four times as many take "),
    "verdicts": (["judge", "/dev/null", "example", "--seeds", "1", "--only", "ada"], r""),
}
# These take minutes however little they are given: a class by nbgrader, a lab's whole catalogue, a
# class several times under load, a killed grader, runs of tests.
NEVER = {"ablation", "core_mutants", "load", "mutants", "soak", "throughput"}


def run(script: str, *arguments: str) -> str:
    """What a script prints; it must end well."""
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / f"{script}.py", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=800,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def test_none_is_forgotten() -> None:
    """A new script is run in little, or says why not."""
    assert set(SCRIPTS) == TINY.keys() | NEVER


@pytest.mark.parametrize("script", SCRIPTS)
def test_it_says_what_it_does(script: str) -> None:
    """Its modules are there, and `--help` gives its usage."""
    assert re.match(rf"usage: {script}\.py ", run(script, "--help"))


@pytest.mark.parametrize("script", TINY)
def test_it_runs(script: str) -> None:
    """A few submissions are enough to see that it still fits what it measures."""
    arguments, line = TINY[script]
    assert re.search(line, run(script, *arguments), re.MULTILINE)
