"""Change the core of the grader in one place at a time, and see whether its own tests notice.

    python benchmarks/core_mutants.py [--most 10] [--seed 1] [--only NAME ...]

For each part of the core, mutants are drawn by the seed from all that there are: a comparison, an
operator, a number, a condition or a result changed, or a line left out. Each is tried by the part's
unit tests in a copy of the repository. Survivors are printed: each is either the same program in
other words, or wants a test.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = (".*", "__pycache__", "graded*", "submitted", "dist", "*.egg-info")
PATIENCE = 5  # times what the tests take without a mutant, and a minute
# Modules below autograder/, and the tests that are theirs.
PARTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "wire": (
        ("wire.py", "tensor_bytes.py", "msgpack_claims.py"),
        ("test_wire.py",),
    ),
    "messages": (("messages.py",), ("test_messages.py",)),
    "process": (
        (
            "supervisor/process.py",
            "supervisor/asking.py",
            "supervisor/raised.py",
            "supervisor/procfs.py",
            "supervisor/forms.py",
        ),
        ("test_replies.py", "test_procfs.py", "test_sandbox.py"),
    ),
    "judge": (
        ("judge/verdicts.py", "judge/specs.py", "judge/lacks.py", "judge/inputs.py"),
        ("test_replies.py", "test_inputs.py", "test_needs.py"),
    ),
    "course": (
        ("course/matching.py", "course/reading.py", "course/program.py", "course/stream.py"),
        ("test_reading.py", "test_notebook.py"),
    ),
    "record": (("record/journal.py", "record/results.py"), ("test_record.py",)),
}
COMPARISONS = {
    ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==",
    ast.In: "not in", ast.NotIn: "in", ast.Is: "is not", ast.IsNot: "is",
}  # fmt: skip
OPERATORS = {ast.Add: "-", ast.Sub: "+", ast.Mult: "+", ast.LShift: ">>", ast.RShift: "<<"}


@dataclass(frozen=True, order=True)
class Mutant:
    """A piece of a module with another text in its place.

    Attributes:
        module: below autograder/.
        line: of the piece, from 1.
        start, end: where it lies in the module's bytes.
        old, new: what stands there, and what does instead.
    """

    module: str
    line: int
    start: int
    end: int
    old: str
    new: str

    def __str__(self) -> str:
        old, new = (" ".join(text.split())[:70] for text in (self.old, self.new))
        return f"autograder/{self.module}:{self.line}: `{old}` -> `{new}`"

    def apply(self, source: bytes) -> bytes:
        """The module's bytes with the change."""
        return source[: self.start] + self.new.encode() + source[self.end :]


def mutants(module: str, source: bytes) -> Iterator[Mutant]:
    """Every mutant of a module that is Python."""
    begins = [0]
    for line in source.splitlines(keepends=True):
        begins.append(begins[-1] + len(line))
    for node in ast.walk(ast.parse(source)):
        for piece, new in changes(node, source.decode()):
            start = begins[piece.lineno - 1] + piece.col_offset
            end = begins[(piece.end_lineno or 0) - 1] + (piece.end_col_offset or 0)
            made = Mutant(module, piece.lineno, start, end, source[start:end].decode(), new)
            if compiles(made.apply(source)):
                yield made


def changes(node: ast.AST, source: str) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    """Pieces below a node and what to write instead of each."""

    def text(piece: ast.AST) -> str:
        return ast.get_source_segment(source, piece) or ""

    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARISONS and len(node.ops) == 1:
        other = COMPARISONS[type(node.ops[0])]
        yield node, f"({text(node.left)} {other} {text(node.comparators[0])})"
    elif isinstance(node, ast.BoolOp):
        other = " or " if isinstance(node.op, ast.And) else " and "
        yield node, f"({other.join(f'({text(value)})' for value in node.values)})"
    elif isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        yield node, f"({text(node.left)} {OPERATORS[type(node.op)]} {text(node.right)})"
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield node, f"({text(node)} + 1)"
    elif isinstance(node, ast.Constant) and type(node.value) is bool:
        yield node, str(not node.value)
    elif isinstance(node, (ast.If, ast.IfExp, ast.While)):
        yield node.test, f"(not ({text(node.test)}))"
    elif isinstance(node, ast.Return) and node.value is not None and text(node.value) != "None":
        yield node.value, "None"
    elif isinstance(node, ast.Raise) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    ):
        yield node, "pass"


def compiles(source: bytes) -> bool:
    """Whether it is Python: a piece may have stood in a place that takes no other."""
    try:
        compile(source, "<mutant>", "exec")
    except SyntaxError:
        return False
    return True


class Copy:
    """A copy of the repository in which a part's tests run."""

    def __init__(self, folder: Path) -> None:
        self._root = folder / "copy"
        shutil.copytree(ROOT, self._root, ignore=shutil.ignore_patterns(*LEFT_OUT))
        self._stamp = time.time()

    def write(self, module: str, source: bytes) -> None:
        """Give a module other bytes, and a time by which no byte code of the last ones is taken."""
        path = self._root / "autograder" / module
        path.write_bytes(source)
        self._stamp += 2
        os.utime(path, (self._stamp, self._stamp))

    def passes(self, tests: tuple[str, ...], seconds: float) -> bool:
        """Whether the tests pass within so many seconds."""
        command = [
            sys.executable,
            "-m",
            "pytest",
            "--quiet",
            "--exitfirst",
            "-p",
            "no:cacheprovider",
        ]
        environment = os.environ | {"PYTHONPATH": str(self._root), "PYTHONDONTWRITEBYTECODE": "1"}
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(
                [*command, *(f"tests/{name}" for name in tests)],
                cwd=self._root,
                env=environment,
                stdout=said,
                stderr=said,
            )
            try:
                return process.wait(timeout=seconds) == 0
            except subprocess.TimeoutExpired:
                process.kill()  # whatever it started ends with it
                process.wait()
                return False


def survivors(copy: Copy, name: str, most: int, seed: int) -> tuple[int, list[Mutant]]:
    """How many mutants of a part were tried, and those that its tests let pass.

    Raises:
        SystemExit: the tests fail without any.
    """
    modules, tests = PARTS[name]
    sources = {module: (ROOT / "autograder" / module).read_bytes() for module in modules}
    every = sorted(one for module, source in sources.items() for one in mutants(module, source))
    drawn = random.Random(f"{seed}/{name}").sample(every, min(most, len(every)))  # noqa: S311 - a draw
    began = time.monotonic()
    if not copy.passes(tests, 3600):
        raise SystemExit(f"{name}: {', '.join(tests)} fail without a mutant")
    bound = PATIENCE * (time.monotonic() - began) + 60
    alive = []
    for mutant in drawn:
        copy.write(mutant.module, mutant.apply(sources[mutant.module]))
        if copy.passes(tests, bound):
            alive.append(mutant)
        copy.write(mutant.module, sources[mutant.module])
    return len(drawn), alive


def main() -> None:
    """Print the survivors of each part."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--most", type=int, default=10, help="mutants of each part")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="+", default=list(PARTS), choices=PARTS, metavar="NAME")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="core-mutants-") as folder:
        copy = Copy(Path(folder))
        for name in options.only:
            tried, alive = survivors(copy, name, options.most, options.seed)
            print(f"{name}: {tried} mutants, {len(alive)} survive", flush=True)
            for mutant in sorted(alive):
                print(f"  {mutant}", flush=True)


if __name__ == "__main__":
    main()
