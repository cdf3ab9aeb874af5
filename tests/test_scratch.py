"""A student's folder where no file system of a fixed size bounds it: its quota, and its removal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hostile_class import LEVELS

from autograder.errors import StudentStopped
from autograder.messages import Call
from autograder.model import Limits, Verdict
from autograder.sandbox import scratch
from autograder.supervisor.process import StudentProcess
from autograder.supervisor.raised import StudentError
from autograder.supervisor.zygote import ZygoteHandle

MOST = 1 << 20


def in_one_file(folder: Path, size: int) -> None:
    (folder / "file").write_bytes(bytes(size))


def in_many_files(folder: Path, size: int) -> None:
    for number in range(16):
        (folder / f"{number}").write_bytes(bytes(size // 16))


def in_folders(folder: Path, size: int) -> None:
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "file").write_bytes(bytes(size))


def in_a_closed_folder(folder: Path, size: int) -> None:
    in_folders(folder, size)
    (folder / "a").chmod(0)


def in_two_names(folder: Path, size: int) -> None:
    """Both count: who has links made elsewhere must not get more for it."""
    in_one_file(folder, size)
    (folder / "other").write_bytes(b"")


WAYS = [in_one_file, in_many_files, in_folders, in_a_closed_folder, in_two_names]


@pytest.mark.parametrize("way", WAYS)
def test_bytes_are_counted_however_they_lie(
    way: Callable[[Path, int], None], tmp_path: Path
) -> None:
    """Half of what is allowed is within it, twice as much is not."""
    for name, size in (("little", MOST // 2), ("much", 2 * MOST)):
        (tmp_path / name).mkdir()
        way(tmp_path / name, size)

    assert not scratch.holds_too_much(str(tmp_path / "little"), MOST)
    assert scratch.holds_too_much(str(tmp_path / "much"), MOST)


def test_names_and_depth_are_bounded(tmp_path: Path) -> None:
    """Empty files and folders take room as well."""
    for number in range(10):
        (tmp_path / f"{number}").touch()
    deep = tmp_path
    for _ in range(scratch.MAX_FOLDERS_DEEP):
        deep = deep / "d"
    deep.mkdir(parents=True)

    count = 10 + scratch.MAX_FOLDERS_DEEP
    assert not scratch.holds_too_much(str(tmp_path), MOST, count)
    assert scratch.holds_too_much(str(tmp_path), MOST, count - 1)
    (deep / "d").mkdir()
    assert scratch.holds_too_much(str(tmp_path), MOST)


def test_what_others_wrote_does_not_count(tmp_path: Path) -> None:
    """A link is not followed, and holes take no room."""
    in_one_file(tmp_path, 2 * MOST)
    own = tmp_path / "own"
    own.mkdir()
    (own / "link").symlink_to(tmp_path / "file")
    (own / "folder").symlink_to(tmp_path)
    with open(own / "holes", "wb") as file:
        file.truncate(100 * MOST)

    assert not scratch.holds_too_much(str(own), MOST)


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds a removed file of 2 MB open, another one mapped, one that is still
    there, and a pipe.
    """
    program = (
        "import ctypes, os, sys\nos.chdir(sys.argv[1])\n"
        "other = os.open('other', os.O_CREAT | os.O_RDWR)\nos.write(other, bytes(9))\n"
        "libc = ctypes.CDLL(None)\nlibc.mmap.restype = ctypes.c_void_p\n"
        "libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, "
        "ctypes.c_long]\nlibc.mmap(None, 9, 1, 2, other, 0)\nos.close(other)\n"
        "os.unlink('other')\ngone = open('gone', 'w+b')\nos.unlink('gone')\n"
        "gone.write(bytes(2 << 20))\ngone.flush()\nthere = open('there', 'wb')\n"
        "there.write(bytes(4 << 20))\nthere.flush()\npipe = os.pipe()\n"
        "print('ready', flush=True)\ninput()"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def test_removed_files_count_while_they_are_held(holder: subprocess.Popen[str]) -> None:
    """They still take room on the disk; what has a name counts where it lies."""
    folder = os.readlink(f"/proc/{holder.pid}/cwd")
    assert 2 * MOST + 7 <= scratch.removed(holder.pid, folder, 7) < 3 * MOST
    assert 2 * MOST <= scratch.removed(holder.pid, "/elsewhere", MOST) < 3 * MOST
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert scratch.removed(holder.pid, folder, 7) == 0


def test_everything_is_removed(tmp_path: Path) -> None:
    """Closed folders, links, pipes, and trees past every limit of recursion and of names' length;
    nothing beside them.
    """
    own = tmp_path / "own"
    own.mkdir()
    (tmp_path / "beside").write_text("stays")
    in_a_closed_folder(own, 10)
    (own / "link").symlink_to(tmp_path / "beside")
    os.mkfifo(own / "pipe")
    here = os.open(own, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d" * 20, dir_fd=here)
        inner = os.open("d" * 20, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)

    for _ in scratch.removal(str(own)):
        pass

    assert sorted(os.listdir(tmp_path)) == ["beside"]
    assert (tmp_path / "beside").read_text() == "stays"


# -- in the sandbox --------------------------------------------------------------------------------

LIMITS = Limits(scratch=4 << 20, cell_seconds=20, call_seconds=20)
WAIT = "\nimport time\ntime.sleep(15)"
GREEDY = {
    "one file after another": "for n in range(8): open(f'{n}', 'wb').write(bytes(1 << 20))",
    "folders": "import os\nfor n in range(5000): os.makedirs(f'{n % 70}/{n}')",
    "removed files": (
        "import os\nheld = []\nfor n in range(8):\n    held.append(open('x', 'wb', 0))\n"
        "    os.unlink('x')\n    held[-1].write(bytes(1 << 20))"
    ),
    "removed files that are mapped": (
        "import os, torch\nheld = []\nfor n in range(12):\n"
        "    open('x', 'wb').write(bytes(4 << 20))\n"
        "    held.append(torch.from_file('x', shared=True, size=1, dtype=torch.uint8))\n"
        "    os.unlink('x')"
    ),
}


@pytest.fixture(scope="module", params=[("namespaces",), LEVELS["strong"]], ids=["counted", "bare"])
def unjailed(request: pytest.FixtureRequest) -> Iterator[ZygoteHandle]:
    """A zygote without namespaces."""
    with ZygoteHandle(1, request.param) as started:
        assert started.wait().level == "strong"
        yield started


@pytest.mark.parametrize("way", GREEDY)
def test_who_writes_too_much_is_ended(unjailed: ZygoteHandle, way: str) -> None:
    """The zygote looks ten times a second, and the verdict says why."""
    began = time.monotonic()
    process = StudentProcess(unjailed.controls[0], LIMITS)
    with process, pytest.raises(StudentStopped) as stopped:
        process.request(Call.CELL, GREEDY[way] + WAIT)

    assert stopped.value.verdict == Verdict.OUTPUT_LIMIT
    assert "wrote more than 4 MB" in stopped.value.message
    assert time.monotonic() - began < 14


def test_a_file_of_its_own_may_not_be_larger_than_the_quota(unjailed: ZygoteHandle) -> None:
    """The kernel refuses it at once, so that no moment is needed to notice."""
    with StudentProcess(unjailed.controls[0], LIMITS) as process:
        ran = process.request(Call.CELL, "open('x', 'wb').write(bytes(5 << 20))")
    assert ran["error"]["type_name"] == "OSError"


def test_who_writes_little_is_left_alone(unjailed: ZygoteHandle) -> None:
    """Files that come and go, and half of the quota at once."""
    work = (
        "import os, time\nfor n in range(20):\n    open('x', 'wb').write(bytes(2 << 20))\n"
        "    os.unlink('x')\n    time.sleep(0.02)\nprint('done')"
    )
    with StudentProcess(unjailed.controls[0], LIMITS) as process:
        assert process.request(Call.CELL, work)["text"] == "done\n"


def test_a_few_removed_files_may_stay_mapped(unjailed: ZygoteHandle) -> None:
    """As where a model is read from a temporary file without a copy."""
    work = (
        "import os, tempfile, time, torch\nwith tempfile.NamedTemporaryFile() as file:\n"
        "    torch.save(torch.ones(1000), file.name)\n"
        "    model = torch.load(file.name, mmap=True)\n"
        "time.sleep(0.5)\nprint(int(model.sum()))"
    )
    with StudentProcess(unjailed.controls[0], LIMITS) as process:
        assert process.request(Call.CELL, work)["text"] == "1000\n"


def test_the_folder_is_gone_with_its_process(unjailed: ZygoteHandle) -> None:
    """Whatever was left in it."""
    assert unjailed.runtime is not None
    left = unjailed.runtime / "scratch"
    await_folders(left, 0)
    with StudentProcess(unjailed.controls[0], LIMITS) as process:
        process.request(Call.CELL, "import os\nos.makedirs('a/b')\nopen('a/b/c', 'w').write('x')")
        assert len(os.listdir(left)) == 1
    await_folders(left, 0)


def await_folders(place: Path, count: int) -> None:
    """Wait until so many folders are left."""
    until = time.monotonic() + 60
    while len(os.listdir(place)) != count and time.monotonic() < until:
        time.sleep(0.02)
    assert len(os.listdir(place)) == count


def test_nobody_waits_while_a_large_folder_is_removed() -> None:
    """Four thousand files that one submission left do not keep the next from starting, nor blind
    the zygote to what its neighbors do.
    """
    leave = (
        "import os\nfor n in range(4000):\n"
        "    if n % 1000 == 0: os.mkdir(f'{n // 1000}')\n    open(f'{n // 1000}/{n}', 'w').close()"
    )
    with ZygoteHandle(1, LEVELS["strong"]) as started:
        started.wait()
        assert started.runtime is not None
        left = started.runtime / "scratch"
        with StudentProcess(started.controls[0], LIMITS) as process:
            process.request(Call.CELL, leave)
        with StudentProcess(started.controls[0], LIMITS):
            names = sum(len(files) for _, _, files in os.walk(left))
        assert names > 100
        await_folders(left, 0)


def test_the_quota_is_a_file_systems_size_where_there_are_namespaces(zygote: ZygoteHandle) -> None:
    """There it is met, not overrun."""
    fill = "for n in range(8): open(f'{n}', 'wb').write(bytes(1 << 20))"
    with StudentProcess(zygote.controls[0], LIMITS) as process:
        try:
            ran = process.request(Call.CELL, fill)
        except StudentError as error:
            pytest.fail(f"the error could not be told: {error}")
    assert "No space left" in ran["error"]["text"]
