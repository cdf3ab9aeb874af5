"""The hostile class of `tests/hostile` gets nothing, reaches nothing and harms nobody: at every
level, as root and as an ordinary user.

By default the programs that are after nothing but points, which no layer decides, are judged at one
level; `HOSTILE=all` judges all of them at each.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hostile_class
import pytest
from hostile_class import ALL_LAYERS, LAB, LEVELS, LIMITS, ROOT, Outcome, Program

from autograder.commands.grade import Ended, Options, grade
from autograder.course import answers as solutions
from autograder.course import labs, reading, submissions
from autograder.course.answers import filled
from autograder.course.program import merge
from autograder.course.submissions import Submission
from autograder.errors import BadSubmission, SandboxUnavailable
from autograder.judge import judge
from autograder.judge.grader import Grader
from autograder.messages import Ready
from autograder.model import Level, Status, Verdict
from autograder.supervisor.process import StudentProcess
from autograder.supervisor.selftest import self_test
from autograder.supervisor.zygote import ZygoteHandle
from autograder.text import for_spreadsheet

pytestmark = pytest.mark.slow  # the hostile class

PROGRAMS = hostile_class.programs()
THREATS = sorted({program.threat for program in PROGRAMS})
ROOT_USER = os.getuid() == 0
USERS = ("root", "ordinary") if ROOT_USER else ("ordinary",)
CASES = [(level, user) for user in USERS for level in LEVELS]
# What asks for points alone needs no target, so that it proves nothing without the sandbox either.
FOR_POINTS = frozenset({"points", "full-marks"})
CONTROLS = [p for p in PROGRAMS if not p.control and not p.reaches & FOR_POINTS]


def chosen(level: str, user: str) -> list[Program]:
    """The programs to judge in this case."""
    everything = os.environ.get("HOSTILE") == "all" or (level, user) == CASES[0]
    return [program for program in PROGRAMS if everything or program.reaches != {"points"}]


@pytest.fixture(scope="module", params=CASES, ids=["-".join(case) for case in CASES])
def judged(request: pytest.FixtureRequest) -> dict[str, Outcome]:
    """The class, judged at one level as one user."""
    level, user = request.param
    programs = chosen(level, user)
    if user == "ordinary" and ROOT_USER:
        try:
            return hostile_class.run_as_ordinary_user(
                LEVELS[level], [program.name for program in programs]
            )
        except OSError as error:
            pytest.skip(f"no ordinary user can be tried here: {error}")
    return hostile_class.run(LEVELS[level], programs)


@pytest.fixture(scope="module")
def unconfined() -> dict[str, Outcome]:
    """The class with every layer off: what each attack can do on this machine."""
    return hostile_class.run(ALL_LAYERS, CONTROLS)


# -- the class -------------------------------------------------------------------------------------


@pytest.mark.parametrize("threat", THREATS)
def test_threat(judged: dict[str, Outcome], threat: int) -> None:
    """No program of this threat earns a point, reaches a target or gets an unexpected verdict."""
    tried = [program for program in PROGRAMS if program.threat == threat and program.name in judged]
    if not tried:
        pytest.skip("judged at another level: it is after points alone")
    faults = {
        program.name: hostile_class.faults(program, judged[program.name]) for program in tried
    }

    assert not {name: found for name, found in faults.items() if found}


def test_honest_neighbors_keep_full_marks(judged: dict[str, Outcome]) -> None:
    """The honest submissions before and after the hostile ones pass everything."""
    assert judged["honest"].score == judged["honest-too"].score == 20.0
    assert judged["honest"].verdicts == judged["honest-too"].verdicts == ["passed"]


def test_names_and_sizes_are_hidden_but_at_strong(
    judged: dict[str, Outcome], request: pytest.FixtureRequest
) -> None:
    """Where there are namespaces, it cannot even be asked whether a file exists."""
    level = request.node.callspec.params["judged"][0]

    assert judged["stat_decoy"].reached == (["stat"] if level == "strong" else [])


def test_levels_are_what_they_say(
    judged: dict[str, Outcome], request: pytest.FixtureRequest
) -> None:
    """Masking a layer gives the level that SECURITY.md describes."""
    assert judged["left behind"].verdicts == [request.node.callspec.params["judged"][0]]


def test_every_submission_is_judged(judged: dict[str, Outcome]) -> None:
    """No hostile submission takes another one's judgement away, nor its own."""
    assert not [name for name, outcome in judged.items() if outcome.status != "graded"]


def test_nothing_is_left_behind(judged: dict[str, Outcome]) -> None:
    """After the class there is no process, no descriptor and no folder more than before."""
    assert judged["left behind"].reason == ""


@pytest.mark.parametrize("program", CONTROLS, ids=[program.name for program in CONTROLS])
def test_control(unconfined: dict[str, Outcome], program: Program) -> None:
    """Without the sandbox the same program gets through, so that its failure inside proves
    something.
    """
    assert program.reaches & set(unconfined[program.name].reached)


def test_class_is_complete() -> None:
    """Every program is there under its threat, as `programs.txt` lists them, and for every threat
    of SECURITY.md that a program can try there is one.

    A program that is after a target has a control, or it is listed that it has none.
    """
    found = [hostile_class.read_program(path) for path in sorted(hostile_class.FOLDER.glob("*.py"))]
    lines = [line(program) for program in sorted(found, key=lambda p: (p.threat, p.name))]

    assert (hostile_class.FOLDER / "programs.txt").read_text().splitlines() == lines
    tried = {*range(1, 25), 26, *range(29, 36), *range(38, 42), 44, 46}
    assert {program.threat for program in found} == tried
    assert [program.name for program in found if program.machine] == [
        "call_by_int_80",
        "call_by_x32",
    ]


def line(program: Program) -> str:
    """A program as `programs.txt` lists it."""
    without = program.control or program.reaches & FOR_POINTS
    return f"{program.threat} {program.name}{' (no control)' if without else ''}"


# -- around the class ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lab() -> labs.Lab:
    """Lab 03 with short deadlines."""
    return dataclasses.replace(labs.load(ROOT, LAB), limits=LIMITS)


@pytest.fixture(scope="module")
def warm() -> Iterator[Grader]:
    """A grader whose zygote has every layer."""
    with Grader(ROOT, jobs=1) as started:
        yield started


def test_killed_zygote_costs_nobody_a_point(lab: labs.Lab) -> None:
    """The zygote is killed while a class is judged; everyone still gets full marks."""
    honest = filled(lab, solutions.reference(lab))
    class_ = [Submission(f"s{n}", honest) for n in range(12)]
    with Grader(ROOT, jobs=2) as started:
        scores = {}
        judged = started.judge(lab, class_, 1, diagnose=False)
        for number, judgement in enumerate(judged):
            scores[judgement.student] = judgement.score
            if number == 1:
                os.kill(started.zygote.pid, signal.SIGKILL)

    assert scores == {f"s{n}": 20.0 for n in range(12)}


def test_a_fault_over_one_submission_stays_with_it(
    lab: labs.Lab, warm: Grader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error that nobody foresaw, in the grader itself, makes one submission `not_graded` and no
    other.
    """
    honest = filled(lab, solutions.reference(lab))
    real = judge.run_cells

    def run_cells(process: StudentProcess, program: Any, *limits: Any) -> Any:
        if any("unforeseen" in cell.source for cell in program.cells):
            raise ZeroDivisionError("unforeseen")
        return real(process, program, *limits)

    monkeypatch.setattr(judge, "run_cells", run_cells)
    class_ = [
        Submission("odd", hostile_class.hand_in(lab, "unforeseen = 1")),
        *(Submission(f"s{n}", honest) for n in range(3)),
    ]
    judged = {j.student: j for j in warm.judge(lab, class_, 1, diagnose=False)}

    assert judged["odd"].status == Status.NOT_GRADED
    assert {c.verdict for c in judged["odd"].checks} == {Verdict.GRADER_ERROR}
    assert [judged[f"s{n}"].score for n in range(3)] == [20.0] * 3


def test_printed_text_is_kept_up_to_a_bound(lab: labs.Lab, warm: Grader) -> None:
    """However often an answer cell is there, and whatever is said to have been printed, no more is
    kept than the limit.
    """
    book = json.loads(filled(lab, solutions.reference(lab)))
    (answer,) = [cell for cell in book["cells"] if cell["id"] == lab.answers["relu"].cell_id]
    talkative = {
        **answer,
        "source": hostile_class.WORKER
        + 'type(worker).do_cell = lambda self, leaves, text: {"text": "x" * '
        '500_000, "error": None}',
    }
    book["cells"] += [talkative, *([answer] * 20)]
    (judged,) = warm.judge(
        lab, [Submission("talkative", json.dumps(book).encode())], 1, diagnose=False
    )

    assert sum(
        len(cell.text) + len(cell.error) for cell in judged.cells
    ) <= lab.limits.output_kept + 600 * len(judged.cells)


def test_without_seccomp_nothing_is_graded(tmp_path: Path) -> None:
    """Where a layer is missing that no level goes without, grading is refused."""
    folder = tmp_path / "submitted" / "alice" / LAB
    folder.mkdir(parents=True)
    shutil.copy(labs.load(ROOT, LAB).notebook, folder)
    options = Options(
        root=ROOT,
        submitted=tmp_path / "submitted",
        out=tmp_path / "graded",
        jobs=1,
        masked=("seccomp",),
    )

    with pytest.raises(SandboxUnavailable, match="cannot be confined"):
        list(grade(options))


def test_sandbox_that_only_says_that_it_holds_is_found_out() -> None:
    """The self-test notices layers that are said to be on and are not."""
    with ZygoteHandle(1, ALL_LAYERS) as started:
        assert started.wait().level == "none"
        with pytest.raises(SandboxUnavailable, match="does not hold"):
            self_test(started.controls[0], Ready(Level.FULL, list(ALL_LAYERS), {}))


def test_folder_of_a_killed_grader_is_removed_by_the_next() -> None:
    """A grader that is killed leaves its folder of scratch; the next one takes it away."""
    program = (
        "from autograder.supervisor.zygote import ZygoteHandle; import os, "
        "signal; k = ZygoteHandle(1); k.start(); print(k._runtime, flush=True); "
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    left = Path(done.stdout.strip())
    assert left.is_dir()
    with ZygoteHandle(1):
        assert not left.exists()


# -- files that are no programs --------------------------------------------------------------------


def book(*cells: dict[str, Any], **more: Any) -> bytes:
    return json.dumps(
        {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more}
    ).encode()


def code(source: Any = "x = 1", **more: Any) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], **more}


MONSTERS: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "spaces": lambda: b" " * 1000,
    "nul": lambda: bytes(1000),
    "not json": lambda: b"%PDF-1.4",
    "half": lambda: book(code())[:40],
    "latin 1": lambda: book(code()).replace(b"x = 1", b"\xe9"),
    "too large": lambda: b"[" + b" " * (21 << 20) + b"]",
    "too deep": lambda: b"[" * 100_000 + b"]" * 100_000,
    "too deep in an object": lambda: b'{"cells":' * 3000 + b"0" + b"}" * 3000,
    "million cells": lambda: b'{"cells":[' + b"{}," * 1_000_000 + b"{}]}",
    "long number": lambda: b'{"cells":[' + b"9" * 1_000_000 + b"]}",
    "quotes that never close": lambda: b'{"cells":[' + b'"\\' * 2_000_000,
    "backslashes": lambda: b'{"cells":["' + b"\\" * 2_000_001,
    "duplicate keys": lambda: b'{"cells":[],"cells":[]}',
    "cells is a number": lambda: b'{"cells":5}',
    "cells is missing": lambda: b"{}",
    "a list": lambda: b"[]",
    "source is a number": lambda: book(code(5)),
    "source holds numbers": lambda: book(code([1, 2])),
    "metadata is a list": lambda: book({**code(), "metadata": []}),
    "cell is a string": lambda: book("x"),  # type: ignore[arg-type]
    "source too long": lambda: book(code("#" * (2 << 20))),
    "infinities": lambda: b'{"cells":[NaN,Infinity]}',
}


@pytest.mark.parametrize("monster", MONSTERS)
def test_monster_is_a_bad_submission(monster: str, tmp_path: Path) -> None:
    """A file that is no notebook is refused with a reason, in a process of its own with bounded
    memory and time.
    """
    path = tmp_path / "file"
    path.write_bytes(MONSTERS[monster]())
    program = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n"
        "from autograder.course.reading import parse; from autograder.errors "
        "import BadSubmission\n"
        "try: parse(open(sys.argv[1], 'rb').read())\n"
        "except BadSubmission as error: print(str(error)[:300])\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_unusual_notebooks_are_read(lab: labs.Lab) -> None:
    """A byte order mark, lone surrogates, NUL, duplicate ids and old formats are no reason to
    refuse.
    """
    answer = dict(
        next(
            c
            for c in json.loads(lab.notebook.read_bytes())["cells"]
            if c["id"] == lab.answers["relu"].cell_id
        )
    )
    for text in ("x = 1", "x = '\ud800'", "x = '\0'"):
        cells = reading.parse(
            b"\xef\xbb\xbf" + book({**answer, "source": text}, {**answer, "source": "y = 2"})
        )
        program = merge(lab, cells)
        ran = [cell.source for cell in program.cells if cell.role == "answer"]
        assert len(ran) == 2
        assert ran[1] == "y = 2"
        ran[0].encode()


def test_locked_cells_come_from_the_release(lab: labs.Lab) -> None:
    """Given and test cells that were edited, deleted, doubled or retyped in the submission are the
    lab's own all the same.
    """
    whole = json.loads(filled(lab, solutions.reference(lab)))
    wanted = [
        c.source
        for c in merge(lab, reading.parse(json.dumps(whole).encode())).cells
        if c.role == "given"
    ]
    locked = [
        c
        for c in whole["cells"]
        if c["cell_type"] == "code" and c["metadata"]["autograder"]["role"] in ("given", "test")
    ]
    edits: tuple[Callable[[dict[str, Any]], object], ...] = (
        lambda c: c.update(source="raise SystemExit"),
        lambda c: c.update(cell_type="markdown"),
        lambda c: (
            c["metadata"]["nbgrader"].update(points=1000, solution=True, locked=False)
            if "nbgrader" in c["metadata"]
            else None
        ),
        lambda c: c["metadata"].pop("nbgrader", None),
        lambda c: c.update(id="x"),
    )
    for change in edits:
        for cell in locked:
            edited = json.loads(json.dumps(whole))
            target = next(c for c in edited["cells"] if c["id"] == cell["id"])
            change(target)
            program = merge(lab, reading.parse(json.dumps(edited).encode()))
            assert [c.source for c in program.cells if c.role == "given"] == wanted


STUDENTS = ["../x", "..", "/etc", "a b", "-rf", "a\nb", "a\u202eb", "x" * 65, "é", "=1+1", ""]


@pytest.mark.parametrize("name", STUDENTS)
def test_odd_folder_names_are_no_students(name: str, tmp_path: Path) -> None:
    """A folder whose name could mean something elsewhere is not read."""
    assert submissions.fetch(tmp_path, name, labs.load(ROOT, LAB)).reason


def test_class_with_odd_names_is_graded(tmp_path: Path) -> None:
    """Names that are no text, formulas, links, pipes and folders in the place of notebooks: each
    gets a reason, the rest its points.
    """
    submitted, out = tmp_path / "submitted", tmp_path / "graded"
    lab = labs.load(ROOT, LAB)

    def place(student: str | bytes) -> bytes:
        folder = os.path.join(os.fsencode(submitted), os.fsencode(student), LAB.encode())
        os.makedirs(folder)
        return folder

    def join(folder: bytes, name: bytes) -> bytes:
        return os.path.join(folder, name)

    expected = f"{LAB}.ipynb".encode()
    Path(os.fsdecode(join(place("honest"), expected))).write_bytes(
        filled(lab, solutions.reference(lab))
    )
    os.symlink("/etc/passwd", join(place("link"), expected))
    os.symlink("/etc/passwd", join(place("oddlink"), b"a\xff.ipynb"))
    os.mkfifo(join(place("pipe"), expected))
    os.mkdir(join(place("folder"), expected))
    os.mkdir(os.path.join(submitted, "linked"))
    os.symlink(
        os.path.dirname(join(place("target"), expected)), os.path.join(submitted, "linked", LAB)
    )
    two = place("two")
    for name in (b"a\xff.ipynb", b"b\xff.ipynb"):
        Path(os.fsdecode(join(two, name))).touch()
    place(b"bob\xff")
    place("=cmd|calc")
    place("a\nb")
    *_, end = grade(Options(root=ROOT, submitted=submitted, out=out, jobs=1, feedback=False))

    assert isinstance(end, Ended)
    judged = {j.student: j for j in end.judgements}
    assert judged.pop("honest").score == 20.0
    assert len(judged) == 10
    assert {str(j.status) for j in judged.values()} == {"needs_eye"}
    assert all(j.reason for j in judged.values())
    sheet = (out / LAB / "grades.csv").read_text(encoding="utf-8")
    assert not [line for line in sheet.splitlines() if line.startswith(("=", "+", "-", "@"))]


def test_archives_are_not_opened(tmp_path: Path) -> None:
    """An archive in the place of a notebook is not read: nothing here unpacks anything."""
    path = tmp_path / f"{LAB}.ipynb"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../evil", bytes(1 << 20))
    with pytest.raises(BadSubmission):
        reading.parse(submissions.fetch_file(path, "ada").raw)


@pytest.mark.parametrize(
    "text", ["=1+1", "+1+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "a\x1b[2Jb", "a\u202eb"]
)
def test_no_cell_of_a_sheet_is_a_formula_or_an_escape(text: str) -> None:
    """What a spreadsheet would run or a terminal would obey is made harmless in CSV."""
    cell = for_spreadsheet(text)

    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cell.isprintable()
