"""A test that hangs ends with a traceback that names it, and what it started ends with it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
from hostile_class import marked

pytestmark = pytest.mark.slow  # two Pythons with torch, and a grader

TESTS = Path(__file__).parent
PROJECT = TESTS.parent / "pyproject.toml"
HANGS = """
import subprocess
import sys

def test_that_waits_for_ever(process, tmp_path):
    subprocess.run([sys.executable, "-c", "import time; time.sleep(3600)", tmp_path])
"""


def test_every_test_has_a_bound() -> None:
    """With the method that tears down what a test has started: the other kills the worker."""
    options = tomllib.loads(PROJECT.read_text())["tool"]["pytest"]["ini_options"]
    assert options["timeout_method"] == "signal"
    assert 0 < options["timeout"] <= 1800


def test_a_test_that_hangs_is_named_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """As `make test` runs it, with a zygote, a student's process and a program still at work."""
    (tmp_path / "test_hangs.py").write_text(HANGS)
    (tmp_path / "scratch").mkdir()
    command = [sys.executable, "-m", "pytest", "-c", str(PROJECT), "--rootdir", str(tmp_path)]
    command += ["--numprocesses", "1", "--dist", "loadfile", "-p", "conftest"]
    command += ["-p", "no:cacheprovider", "--timeout", "1", "-o", "timeout_func_only=true"]
    paths = [str(TESTS), str(TESTS.parent)]
    done = subprocess.run(
        [*command, f"--basetemp={tmp_path / 'temporary'}", str(tmp_path / "test_hangs.py")],
        env=os.environ
        | {"PYTHONPATH": os.pathsep.join(paths), "TMPDIR": str(tmp_path / "scratch")},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(r"^FAILED .*test_hangs\.py::test_that_waits_for_ever$", done.stdout, re.M)
    assert "Failed: Timeout (>1.0s)" in done.stdout
    assert ">       subprocess.run([sys.executable" in done.stdout  # where it hung
    deadline = time.monotonic() + 30
    while marked(str(tmp_path)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not marked(str(tmp_path))
