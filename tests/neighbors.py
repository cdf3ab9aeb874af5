"""Two submissions side by side: one holds all the threads that it can get, one works with a few.

As a script it tries them and prints what each said as JSON, so that another user can run it:
`python neighbors.py '{"masked": [...]}'`, or `{"control": true}` for two ordinary processes whose
threads the kernel counts together.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from autograder.errors import StudentStopped
from autograder.messages import Call
from autograder.model import Limits
from autograder.supervisor.process import StudentProcess
from autograder.supervisor.zygote import ZygoteHandle

FEW = 60  # threads that a submission may have
# {MOST}: how many threads it asks for. It holds them until it is ended, and goes on asking.
HOLD = """
import threading, time
threading.stack_size(32768)
held, refused = 0, ""
while held < {MOST}:
    try:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        held += 1
    except RuntimeError as error:
        refused = str(error)
        break
print(held, refused, flush=True)
"""
WORK = """
import threading, time
refused = ""
try:
    for _ in range(40):
        workers = [threading.Thread(target=time.sleep, args=(0.02,)) for _ in range(8)]
        for worker in workers: worker.start()
        for worker in workers: worker.join()
except RuntimeError as error:
    refused = str(error)
print("done", refused, flush=True)
"""


def tried(masked: Iterable[str]) -> dict[str, Any]:
    """What a modest and a greedy hoarder said or died of, what their neighbor said, the level."""
    with ZygoteHandle(3, masked) as zygote:
        ready = zygote.wait()
        limits = Limits(memory=256 << 20)

        def run(number: int, source: str) -> str:
            with StudentProcess(zygote.controls[number], limits) as process:
                try:
                    said: str = process.request(Call.CELL, source)["text"]
                    if number < 2:
                        process.request(Call.CELL, "time.sleep(1)")
                    return said
                except StudentStopped as stopped:
                    return f"{stopped.verdict}: {stopped}"

        texts = [HOLD.replace("{MOST}", str(most)) for most in (FEW, 100_000)]
        with ThreadPoolExecutor(3) as pool:
            modest, greedy, neighbor = pool.map(run, range(3), [*texts, WORK])
    return {
        "modest": modest,
        "greedy": greedy,
        "neighbor": neighbor,
        "level": str(ready.level),
        "layers": ready.layers,
    }


def control() -> dict[str, Any]:
    """The same in two ordinary processes under one limit: what the kernel does by itself."""
    most = own_threads() + 66
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_NPROC, ({most}, {most}))"
    hoarder = subprocess.Popen(
        [sys.executable, "-c", f"{limit}\n{HOLD.replace('{MOST}', '100000')}\ninput()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert hoarder.stdout is not None
    greedy = hoarder.stdout.readline()
    neighbor = subprocess.run(
        [sys.executable, "-c", f"{limit}\n{WORK}"], capture_output=True, text=True, check=False
    )
    hoarder.communicate()
    return {"greedy": greedy, "neighbor": neighbor.stdout}


def own_threads() -> int:
    """How many threads this user has."""
    found = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if folder.stat().st_uid == os.getuid():
                found += len(os.listdir(folder / "task"))
    return found


def main(options: dict[str, Any]) -> None:
    """Print what came of it."""
    print(json.dumps(control() if options.get("control") else tried(options["masked"])))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
