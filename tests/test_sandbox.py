"""The sandbox's plan: what is readable, which level that makes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from autograder.errors import SandboxUnavailable, StudentStopped
from autograder.messages import Call
from autograder.model import Limits, Verdict
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
    said = dict(re.findall(r"#define __NR(?:3264)?_(\w+) (\d+)$", path.read_text(), re.MULTILINE))

    ours = {name: numbers[column] for name, numbers in NUMBERS.items() if name in said}

    assert len(ours) > len(NUMBERS) // 2
    assert {name: int(said[name]) for name in ours} == ours


def test_the_processor_time_of_a_process_is_bounded_by_the_kernel(zygote: ZygoteHandle) -> None:
    """A loop in one call is ended by its processor time, whatever the machine's load, and not only
    by a deadline.
    """
    limits = Limits(cpu_seconds=1, cell_seconds=120, call_seconds=120, wall_seconds=120)
    process = StudentProcess(zygote.controls[0], limits)
    with process, pytest.raises(StudentStopped) as stopped:
        process.request(Call.CELL, "while True: pass", seconds=120)

    assert stopped.value.verdict == Verdict.CPU_LIMIT
    assert process.usage.cpu < 10


def test_a_zygote_says_again_what_it_said(zygote: ZygoteHandle) -> None:
    """A second wait returns at once."""
    assert zygote.wait() is zygote.wait()


def test_a_zygote_that_was_not_started_is_no_wait() -> None:
    """Nobody waits for what will never come."""
    with pytest.raises(SandboxUnavailable, match="not started"):
        ZygoteHandle(1).wait()
