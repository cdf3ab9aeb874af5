"""A process is billed for its own time, and its limits are seen from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from autograder.judge.grader import Grader
from autograder.messages import Call
from autograder.model import Limits
from autograder.supervisor import procfs
from autograder.supervisor.process import LAP_SECONDS, SCRATCH, StudentProcess
from autograder.supervisor.procfs import Clock

SPIN = "import time\nprint('ready', flush=True)\ninput()\nwhile time.process_time() < {}: pass"
FOREVER = "print('ready', flush=True)\ninput()\nwhile True: pass"


@contextmanager
def running(program: str, *, go: bool = True) -> Iterator[subprocess.Popen[str]]:
    """A process that has said that it is ready, and was told to go on."""
    with subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            if go:
                tell(process)
            yield process
        finally:
            process.kill()


def tell(process: subprocess.Popen[str]) -> None:
    """Let it go on."""
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def processor_time(pid: int) -> float:
    """Seconds that a process has used, as the kernel counts them."""
    with open(f"/proc/{pid}/schedstat", encoding="ascii") as file:
        return int(file.read().split()[0]) * 1e-9


def watch(clock: Clock, until: Callable[[], bool]) -> float:
    """Bill laps as the grader does; the seconds that went by."""
    began = time.monotonic()
    clock.start()
    while not until():
        time.sleep(LAP_SECONDS)
        clock.lap()
    return time.monotonic() - began


@pytest.mark.skipif(not os.path.exists("/proc/self/schedstat"), reason="the kernel does not count")
def test_a_process_among_busy_ones_is_billed_about_its_own_time() -> None:
    """Three others want the same processor: of their turns hardly any is billed."""
    with ExitStack() as stack:
        rivals = [stack.enter_context(running(FOREVER, go=False)) for _ in range(3)]
        one = stack.enter_context(running(SPIN.format(60), go=False))
        processor = min(os.sched_getaffinity(0))
        for process in (*rivals, one):
            os.sched_setaffinity(process.pid, {processor})
        for process in rivals:
            tell(process)
        before = processor_time(one.pid)
        clock = Clock(one.pid)
        tell(one)
        waited = watch(clock, lambda: processor_time(one.pid) - before >= 0.6)
        used = processor_time(one.pid) - before

    assert waited > 2 * used
    assert 0.9 * used < clock.billed < used + 0.2 * (waited - used)


def test_idling_is_billed() -> None:
    """Who sleeps by its own will uses its limit up, though no processor."""
    with running("print('ready', flush=True)\ninput()\nimport time\ntime.sleep(60)") as process:
        clock = Clock(process.pid)
        began = time.monotonic()
        waited = watch(clock, lambda: time.monotonic() - began > 0.5)
        used = processor_time(process.pid)

    assert used < 0.4
    assert 0.5 * waited < clock.billed <= waited + 0.01


def test_the_time_between_laps_is_the_graders() -> None:
    """What passes before `start` is nobody's."""
    clock = Clock(0)
    time.sleep(0.3)
    clock.start()
    assert clock.lap() < 0.2
    assert clock.billed < 0.2


def test_all_time_is_billed_where_nothing_is_known() -> None:
    """Of a process that /proc does not show, or that has ended."""
    with running("print('ready', flush=True)\ninput()") as process:
        process.wait()
    for pid in (0, process.pid):
        clock = Clock(pid)
        clock.start()
        time.sleep(0.2)
        lap = clock.lap()
        assert lap >= 0.2
        assert clock.billed == lap


def test_laps_add_up() -> None:
    """Each is billed once, and none is less than nothing."""
    with running(SPIN.format(60)) as process:
        clock = Clock(process.pid)
        clock.start()
        laps = [clock.lap() for _ in range(200)]
    assert min(laps) >= 0
    assert clock.billed == pytest.approx(sum(laps))


def test_only_the_thread_that_waited_longest_counts() -> None:
    """Many threads that wait at once are one wait, not many: else a process could make itself
    hours of it.
    """
    program = (
        "import hashlib, threading, time\n"
        "def work():\n    while True: hashlib.sha256(bytes(1 << 22))\n"  # holds no lock of Python's
        "print('ready', flush=True)\ninput()\n"
        "for _ in range(4): threading.Thread(target=work, daemon=True).start()\ntime.sleep(60)"
    )
    with running(program, go=False) as process:
        os.sched_setaffinity(process.pid, {min(os.sched_getaffinity(0))})
        clock = Clock(process.pid)
        tell(process)
        began = time.monotonic()
        waited = watch(clock, lambda: time.monotonic() - began > 1.5)

    assert 0.03 * waited < clock.billed <= waited + 0.01


def test_a_pidfd_tells_the_number() -> None:
    """As long as the process is there."""
    with running("print('ready', flush=True)\ninput()", go=False) as process:
        fd = os.pidfd_open(process.pid)
        try:
            assert procfs.host_pid(fd) == process.pid
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert procfs.host_pid(fd) == 0
        finally:
            os.close(fd)
    with open(os.devnull, "rb") as file:
        assert procfs.host_pid(file.fileno()) == 0
    assert procfs.host_pid(-1) == 0


MEMORY = 64 << 20
HOLD = f"""
import mmap, resource
sizes = dict(line.split(':') for line in open('/proc/self/status') if line.startswith('Vm'))
base = int(sizes['VmSize'].split()[0]) << 10
limit = base + 2 * {MEMORY}
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
held = mmap.mmap(-1, {{}})
{{}}
print('ready', flush=True)
input()
"""


@pytest.mark.parametrize(
    ("size", "after", "full"),
    [
        (MEMORY // 2, "", False),
        (MEMORY * 19 // 20, "", True),
        (MEMORY * 19 // 20, "held.close()", True),
    ],
    ids=["half", "nearly all", "once nearly all"],
)
def test_full_memory_is_seen(size: int, after: str, full: bool) -> None:
    """Over what it began with, which the limit of its address space tells."""
    with running(HOLD.format(size, after), go=False) as process:
        assert procfs.memory_is_full(process.pid, MEMORY) == full


def test_a_process_without_a_limit_or_gone_has_no_full_memory() -> None:
    """Nothing is said that cannot be known."""
    with running("print('ready', flush=True)\ninput()", go=False) as process:
        assert not procfs.memory_is_full(process.pid, 1)
        process.kill()
        process.wait()
        assert not procfs.memory_is_full(process.pid, 1)
    assert not procfs.memory_is_full(0, 1)


def test_full_scratch_is_seen(grader: Grader) -> None:
    """Where it is a file system of a fixed size: by bytes, and free again once it is emptied."""
    if "namespaces" not in grader.sandbox().layers:
        pytest.skip("no namespaces here: the zygote counts what is written")
    with StudentProcess(grader.zygote.controls[0], Limits(scratch=4 << 20)) as process:
        pid = process._host_pid
        assert not procfs.scratch_is_full(pid, SCRATCH)
        process.request(Call.CELL, "open('a', 'wb').write(bytes(1 << 20))")
        assert not procfs.scratch_is_full(pid, SCRATCH)
        fill = "for n in range(8): open(f'{n}', 'wb').write(bytes(1 << 20))"
        process.request(Call.CELL, fill)
        assert procfs.scratch_is_full(pid, SCRATCH)
        process.request(Call.CELL, "import os\nfor name in os.listdir(): os.remove(name)")
        assert not procfs.scratch_is_full(pid, SCRATCH)
    assert not procfs.scratch_is_full(pid, SCRATCH)
