"""Each script of benchmarks/ says what it does, and runs at a tiny size."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # small classes, with all their graders

ROOT = Path(__file__).parent.parent
# How each is run in little, and a line that it then says.
TINY = {
    "ablation": (["--only", "read_decoy"], r"^\| 4 \| read decoy \|"),
    "core_mutants": (["--most", "1", "--only", "record"], r"^record: 1 mutants"),
    "mutants": (["--most", "2"], r"^lab03_custom_relu: 2 mutants"),
    "sandbox": (["--count", "2"], r"^request to ready .*\n.*\n.*\bus$"),
    "soak": (["--submissions", "8", "--kinds", "2"], r"^left behind: nothing$"),
    "throughput": (["--students", "2", "--nbgrader", "1", "--pairs", "1"], r"^ratio, whole runs"),
    "verdicts": (["judge", "/dev/null", "example", "--seeds", "1", "--only", "ada"], r""),
}


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
    assert sorted(path.stem for path in (ROOT / "benchmarks").glob("*.py")) == sorted(TINY)


@pytest.mark.parametrize("script", TINY)
def test_it_says_what_it_does(script: str) -> None:
    """`--help` begins with the usage that the script's docstring gives."""
    assert re.match(rf"usage: {script}\.py ", run(script, "--help"))


@pytest.mark.parametrize("script", TINY)
def test_it_runs(script: str) -> None:
    arguments, line = TINY[script]
    assert re.search(line, run(script, *arguments), re.MULTILINE)
