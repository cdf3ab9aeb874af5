"""Grade one class with `nbgrader autograde` and with `autograder grade` in one run, and print both
and their ratio.

    python benchmarks/throughput.py [--students 40] [--nbgrader 8] [--pairs 5]

nbgrader judges the visible tests in the student's own kernel, one submission at a time; we run the
hidden checks. nbgrader's time for each submission hardly varies, so it gets a sample of the class
(`--nbgrader 0` for all). Then one notebook, cold: `autograder check` beside a fresh pytest process
with equivalent checks in the student's own interpreter.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from autograder.course import answers as solutions
from autograder.course import labs, script

ROOT = Path(__file__).resolve().parent.parent
LAB = "lab03_custom_relu"
BIN = Path(sys.executable).parent
ENVIRONMENT = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}

IN_PROCESS = """
import json, os
import torch, torch.nn as nn, torch.nn.functional as F
from torch.autograd import gradcheck
names = {"__name__": "notebook"}
book = json.load(open(os.environ["NOTEBOOK"]))
for cell in book["cells"]:
    role = cell["metadata"].get("autograder", {}).get("role")
    if cell["cell_type"] == "code" and role in ("given", "answer"):
        text = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
        exec("\\n".join(l for l in text.splitlines() if not l.startswith("%")), names)
custom_relu = names["custom_relu"]

def pair(*shape, dtype=torch.float32):
    return torch.randn(shape, dtype=dtype, requires_grad=True), torch.randn(shape, dtype=dtype)

def test_forward():
    x, _ = pair(50)
    torch.testing.assert_close(custom_relu(x), F.relu(x))

def test_zero_edge():
    x = torch.zeros(5, requires_grad=True)
    custom_relu(x).backward(torch.randn(5))
    assert not x.grad.any()

def test_gradcheck():
    x = torch.randn(3, 4, dtype=torch.double).add(0.5).requires_grad_()
    assert gradcheck(custom_relu, (x,))

def test_parity():
    for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
        x, g = pair(4, 5, 6, dtype=dtype)
        (mine,) = torch.autograd.grad(custom_relu(x), x, g)
        (right,) = torch.autograd.grad(F.relu(x), x, g)
        torch.testing.assert_close(mine, right)

def test_shapes():
    for shape in ((), (0,), (2, 3), (2, 3, 4, 5)):
        x, g = pair(*shape)
        custom_relu(x).backward(g)
        assert x.grad.shape == x.shape

def test_network():
    model = nn.Sequential(nn.Linear(4, 5), nn.Linear(5, 2))
    loss = model[1](custom_relu(model[0](torch.randn(7, 4)))).sum()
    loss.backward()
"""


def class_of(folder: Path, students: int) -> None:
    """A class as it comes: half right in many styles, half with catalogued mistakes that neither
    loop nor crash.
    """
    lab = labs.load(ROOT, LAB)
    right = [
        solutions.reference(lab),
        *(solutions.read_answer(path, ["relu"]) for path in lab.alternatives()),
    ]
    wrong = [solutions.read_answer(path, ["relu"]) for path in lab.mistakes()]
    for number in range(students):
        answers = right if number % 2 else wrong
        place = folder / f"student{number:04}" / LAB
        place.mkdir(parents=True)
        (place / f"{LAB}.ipynb").write_bytes(
            solutions.filled(lab, answers[number // 2 % len(answers)])
        )


def timed(command: list[str], cwd: Path) -> tuple[float, float]:
    """Seconds that a command took, and the largest process below it in MB."""
    began = time.perf_counter()
    done = subprocess.run(
        command, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - began
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def nbgrader_course(folder: Path, submitted: Path, students: list[str]) -> None:
    """A course as an nbgrader user has it, with the lab's own visible tests."""
    import nbformat

    (folder / "source" / LAB).mkdir(parents=True)
    nbformat.write(
        script.notebook(ROOT / "solutions" / LAB), folder / "source" / LAB / f"{LAB}.ipynb"
    )
    (folder / "nbgrader_config.py").write_text(
        "c = get_config()\nc.ClearSolutions.code_stub = {'python': '# YOUR CODE HERE'}\n"
    )
    subprocess.run(
        [BIN / "nbgrader", "generate_assignment", LAB],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        check=True,
    )
    for student in students:
        shutil.copytree(submitted / student, folder / "submitted" / student)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--students", type=int, default=40)
    parser.add_argument(
        "--nbgrader", type=int, default=8, help="how many of them nbgrader grades; 0 for all"
    )
    parser.add_argument("--pairs", type=int, default=5, help="of cold runs of one notebook")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="throughput-") as scratch:
        folder = Path(scratch)
        class_of(folder / "submitted", options.students)
        everyone = sorted(path.name for path in (folder / "submitted").iterdir())
        sample = everyone[: options.nbgrader or None]
        throughput(folder, everyone, sample)
        one_notebook(folder, options.pairs)


def throughput(folder: Path, everyone: list[str], sample: list[str]) -> None:
    """A class, by both."""
    ours = [BIN / "autograder", "grade", LAB, "--submitted", str(folder / "submitted")]
    warm = [*map(str, ours), "--out", str(folder / "warm"), "--student", everyone[0]]
    timed(
        warm, ROOT
    )  # fills the caches that stay between runs: fonts, catalogued mistakes, bytecode
    start, _ = timed(
        [*map(str, ours), "--out", str(folder / "one"), "--student", everyone[1], "--no-feedback"],
        ROOT,
    )
    bare, peak = timed([*map(str, ours), "--out", str(folder / "bare"), "--no-feedback"], ROOT)
    pages, _ = timed([*map(str, ours), "--out", str(folder / "pages")], ROOT)
    again, _ = timed([*map(str, ours), "--out", str(folder / "pages")], ROOT)
    course = folder / "course"
    nbgrader_course(course, folder / "submitted", sample)
    theirs, their_peak = timed([str(BIN / "nbgrader"), "autograde", LAB], course)
    count = len(everyone)
    print(f"class of {count}, {os.cpu_count()} processors; nbgrader on {len(sample)} of it")
    print(f"{'':34}{'seconds':>9}{'a submission':>15}{'largest process':>18}")
    print(
        f"{'nbgrader autograde':34}{theirs:9.1f}"
        f"{theirs / len(sample) * 1000:12.0f} ms{their_peak:15.0f} MB"
    )
    print(
        f"{'autograder grade --no-feedback':34}{bare:9.1f}"
        f"{bare / count * 1000:12.0f} ms{peak:15.0f} MB"
    )
    print(
        f"{'  without start-up':34}{bare - start:9.1f}"
        f"{(bare - start) / (count - 1) * 1000:12.1f} ms"
    )
    print(f"{'  with diagnosis and pages':34}{pages:9.1f}{pages / count * 1000:12.0f} ms")
    print(f"{'a second time, nothing changed':34}{again:9.1f}")
    print(f"ratio, whole runs: {theirs / len(sample) / (bare / count):.0f} times nbgrader")
    print(
        f"ratio, amortized: "
        f"{theirs / len(sample) / ((bare - start) / (count - 1)):.0f} times nbgrader"
    )


def one_notebook(folder: Path, count: int) -> None:
    """One notebook, cold, by `autograder check` and by pytest in the student's interpreter, in
    turn.
    """
    lab = labs.load(ROOT, LAB)
    book = folder / f"{LAB}.ipynb"
    book.write_bytes(solutions.filled(lab, solutions.reference(lab)))
    (folder / "test_in_process.py").write_text(IN_PROCESS)
    os.environ["NOTEBOOK"] = ENVIRONMENT["NOTEBOOK"] = str(book)
    pairs = []
    for _ in range(count):
        mine, _ = timed([str(BIN / "autograder"), "check", str(book), "--lab", LAB], ROOT)
        plain, _ = timed(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_in_process.py"],
            folder,
        )
        pairs.append((mine, plain))
    mine, plain = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(
        json.dumps(
            {
                "autograder check": round(mine, 2),
                "fresh pytest": round(plain, 2),
                "ratio": round(ratio, 2),
            }
        )
    )


if __name__ == "__main__":
    main()
