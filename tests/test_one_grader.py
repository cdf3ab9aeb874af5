"""Only one grader writes into a folder of results: two would overwrite what the other found out."""

from __future__ import annotations

import signal
import stat
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from courses import LAB

from autograder.commands.grade import Options, Remarked, grade
from autograder.errors import UsageError
from autograder.layout import ResultsLayout


@pytest.fixture
def options(root: Path, tmp_path: Path) -> Options:
    """A class of one, with a stray file, so that the first thing that is said is a remark: nothing
    was judged by then, and the folder is held.
    """
    folder = tmp_path / "in" / "ada" / LAB
    folder.mkdir(parents=True)
    (folder / f"{LAB}.ipynb").write_text("")
    (tmp_path / "in" / "stray.ipynb").write_text("")
    return Options(root, tmp_path / "in", tmp_path / "out")


@contextmanager
def at_work(options: Options) -> Iterator[None]:
    """A grader that holds its folder."""
    events = grade(options)
    assert isinstance(events, Generator)
    first = next(events)
    assert isinstance(first, Remarked)
    assert "stray.ipynb" in first.text
    yield
    events.close()


def test_a_second_grader_is_refused(options: Options) -> None:
    """Before it reads or judges anything; the message says what to do."""
    with (
        at_work(options),
        pytest.raises(UsageError, match=r"another grader is writing to .*another --out") as error,
    ):
        next(grade(options))
    assert str(options.out) in str(error.value)


def test_the_folder_is_free_when_the_grader_is_done(options: Options) -> None:
    """Also where it ended early."""
    with at_work(options):
        pass
    with at_work(options):
        pass


def test_the_folder_is_free_after_an_error(options: Options) -> None:
    """Wrong usage holds nothing."""
    wrong = Options(options.root, options.submitted, options.out, students=("nobody",))
    with pytest.raises(UsageError, match="no submission by nobody"):
        next(grade(wrong))
    with at_work(options):
        pass


def test_graders_of_different_folders_are_not_in_each_others_way(
    options: Options, tmp_path: Path
) -> None:
    """The same submissions may be graded into another folder."""
    other = Options(options.root, options.submitted, tmp_path / "other")
    with at_work(options), at_work(other):
        pass


def test_the_lock_is_its_owners(options: Options) -> None:
    """Nobody else can hold the folder up."""
    with at_work(options):
        lock = ResultsLayout(options.out).lock
        assert stat.S_IMODE(lock.stat().st_mode) == 0o600
        assert stat.S_IMODE(options.out.stat().st_mode) == 0o700


def test_the_command_line_says_so(options: Options) -> None:
    """As wrong usage, with no traceback, and what lies there stays."""
    with at_work(options):
        there = sorted(options.out.rglob("*"))
        refused = subprocess.run(
            [
                *(sys.executable, "-m", "autograder", "grade"),
                *("--submitted", str(options.submitted), "--out", str(options.out)),
            ],
            cwd=options.root,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert refused.returncode == 2
        assert "another grader is writing to" in refused.stderr
        assert "Traceback" not in refused.stderr
        assert sorted(options.out.rglob("*")) == there


def test_a_killed_grader_holds_nothing(options: Options) -> None:
    """The kernel lets go of the lock with the process."""
    program = (
        "import sys\nfrom pathlib import Path\n"
        "from autograder.commands.grade import Options, grade\n"
        "events = grade(Options(*map(Path, sys.argv[1:])))\nnext(events)\n"
        "print('held', flush=True)\ninput()"
    )
    places = [str(options.root), str(options.submitted), str(options.out)]
    with subprocess.Popen(
        [sys.executable, "-c", program, *places],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(UsageError, match="another grader"):
            next(grade(options))
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        with at_work(options):
            pass
