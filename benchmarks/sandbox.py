"""Print what the sandbox costs over a bare fork, and what one call across the boundary costs.

    python benchmarks/sandbox.py [--count 60]

Two zygotes run side by side, one with every layer and one with none, and take turns, so that both
meet the same machine.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import torch

from autograder.checking.student import Student
from autograder.judge import pool
from autograder.model import Limits
from autograder.supervisor.process import StudentProcess
from autograder.supervisor.zygote import LAYERS, ZygoteHandle

NOTEBOOK = """
import torch
class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return 2 * x
    @staticmethod
    def backward(ctx, g): return 2 * g
def twice(x): return Twice.apply(x)
"""


def start_and_end(zygote: ZygoteHandle) -> tuple[float, float]:
    """Milliseconds from the request to a process that is ready, and from there to its end."""
    began = time.perf_counter()
    process = StudentProcess(zygote.controls[0], Limits())
    ready = time.perf_counter()
    process.end()
    return (ready - began) * 1e3, (time.perf_counter() - ready) * 1e3


def per_call(function: Callable[[], object], count: int) -> float:
    """Median microseconds of a call."""
    times = []
    for _ in range(count):
        began = time.perf_counter()
        function()
        times.append((time.perf_counter() - began) * 1e6)
    return statistics.median(times)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=60)
    count = parser.parse_args().count
    with ZygoteHandle(1) as full, ZygoteHandle(1, LAYERS) as bare:
        pool.warm_up()
        levels = full.wait().level, bare.wait().level
        for zygote in (full, bare):
            start_and_end(zygote)
        pairs = [(start_and_end(full), start_and_end(bare)) for _ in range(count)]
        starts = [(a[0], b[0]) for a, b in pairs]
        ends = [(a[1], b[1]) for a, b in pairs]
        print(
            f"{'':28}{levels[0]:>10}{levels[1]:>10}{'difference':>14}   (median "
            f"of {count} pairs, ms)"
        )
        for name, rows in (("request to ready", starts), ("end to reaped", ends)):
            difference = statistics.median(a - b for a, b in rows)
            print(
                f"{name:28}{statistics.median(a for a, _ in rows):10.2f}"
                f"{statistics.median(b for _, b in rows):10.2f}{difference:14.2f}"
            )
        with StudentProcess(full.controls[0], Limits()) as process:
            process.request("cell", NOTEBOOK)
            calls(Student(process))


def calls(student: Student) -> None:
    """What calls cost, by kind."""
    x = torch.randn(10, requires_grad=True)
    large = torch.randn(1 << 20)
    double = torch.randn(3, 4, dtype=torch.double, requires_grad=True)
    print(f"{'forward':28}{per_call(lambda: student.twice(x.detach()), 200):10.0f} us")
    print(
        f"{'forward and backward':28}"
        f"{per_call(lambda: student.twice(x).sum().backward(), 200):10.0f} us"
    )
    print(f"{'4 MB there and back':28}{per_call(lambda: student.twice(large), 20):10.0f} us")
    print(
        f"{'gradcheck of 12 numbers':28}"
        f"{per_call(lambda: torch.autograd.gradcheck(student.twice, (double,)), 10):10.0f} us"
    )


if __name__ == "__main__":
    main()
