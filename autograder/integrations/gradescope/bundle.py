"""The `autograder.zip` that Gradescope takes: the grader, one lab and its hidden checks."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import msgspec

from autograder import files
from autograder.course import handout, lock
from autograder.course.labs import Lab
from autograder.judge import inputs
from autograder.layout import PACKAGE, CourseLayout

SETTINGS = "gradescope.json"
PROGRAMS = ("setup.sh", "run_autograder")
_NEEDS = (
    *("numpy", "matplotlib", "ipython", "msgpack", "msgspec", "platformdirs", "jupytext"),
    *("nbformat", "pytest"),
)


class Settings(msgspec.Struct, frozen=True):
    """What the zip says of itself: its lab, whether to go on without a sandbox, and whether what
    cannot be read or run has 0 points rather than none.
    """

    lab: str
    trusted: bool
    counts_zero: bool = False


def build(
    root: Path,
    lab: Lab,
    target: Path,
    *,
    index: str = "",
    trusted: bool = False,
    counts_zero: bool = False,
) -> Path:
    """Make a lab's `autograder.zip`, to be uploaded under Configure Autograder.

    It holds the hidden checks and the course's secret: never hand it out.

    Args:
        root: the course.
        lab: Gradescope has one autograder an assignment.
        target: the zip, written anew.
        index: a package index with PyTorch's CPU wheels, which save two gigabytes of the image.
        trusted: grade also where student code cannot be confined; every result says so.
        counts_zero: give 0 points to what cannot be read or run, rather than none.

    Raises:
        UsageError: a file that belongs into it is missing.
    """
    lab.require_checks()
    target.parent.mkdir(parents=True, exist_ok=True)
    settings = Settings(lab.name, trusted, counts_zero)
    with tempfile.TemporaryDirectory(prefix="autograder-gradescope-") as place:
        folder = Path(place)
        for name in PROGRAMS:
            shutil.copyfile(Path(__file__).parent / "files" / name, folder / name)
            (folder / name).chmod(0o755)
        (folder / "torch-index").write_text(index)
        (folder / SETTINGS).write_bytes(msgspec.json.encode(settings) + b"\n")
        files.write(CourseLayout(folder).secret, inputs.course_secret(root).decode() + "\n")
        _copy_package(folder / "autograder", lab)
        write_requirements(root, folder / lock.FOLDER)
        _copy_lab(folder, lab)
        return handout.pack(folder, target)


def _copy_package(target: Path, lab: Lab) -> None:
    """This package, with the checks of one lab."""

    def unwanted(folder: str, names: list[str]) -> list[str]:
        kept = ("__init__.py", lab.checks.name)
        others = [n for n in names if n not in kept] if Path(folder).name == "checks" else []
        return [*others, *(n for n in names if n in ("__pycache__", "pages"))]

    shutil.copytree(PACKAGE, target, ignore=unwanted)
    shutil.copy(lab.checks, target / "checks")


def write_requirements(root: Path, target: Path) -> None:
    """The part of the lock that the container needs, and torch's own file."""
    pins = lock.needed(lock.pins(root, lock.GRADE), {*_NEEDS, lock.BESIDE_TORCH})
    target.mkdir()
    (target / lock.GRADE).write_text("".join(f"{pin.line}{pin.hashes}\n" for pin in pins))
    shutil.copy(root / lock.FOLDER / lock.TORCH, target)


def _copy_lab(folder: Path, lab: Lab) -> None:
    """The lab's starter, and its source with the catalogue of mistakes."""
    layout = CourseLayout(folder)
    layout.starter(lab.name).parent.mkdir(parents=True)
    shutil.copy(lab.notebook, layout.starter(lab.name))
    if lab.solutions.is_dir():
        unwanted = shutil.ignore_patterns("__pycache__", "alternatives")
        shutil.copytree(lab.solutions, layout.solutions / lab.name, ignore=unwanted)
