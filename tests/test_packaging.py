"""The lock and the ways in, for each Python, processor and machine that the README names."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from autograder.course import lock
from autograder.integrations.gradescope.bundle import write_requirements

ROOT = Path(__file__).parent.parent
PYTHONS = ("3.11.0", "3.12.0", "3.13.0", "3.14.0")
PLATFORMS = ("x86_64-manylinux_2_28", "aarch64-manylinux_2_28")
ACCELERATORS = re.compile(r"nvidia|cuda|triton|cudnn|rocm", re.IGNORECASE)
OFFLINE = re.compile(r"dns error|failed to lookup|error sending request|connect|timed out", re.I)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PINS = {name: lock.pins(ROOT, name) for name in (lock.TORCH, lock.GRADE, lock.DOCS, lock.DEV)}
FAKE = """#!/bin/sh
if [ "$1 $2" = "-m venv" ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; fi
echo "$*" >> "{log}"
"""


def requirements(lines: list[str]) -> list[Requirement]:
    return [Requirement(line) for line in lines]


def names(*files: str) -> set[str]:
    return {pin.name for file in files for pin in PINS[file]}


# -- what stands in the lock -----------------------------------------------------------------------


def test_torch_stands_alone() -> None:
    """In a file without hashes, since its wheels differ; and nothing of CUDA is anywhere."""
    assert [pin.name for pin in PINS[lock.TORCH]] == ["torch"]
    assert not PINS[lock.TORCH][0].hashes
    others = names(lock.GRADE, lock.DOCS, lock.DEV)
    assert "torch" not in others
    assert not [name for name in others if ACCELERATORS.search(name)]


@pytest.mark.parametrize("file", [lock.GRADE, lock.DOCS, lock.DEV])
def test_everything_else_has_hashes(file: str) -> None:
    """Every line is a pin, and every pin names its files' hashes: pip takes all or none."""
    text = (ROOT / lock.FOLDER / file).read_text()
    assert len(PINS[file]) == len(re.findall(r"^[^\s#-]", text, re.MULTILINE)) > 10
    hashed = re.compile(r"(?: \\\n    --hash=sha256:[0-9a-f]{64})+")
    assert [pin.name for pin in PINS[file] if not hashed.fullmatch(pin.hashes)] == []


def test_what_developers_need_is_apart() -> None:
    """On top of what the site is built with, and that on top of what grading needs; none twice."""
    below = {lock.DOCS: lock.GRADE, lock.DEV: lock.DOCS}
    for file, under in below.items():
        assert (ROOT / lock.FOLDER / file).read_text().splitlines()[1] == f"-r {under}"
    every = [pin.name for file in (lock.GRADE, lock.DOCS, lock.DEV) for pin in PINS[file]]
    assert len(set(every)) == len(every)
    assert {"sphinx", "myst-parser", "furo"} <= names(lock.DOCS)
    assert {"ruff", "mypy", "hypothesis", "uv", "import-linter"} <= names(lock.DEV)


def test_the_lock_holds_what_the_project_names() -> None:
    """Each dependency of pyproject.toml within its range; and no package without a reason."""
    extras = PROJECT["optional-dependencies"]
    asked = {
        lock.GRADE: [*PROJECT["dependencies"], *extras["postgres"]],
        lock.DOCS: [*PROJECT["dependencies"], *extras["docs"]],
        lock.DEV: [*PROJECT["dependencies"], *(one for extra in extras.values() for one in extra)],
    }
    reasons = {"autograd-labs (pyproject.toml)", lock.BESIDE_TORCH}
    known = [pin for file in (lock.GRADE, lock.TORCH) for pin in PINS[file]]
    for file, lines in asked.items():
        known += PINS[file] if file != lock.GRADE else []
        for one in requirements(lines):
            found = [pin for pin in known if pin.name == canonicalize_name(one.name)]
            assert found, one
            assert all(one.specifier.contains(pin.version) for pin in found), one
        explained = {pin.name for pin in lock.needed(known, reasons)}
        assert names(file) <= explained


def test_what_torch_asks_for_is_named() -> None:
    """beside-torch.in is torch's own metadata, less what comes with torch for a GPU."""
    (pin,) = PINS[lock.TORCH]
    if importlib.metadata.version("torch").split("+")[0] != pin.version:
        pytest.skip(f"torch {importlib.metadata.version('torch')} is installed, not {pin.version}")
    plain = [
        one
        for one in requirements(importlib.metadata.requires("torch") or [])
        if not ACCELERATORS.search(one.name) and "extra" not in str(one.marker)
    ]
    text = (ROOT / lock.FOLDER / "beside-torch.in").read_text()
    named = requirements([line for line in text.splitlines() if not line.startswith("#")])
    kept = {(canonicalize_name(one.name), str(one.specifier)) for one in plain}
    assert kept == {(one.name, str(one.specifier)) for one in named}


def test_conda_gets_the_versions_of_the_lock() -> None:
    """environment.yml is what `make lock` writes."""
    made = runpy.run_path(str(ROOT / "scripts" / "lock.py"))["environment"](ROOT)
    assert made == (ROOT / "environment.yml").read_text()
    assert set(re.findall(r"- ([\w-]+)", made)) >= {"torch", "nbgrader", "ruff"}


def test_no_address_of_an_index_is_written() -> None:
    """Where packages come from is each machine's matter."""
    for path in [
        *(ROOT / lock.FOLDER).iterdir(),
        ROOT / "Makefile",
        ROOT / "Dockerfile",
        ROOT / "environment.yml",
    ]:
        assert "://" not in path.read_text(), path.name


# -- each Python, each processor -------------------------------------------------------------------


def uv(*arguments: str | Path) -> str:
    """What uv says; the test is skipped where there is no uv, or no index for it."""
    if importlib.util.find_spec("uv") is None:
        pytest.skip("uv is not installed: nothing can be resolved")
    command = [sys.executable, "-m", "uv", "--no-progress", "pip", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    if done.returncode and OFFLINE.search(done.stderr):
        pytest.skip(f"no package index is reached: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def wheels(python: str, platform: str) -> list[str]:
    """Resolve for another machine, from wheels alone: builds from source are promised nobody."""
    return [
        "--only-binary",
        ":all:",
        "--python-version",
        python,
        "--python-platform",
        platform,
        "--python",
        sys.executable,
    ]


def test_the_promised_pythons_are_those_that_make_takes() -> None:
    """This one among them: scripts/python.py finds nothing wrong with it."""
    told = runpy.run_path(str(ROOT / "scripts" / "python.py"))
    first, last = (tuple(map(int, one.split(".")[:2])) for one in (PYTHONS[0], PYTHONS[-1]))
    assert (told["OLDEST"], told["NEWEST"]) == (first, last)
    assert PROJECT["requires-python"] == f">={first[0]}.{first[1]}"


@pytest.mark.slow
@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_the_lock_installs(python: str, platform: str, tmp_path: Path) -> None:
    """Every file that a machine would take has its hash, and the lock lacks nothing."""
    write_requirements(ROOT, tmp_path / "gradescope")
    files = [
        Path(lock.FOLDER) / lock.GRADE,
        Path(lock.FOLDER) / lock.DOCS,
        Path(lock.FOLDER) / lock.DEV,
        tmp_path / "gradescope" / lock.GRADE,
    ]
    for file in files:
        arguments: list[str | Path] = [
            "install",
            "--dry-run",
            "--require-hashes",
            "--target",
            tmp_path / "target",
            *wheels(python, platform),
        ]
        said = uv(*arguments, "--requirement", file)
        assert re.search(r"^Would install \d+ packages", said, re.MULTILINE)


@pytest.mark.slow
@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_torch_adds_only_what_a_gpu_needs(python: str, platform: str) -> None:
    """Beside the lock, torch finds all that it asks for: what pip would add has to do with CUDA."""
    files = [f"{lock.FOLDER}/{lock.GRADE}", f"{lock.FOLDER}/{lock.TORCH}"]
    options = ["--quiet", "--no-header", "--no-annotate", *wheels(python, platform)]
    said = uv("compile", *options, *files)
    resolved = dict(re.findall(r"^([\w.-]+)==(\S+)", said, re.MULTILINE))
    versions = {pin.name: pin.version for file in (lock.GRADE, lock.TORCH) for pin in PINS[file]}
    added = {name for name, version in resolved.items() if versions.get(name) != version}
    assert "torch" in resolved.keys() - added
    assert not [name for name in added if not ACCELERATORS.search(name)]


# -- make ------------------------------------------------------------------------------------------


class Clone:
    """What `make` needs of the repository, with a Python that only notes what it is told."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.log = folder / "a clone", folder / "log"
        self.folder.mkdir()
        for name in ("Makefile", "pyproject.toml"):
            shutil.copy(ROOT / name, self.folder)
        for name in ("requirements", "scripts"):
            shutil.copytree(ROOT / name, self.folder / name)
        self.python = folder / "python"
        self.python.write_text(FAKE.format(log=self.log))
        self.python.chmod(0o755)

    def make(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        self.log.write_text("")
        kept = {name: os.environ[name] for name in ("HOME", "TMPDIR") if name in os.environ}
        environment = kept | {"PATH": "/usr/bin:/bin"} | environment
        return subprocess.run(
            ["make", *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def installed(self) -> list[str]:
        """What pip was told, without what it is told every time."""
        said = re.findall(
            r"^-m pip install --quiet --disable-pip-version-check (.*)$",
            self.log.read_text(),
            re.MULTILINE,
        )
        return [" ".join(line.split()) for line in said]


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


LEAST = [
    "--requirement requirements/grade.txt",
    "--requirement requirements/torch.txt",
    "--no-deps --no-build-isolation --editable .",
]
REST = ["--requirement requirements/dev.txt"]


def test_grading_installs_the_least(clone: Clone) -> None:
    """The tools come on top, and nothing is installed again until the lock changes."""
    clone.make("grade", f"PYTHON={clone.python}")  # and fails: this Python installs no `autograder`
    assert clone.installed() == LEAST
    assert clone.make("setup", f"PYTHON={clone.python}").returncode == 0
    assert clone.installed() == REST
    assert clone.make("setup", f"PYTHON={clone.python}").returncode == 0
    assert clone.installed() == []
    os.utime(clone.folder / "requirements" / "torch.txt", (2e9, 2e9))
    assert clone.make("setup", f"PYTHON={clone.python}").returncode == 0
    assert clone.installed() == LEAST + REST


def test_the_site_needs_no_tools_for_developers(clone: Clone) -> None:
    """`make docs` installs by itself what it builds with, and `make setup` brings it along."""
    clone.make("docs", f"PYTHON={clone.python}")
    assert clone.installed() == [*LEAST, "--requirement requirements/docs.txt"]
    clone.make("docs", f"PYTHON={clone.python}")
    assert clone.installed() == []
    os.utime(clone.folder / "requirements" / "docs.txt", (2e9, 2e9))
    assert clone.make("setup", f"PYTHON={clone.python}").returncode == 0
    assert clone.installed() == REST


def test_torch_alone_comes_from_an_index_of_its_own(clone: Clone) -> None:
    """Named to make or in the environment."""
    for place, arguments, environment in (
        ("one", ["TORCH_INDEX=cpu"], {}),
        ("two", [], {"TORCH_INDEX": "cpu"}),
    ):
        arguments += [f"PYTHON={clone.python}", f"LABS_VENV={place}"]
        done = clone.make("setup", *arguments, **environment)
        assert done.returncode == 0, done.stderr
        assert clone.installed() == [LEAST[0], f"--index-url cpu {LEAST[1]}", *LEAST[2:], *REST]


def test_a_conda_environment_is_used_as_it_is(clone: Clone, tmp_path: Path) -> None:
    (tmp_path / "conda" / "bin").mkdir(parents=True)
    shutil.copy(clone.python, tmp_path / "conda" / "bin")
    assert clone.make("setup", CONDA_PREFIX=str(tmp_path / "conda")).returncode == 0
    assert clone.installed() == LEAST + REST
    assert not (clone.folder / ".venv").exists()
    assert clone.make("clean", CONDA_PREFIX=str(tmp_path / "conda")).returncode == 0
    assert not list(clone.folder.glob(".conda*"))


def test_the_environment_can_lie_elsewhere(clone: Clone, tmp_path: Path) -> None:
    """As it does in the image, where the repository is mounted."""
    done = clone.make("setup", f"PYTHON={clone.python}", LABS_VENV=str(tmp_path / "venv"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "venv" / "bin" / "python").is_file()
    assert not (clone.folder / ".venv").exists()


def test_the_tests_say_how_long_they_take(clone: Clone) -> None:
    said = clone.make("test", f"PYTHON={clone.python}").stderr
    assert "take about twenty minutes on two cores" in said


def test_a_python_without_venv_is_told_what_to_do(clone: Clone, tmp_path: Path) -> None:
    """Debian's python3 comes without: a package has it."""
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "ensurepip.py").write_text("raise ImportError('as Debian does')\n")
    done = clone.make("grade", f"PYTHON={sys.executable}", PYTHONPATH=str(tmp_path / "broken"))
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert done.returncode != 0
    assert f"apt-get install python{version}-venv" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (clone.folder / ".venv").exists()


@pytest.mark.parametrize("version", ["(3, 10, 13)", "(3, 15, 0)"])
def test_another_python_is_refused_with_what_is_needed(version: str) -> None:
    program = f"import sys; sys.version_info = {version}; exec(sys.stdin.read())"
    script = (ROOT / "scripts" / "python.py").read_text()
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, input=script, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("Python 3.11 to 3.14 is needed, ")
    assert "make PYTHON=" in done.stderr


# -- containers: as much as can be tried without one -----------------------------------------------


def instructions() -> Iterator[tuple[str, str]]:
    """The Dockerfile's instructions with what follows them, continued lines joined."""
    text = (ROOT / "Dockerfile").read_text()
    lines = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)).splitlines()
    return ((word, rest) for word, _, rest in (line.partition(" ") for line in lines if line))


def test_the_image_starts_from_a_slim_python_and_ends_as_an_ordinary_user() -> None:
    steps = list(instructions())
    assert [word for word, _ in steps if word == "FROM"] == ["FROM"]
    assert re.fullmatch(r"python:3\.\d+-slim-\w+", steps[0][1])
    assert [rest for word, rest in steps if word == "USER"] == ["grader"]
    assert steps.index(("USER", "grader")) < steps.index(("RUN", "PIP_NO_CACHE_DIR=1 make setup"))
    assert json.loads(steps[-1][1]) == ["make", "grade"]
    for word, rest in steps:
        if word == "RUN":
            assert subprocess.run(["bash", "-n"], input=rest, text=True).returncode == 0
            assert "sudo" not in rest


def lay(source: Path, target: Path) -> None:
    """Copy as COPY does: a file into a folder, a folder's content in its place."""
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        target.mkdir(exist_ok=True)
        shutil.copy2(source, target)


def test_the_images_setup_has_the_files_that_it_needs(tmp_path: Path) -> None:
    """What is copied before `make setup` is enough for it."""
    clone = Clone(tmp_path)
    shutil.rmtree(clone.folder)
    clone.folder.mkdir()
    for word, rest in instructions():
        if word == "COPY":
            *sources, target = [one for one in shlex.split(rest) if not one.startswith("--")]
            if sources == ["."]:
                break
            for source in sources:
                lay(ROOT / source, clone.folder / target)
    done = clone.make("setup", f"PYTHON={clone.python}", LABS_VENV=str(tmp_path / "venv"))
    assert done.returncode == 0, done.stderr
    assert clone.installed() == LEAST + REST
    for need in (PROJECT["readme"], *PROJECT["license-files"], "autograder/__init__.py"):
        assert (clone.folder / need).is_file()


def test_no_image_holds_students_work() -> None:
    """What git ignores stays out, and git's own folder."""
    ignored = {line.strip("/") for line in (ROOT / ".gitignore").read_text().split()}
    _, *lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored | {".git"} == {line.removeprefix("**/") for line in lines}


def test_the_dev_container_is_that_image() -> None:
    """The keys are those of the dev container format; paths and user are the Dockerfile's."""
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())
    known = {
        "name",
        "build",
        "workspaceMount",
        "workspaceFolder",
        "remoteUser",
        "postCreateCommand",
        "customizations",
    }
    assert set(container) == known
    build, steps = container["build"], list(instructions())
    assert (ROOT / ".devcontainer" / build["dockerfile"]).resolve() == ROOT / "Dockerfile"
    for name in build["args"]:
        assert ("ARG", f'{name}=""') in steps
    assert ("USER", container["remoteUser"]) in steps
    assert ("WORKDIR", container["workspaceFolder"]) in steps
    assert f"target={container['workspaceFolder']}," in container["workspaceMount"]
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(container["postCreateCommand"].removeprefix("make ").split()) <= targets
    place = container["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"]
    (environment,) = [rest for word, rest in steps if word == "ENV"]
    assert f"LABS_VENV={Path(place).parent.parent}" in environment.split()
