"""What student code may read: Python and its libraries, wherever they lie, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile_class import LEVELS, ROOT

from autograder.messages import Call
from autograder.model import Limits
from autograder.sandbox import zygote as zygotes
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


def test_only_what_python_needs_is_readable() -> None:
    """No tree of the machine's own is bound whole, and nbgrader's exchange lies in none."""
    found = {Path(path) for path in trees.readable([])}

    assert not found & {Path(path) for path in ("/", "/usr", "/usr/lib", "/usr/share", "/etc")}
    assert not found & {Path(sys.prefix), Path(sys.base_prefix)}
    exchange = Path("/usr/local/share/nbgrader/exchange")
    assert not found & {exchange, *exchange.parents}


def installed(monkeypatch: pytest.MonkeyPatch, prefix: Path, base: Path, program: Path) -> None:
    """As if this Python were installed there."""
    monkeypatch.setattr(sys, "prefix", str(prefix))
    monkeypatch.setattr(sys, "base_prefix", str(base))
    monkeypatch.setattr(sys, "executable", str(program))
    site = prefix / "lib" / "python3.11" / "site-packages"
    monkeypatch.setattr(sys, "path", [str(base / "lib" / "python3.11"), str(site)])


def covered(path: Path) -> bool:
    """Whether it lies in what student code may read."""
    return bool({str(p) for p in (path, *path.parents)} & set(trees.readable([])))


NEEDED = ("lib/python3.11/os.py", "lib/python3.11/site-packages/torch/lib.so", "lib/libmkl.so.2")
SECRET = ("share/nbgrader/exchange/x", "envs/other/x", "pkgs/x", "home/x", "etc/x", "x", "bin/tool")


def filled(prefix: Path) -> Path:
    """A folder that looks like a Python's own, with other people's files."""
    for name in (*NEEDED, *SECRET, "bin/python3.11"):
        (prefix / name).parent.mkdir(parents=True, exist_ok=True)
        (prefix / name).touch()
    return prefix


def test_of_a_prefix_of_its_own_only_the_libraries_are_readable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As conda and pyenv install it, with nbgrader's exchange and other environments within."""
    prefix = filled(tmp_path / "conda")
    installed(monkeypatch, prefix, prefix, prefix / "bin" / "python3.11")

    assert all(covered(prefix / name) for name in (*NEEDED, "bin/python3.11"))
    assert not [name for name in SECRET if covered(prefix / name)]


def test_of_a_virtual_environment_and_its_base_only_the_libraries_are_readable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Both prefixes count, and neither whole."""
    base, venv = filled(tmp_path / "pyenv"), filled(tmp_path / "course" / ".venv")
    program = venv / "bin" / "python3.11"
    program.unlink()
    program.symlink_to(base / "bin" / "python3.11")
    installed(monkeypatch, venv, base, program)

    for prefix in (base, venv):
        assert all(covered(prefix / name) for name in (*NEEDED, "bin/python3.11"))
        assert not [name for name in SECRET if covered(prefix / name)]
    assert not covered(tmp_path / "course" / "solutions")


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


def test_libraries_that_lie_elsewhere_are_found_where_they_are_mapped(tmp_path: Path) -> None:
    """A machine that is laid out otherwise: what the zygote has loaded is added file by file."""
    library = tmp_path / "libodd name.so"
    shutil.copy(next(Path("/lib").glob("*-linux-gnu/libm.so.6")), library)
    program = (
        "import ctypes, sys, json\nfrom autograder.sandbox import zygote\n"
        "ctypes.CDLL(sys.argv[1]); print(json.dumps(zygote.mapped_elsewhere(['/usr/lib'])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(library)],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    found = json.loads(done.stdout)

    assert str(library) in found
    assert not [path for path in found if path.startswith("/usr/lib/")]
    assert zygotes.mapped_elsewhere(["/"]) == []


# -- in the sandbox --------------------------------------------------------------------------------


@pytest.fixture
def exchange() -> Iterator[Path]:
    """A file in /usr/local/share, where nbgrader has its exchange, that everybody may read."""
    place = Path("/usr/local/share")
    if not os.access(place, os.W_OK):
        pytest.skip("nothing can be planted below /usr as this user")
    folder = Path(tempfile.mkdtemp(dir=place, prefix="zz-nbgrader-decoy-"))
    folder.chmod(0o755)
    (folder / "inbound.ipynb").write_text("secret")
    (folder / "inbound.ipynb").chmod(0o644)
    yield folder / "inbound.ipynb"
    shutil.rmtree(folder)


@pytest.mark.parametrize("level", LEVELS)
def test_the_exchange_cannot_be_read(exchange: Path, level: str) -> None:
    """Nor can the machine's programs, settings and users; Python's own files can."""
    machine = ["/usr/bin/env", "/bin/sh", "/etc/passwd", "/etc/hostname", "/usr/include/stdio.h"]
    assert exchange.read_text() == "secret"
    with ZygoteHandle(1, LEVELS[level]) as started:
        started.wait()
        with StudentProcess(started.controls[0], Limits(), probe=True) as process:

            def read(path: str) -> bool:
                return process.request(Call.PROBE, "read", {"path": path}) is True

            assert not [path for path in (str(exchange), *machine) if read(path)]
            assert read(os.__file__)
            assert read(shutil.__file__)


@pytest.mark.slow
def test_secrets_within_pythons_own_prefix_stay_secret(tmp_path: Path) -> None:
    """Results, exchange and caches in a virtual environment of its own, even among its packages."""
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    site = next((venv / "lib").glob("python*/site-packages"))
    packages = [entry for entry in sys.path if entry.endswith("site-packages")]
    (site / "others.pth").write_text("\n".join(packages))
    secrets = [venv / "share" / "nbgrader", venv / "out", site / "out", venv / "lib" / "cache"]
    for folder in secrets:
        folder.mkdir(parents=True)
        (folder / "secret").write_text("secret")
    (site / "open.py").write_text("x = 1")
    program = """
import json, sys
from pathlib import Path
from autograder.messages import Call
from autograder.model import Limits
from autograder.supervisor.process import StudentProcess
from autograder.supervisor.zygote import ZygoteHandle
masked, secret, paths = json.loads(sys.argv[1])
with ZygoteHandle(1, masked, map(Path, secret)) as started:
    started.wait()
    with StudentProcess(started.controls[0], Limits(), probe=True) as process:
        ask = lambda path: process.request(Call.PROBE, "read", {"path": path})
        print(json.dumps([ask(path) for path in paths]))
"""
    paths = [*(str(folder / "secret") for folder in secrets), str(site / "open.py")]
    for masked in LEVELS.values():
        # What lies beside the libraries is no secret that anybody has to name.
        options = json.dumps([masked, [str(path) for path in secrets[1:]], paths])
        done = subprocess.run(
            [venv / "bin" / "python", "-c", program, options],
            capture_output=True,
            text=True,
            env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == [False, False, False, False, True]
