"""The sandbox's plan: what is readable, which level that makes."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from autograder.errors import SandboxUnavailable, StudentStopped
from autograder.messages import Call
from autograder.model import Limits, Verdict
from autograder.sandbox.layers import Layers
from autograder.sandbox.syscall_table import NUMBERS
from autograder.supervisor import trees
from autograder.supervisor.process import StudentProcess
from autograder.supervisor.zygote import ZygoteHandle


def test_a_secret_folder_is_left_out_of_the_tree_around_it(tmp_path: Path) -> None:
    """Everything beside a secret folder stays readable, the folder and what is in it does not."""
    for name in ("site/torch", "site/autograder/checks", "lib"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "site" / "six.py").touch()

    readable = set(trees.without([tmp_path], [tmp_path / "site" / "autograder"]))

    assert {str(tmp_path / name) for name in ("lib", "site/torch", "site/six.py")} == readable
    assert {str(tmp_path)} == set(trees.without([tmp_path], [Path("/elsewhere")]))
    assert set() == set(
        trees.without([tmp_path / "site" / "autograder"], [tmp_path / "site" / "autograder"])
    )


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


def test_only_what_python_needs_is_readable() -> None:
    """No tree of the machine's own is bound whole, and nbgrader's exchange lies in none."""
    found = {Path(path) for path in trees.readable([])}

    assert not found & {Path(path) for path in ("/", "/usr", "/usr/lib", "/usr/share", "/etc")}
    exchange = Path("/usr/local/share/nbgrader/exchange")
    assert not found & {exchange, *exchange.parents}


def test_a_python_in_the_machines_own_prefix_shares_only_its_library(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Debian's Python lies in /usr, among everything else."""
    monkeypatch.setattr(sys, "prefix", "/usr")
    monkeypatch.setattr(sys, "base_prefix", "/usr")
    monkeypatch.setattr(sys, "executable", "/usr/bin/python3")

    found = trees.of_python()

    assert Path("/usr") not in found
    assert all(path.parent != Path("/") for path in found)


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


def hold_and_ask(zygote: ZygoteHandle) -> tuple[str, str]:
    """One submission holds all the threads that it may have; what it and an honest neighbor say."""
    hold = (
        "import threading, time\nheld = 0\ntry:\n    for _ in range(500):\n"
        "        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
        "        held += 1\nexcept RuntimeError as error:\n    print('refused after', held)"
    )
    work = (
        "import threading\n"
        "threads = [threading.Thread(target=print, args=('x',)) for _ in range(8)]\n"
        "for thread in threads: thread.start()\nfor thread in threads: thread.join()\nprint('done')"
    )
    limits = Limits()
    with StudentProcess(zygote.controls[0], limits) as hoarder:
        first = hoarder.request(Call.CELL, hold)["text"]
        with StudentProcess(zygote.controls[1], limits) as neighbor:
            return first, neighbor.request(Call.CELL, work)["text"]


def test_a_neighbor_cannot_hold_an_honest_ones_threads(zygote: ZygoteHandle) -> None:
    """Threads are counted for each submission apart; one alone is refused more than its share."""
    hoarder, neighbor = hold_and_ask(zygote)

    assert "refused after" in hoarder
    assert neighbor.endswith("done\n")
