"""The sandbox's plan: what is readable, which level that makes."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.errors import SandboxUnavailable, StudentStopped
from autograder.messages import Call
from autograder.model import Limits, Verdict
from autograder.sandbox import probes, seccomp
from autograder.sandbox.layers import Layers
from autograder.sandbox.syscall_table import NUMBERS
from autograder.supervisor.process import StudentProcess
from autograder.supervisor.zygote import ZygoteHandle


@pytest.mark.parametrize(
    ("on", "level"),
    [
        ({"namespaces", "landlock", "seccomp", "limits", "capabilities", "uid"}, "full"),
        ({"landlock", "seccomp", "limits", "capabilities"}, "strong"),
        ({"namespaces", "seccomp", "limits", "capabilities"}, "strong-ns"),
        ({"seccomp", "limits", "capabilities"}, "none"),
        ({"namespaces", "landlock", "limits", "capabilities"}, "none"),
        ({"namespaces", "landlock", "seccomp", "capabilities"}, "none"),
        (set(), "none"),
    ],
)
def test_levels(on: set[str], level: str) -> None:
    """Without seccomp, or without both namespaces and Landlock, nothing counts as a sandbox."""
    assert level == Layers(on).level


def test_the_kernel_ends_student_code_before_the_grader(zygote: ZygoteHandle) -> None:
    """Where the machine's memory runs out."""
    assert Path(f"/proc/{zygote.pid}/oom_score_adj").read_text().strip() == "1000"
    assert Path("/proc/self/oom_score_adj").read_text().strip() != "1000"


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", 0),
        ("/usr/include/asm-generic/unistd.h", 1),
    ],
    ids=["x86_64", "aarch64"],
)
def test_system_calls_have_the_kernels_numbers(header: str, column: int) -> None:
    """Every number that the kernel's own headers know is the one in our table."""
    path = Path(header)
    if not path.is_file():
        pytest.skip(f"no {header}: install linux-libc-dev")
    said = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)\s*$", path.read_text(), re.MULTILINE)
    theirs = {name: int(number) for name, number in said if name != "syscalls"}
    newest = max(theirs.values())
    ours = {name: numbers[column] for name, numbers in NUMBERS.items()}

    wrong = {name: (n, theirs.get(name, -1)) for name, n in ours.items() if n <= newest}
    assert {name: both for name, both in wrong.items() if both[0] != both[1]} == {}
    # What is newer than these headers has the same number everywhere: see syscall.tbl of Linux.
    assert all(NUMBERS[name][0] == NUMBERS[name][1] for name, n in ours.items() if n > newest)


def test_every_call_of_the_filter_is_in_the_table() -> None:
    """And the table names none twice, nor does the filter."""
    named = [*seccomp._REFUSED, *seccomp._ABSENT, *seccomp._PRETENDED, *seccomp._KILL_SELF]

    assert len(named) == len(set(named))
    assert set(named) <= set(NUMBERS)
    assert list(NUMBERS) == sorted(NUMBERS)
    source = inspect.getsource(probes.keyring)
    assert f'"x86_64": {NUMBERS["keyctl"][0]}, "aarch64": {NUMBERS["keyctl"][1]}' in source


LIMITS = {
    "cpu time": ("3", "4"),
    "file size": (str(5 << 20),) * 2,
    "open files": ("64", "64"),
    "processes": ("64", "64"),
    "core file size": ("0", "0"),
    "locked memory": ("0", "0"),
    "msgqueue size": ("0", "0"),
    "pending signals": ("0", "0"),
}


def test_limits_are_the_kernels(zygote: ZygoteHandle) -> None:
    """Each of them as the kernel says it, so that none can be left out unseen."""
    limits = Limits(cpu_seconds=2.5, scratch=5 << 20, memory=100 << 20)
    with StudentProcess(zygote.controls[0], limits) as process:
        text = Path(f"/proc/{process._host_pid}/limits").read_text()
    said = {line[4:26].strip(): tuple(line[26:].split()[:2]) for line in text.splitlines()[1:]}
    if not {"uid", "count"} & set(zygote.wait().layers):
        said["processes"] = LIMITS["processes"]  # threads are watched instead

    assert {name: said[name] for name in LIMITS} == LIMITS
    for name, most in (("data size", 100 << 20), ("address space", 200 << 20)):
        assert most < int(said[name][0]) == int(said[name][1]) < most + (4 << 30)


def test_the_processor_time_of_a_process_is_bounded_by_the_kernel(zygote: ZygoteHandle) -> None:
    """A loop in one call is ended by its processor time, whatever the machine's load, and not only
    by a deadline.
    """
    limits = Limits(cpu_seconds=1, cell_seconds=40, call_seconds=40, wall_seconds=40)
    process = StudentProcess(zygote.controls[0], limits)
    with process, pytest.raises(StudentStopped) as stopped:
        process.request(Call.CELL, "while True: pass", seconds=40)

    assert stopped.value.verdict == Verdict.CPU_LIMIT
    assert process.usage.cpu < 10


def test_a_zygote_says_again_what_it_said(zygote: ZygoteHandle) -> None:
    """A second wait returns at once."""
    assert zygote.wait() is zygote.wait()


def test_a_zygote_that_was_not_started_is_no_wait() -> None:
    """Nobody waits for what will never come."""
    with pytest.raises(SandboxUnavailable, match="not started"):
        ZygoteHandle(1).wait()


def test_a_long_folder_for_temporary_files_is_no_obstacle(tmp_path: Path) -> None:
    """A socket's path has room for 107 bytes, and the self-test opens one."""
    place = tmp_path / ("deep" * 25)
    place.mkdir()
    command = [sys.executable, "-m", "autograder", "doctor"]
    done = subprocess.run(
        command,
        env=os.environ | {"TMPDIR": str(place)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
