"""What leaves the house: source notebooks for nbgrader, and the folder and the zip that students
receive.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import autograder
from autograder.course import labs as course
from autograder.course import lock, published, sheet, starters, wheel
from autograder.course.labs import Lab
from autograder.course.published import Published
from autograder.errors import UsageError
from autograder.files import zip_entry
from autograder.layout import PACKAGE

CHECK = "autograd_labs_check"  # the students' side, by the name that it has in a release
WHEEL = wheel.file_name(CHECK, autograder.__version__)
_EARLIER = f"{CHECK}.py"  # what releases had in its place
_FILES = ("README.md", "environment.yml", "requirements.txt")
_PAGE = """# {title}

{labs}

## Start

With conda:

    conda env create --file environment.yml
    conda activate {environment}
    jupyter lab

With pip, in Python 3.11 or later:

    python -m venv .venv
    source .venv/bin/activate        (on Windows: .venv\\Scripts\\activate)
    python -m pip install -r requirements.txt
    jupyter lab

In VS Code: open this folder, open a notebook, and choose the environment made above as its kernel
(the extensions Python and Jupyter are needed).

On Colab: {colab}

Open a notebook and read it from the top. Write your answers where it says `# YOUR CODE HERE`, and
delete the line `raise NotImplementedError(...)` below.

## Check yourself, and get help

Run every cell. The cells after your answers test them: each prints that its tests pass, or ends in
an error that says what is wrong. The notebook's first cell of code brings four functions for cells
of your own:

* `check()` runs all of these tests at once and shows a table; `check(only="forward")` runs one.
* `hint("forward")` gives a hint for one of them, and the next one when you call it again; there are
  three levels. `hint()` takes the first test that does not pass.
* `status()` shows what is done, in points and minutes.
* `reset("...")`, as the first line of an answer's cell, puts its stub back when you run that cell,
  and saves what you had in a file beside the notebook.

Anywhere else, and in notebooks that you started from an earlier release:

    from autograd_labs_check import check; check()

All of it works offline and knows only the tests that you can read in the notebook. Grading also
uses other inputs. What you did is kept in `.ipynb_checkpoints`, on your machine alone.

## Hand in

Save the notebook under the name it has, and hand in that one file. Do not delete or copy the cells
you were given; cells of your own are welcome. Grading restarts your notebook from the top:
*Kernel > Restart Kernel and Run All Cells* shows whether that works.
"""


def sources(root: Path) -> list[Path]:
    """Build nbgrader's source notebooks, `source/<lab>/<lab>.ipynb`, where they are older than the
    labs' own sources.

    nbgrader copies every file beside a source notebook to students, so `solutions/` itself must
    never be its source folder.

    Raises:
        UsageError: a lab's source is not in the form that CONTRIBUTING.md describes.
    """
    built = []
    for folder in starters.lab_sources(root):
        text = folder / f"{folder.name}.py"
        target = root / "source" / folder.name / f"{folder.name}.ipynb"
        if not target.is_file() or target.stat().st_mtime_ns < text.stat().st_mtime_ns:
            import nbformat  # takes a second

            from autograder.course import script

            target.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(script.notebook(folder), target)
            built.append(target)
    return built


def build(
    root: Path,
    labs: Sequence[Lab],
    folder: Path,
    title: str = "Autograd labs",
    at: Published | None = None,
) -> Path:
    """Make what students receive: the notebooks, the environment, a page to start from, the
    students' side beside each notebook and as a wheel. And its zip beside it.

    Args:
        root: the course.
        labs: which ones; all of the course's where empty.
        folder: made anew; its zip is `<folder>.zip`.
        title: what the page is headed.
        at: where the folder is published; notebooks then have a badge that opens them on Colab.

    Returns:
        The zip.

    Raises:
        UsageError: the folder holds something that was not made here.
    """
    labs = list(labs) or course.find(root, ())
    pinned = packages(root)
    lines = [
        f"* `{lab.name}/{lab.notebook.name}`: {lab.title}, {lab.difficulty}, "
        f"about {lab.minutes} minutes. {lab.summary}"
        for lab in labs
    ]
    colab = _ON_COLAB_PUBLISHED if at else _ON_COLAB.format(wheel=WHEEL)
    page = _PAGE.format(title=title, labs="\n".join(lines), environment=ENVIRONMENT, colab=colab)
    _empty(folder)
    (folder / "README.md").write_text(page, encoding="utf-8")
    for lab in labs:
        for name, content in students_side([lab]).items():
            path = folder / lab.name / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        book = lab.notebook.read_bytes()
        (folder / lab.name / lab.notebook.name).write_bytes(
            published.with_badge(book, lab, at, WHEEL) if at else book
        )
    packed = wheel.pack(CHECK, autograder.__version__, _SUMMARY, students_side(labs))
    (folder / WHEEL).write_bytes(packed)
    (folder / "environment.yml").write_text(_environment(pinned), encoding="utf-8")
    (folder / "requirements.txt").write_text(
        "".join(f"{package}\n" for package in pinned), encoding="utf-8"
    )
    return pack(folder, folder.with_name(f"{folder.name}.zip"), folder.name)


_SUMMARY = "Visible tests, hints and progress for the autograd labs: the students' side alone"
_ON_COLAB = """upload the notebook, and `{wheel}` into its files (the folder on the
left). The first cell of code installs it. PyTorch is there already."""
_ON_COLAB_PUBLISHED = """each notebook begins with a badge that opens it there. Save a copy in your
Drive before you begin. PyTorch is there already."""


def students_side(labs: Sequence[Lab]) -> dict[str, bytes]:
    """The package that students get, with a sheet for each of these labs, by path."""
    modules = {
        f"{CHECK}/{path.name}": path.read_bytes()
        for path in sorted((PACKAGE / "students").glob("*.py"))
    }
    sheets = {f"{CHECK}/labs/{lab.name}.json": sheet.of(lab).encode() for lab in labs}
    return modules | sheets


ENVIRONMENT = "autograd-labs"
FOR_STUDENTS = ("torch", "numpy", "matplotlib", "ipython", "jupyterlab")


def packages(root: Path) -> list[str]:
    """What students need, at the versions that the grader has: `torch==...`, one each.

    Raises:
        UsageError: a file of `requirements/` is missing, or they lack one of them.
    """
    pinned = [pin for pin in lock.pins(root, lock.TORCH, lock.GRADE) if pin.name in FOR_STUDENTS]
    if missing := set(FOR_STUDENTS) - {pin.name for pin in pinned}:
        names = ", ".join(sorted(missing))
        raise UsageError(f"`{root / lock.FOLDER}` has no version of {names}: `make lock` writes it")
    return [pin.line for pin in sorted(pinned, key=lambda pin: FOR_STUDENTS.index(pin.name))]


def _environment(pinned: Sequence[str]) -> str:
    lines = [
        f"name: {ENVIRONMENT}",
        "channels:",
        "  - conda-forge",
        "dependencies:",
        "  - python=3.11",
        "  - pip",
        "  - pip:",
    ]
    return "".join(f"{line}\n" for line in [*lines, *(f"      - {package}" for package in pinned)])


def _empty(folder: Path) -> None:
    """An empty folder, in the place of an earlier release."""
    if folder.exists():
        strange = [
            path.name
            for path in folder.iterdir()
            if path.name not in _FILES
            and not path.match(f"{CHECK}-*.whl")
            and not any((path / name).exists() for name in (CHECK, _EARLIER))
        ]
        if strange:
            raise UsageError(
                f"`{folder}` holds `{sorted(strange)[0]}`, which is no part of a "
                f"release; name another folder or remove it"
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True)


def pack(folder: Path, target: Path, top: str = "") -> Path:
    """Zip a folder's files, the same bytes for the same files; executable ones stay so.

    Args:
        folder: what to pack.
        target: the zip, written anew.
        top: the folder that the files lie in, inside the zip; none where empty.
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(_files(folder)):
            name = path.relative_to(folder).as_posix()
            mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
            entry = zip_entry(f"{top}/{name}" if top else name, mode=mode)
            file.writestr(entry, path.read_bytes())
    return target


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())
