"""Rebuild the pinned environment from pyproject.toml; with `--upgrade`, of newer versions.

`requirements/grade.txt` pins what grading needs, `requirements/docs.txt` what the site is built
with on top, `requirements/dev.txt` what developers need on top of both: with hashes, and for every
Python and platform that `requirements/torch.txt` has a torch for.
`environment.yml` tells conda users the same versions.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from autograder.course import lock

ROOT = Path(__file__).resolve().parent.parent
OLDEST = "3.11"
HEADER = "# Made by `make lock`; never edited by hand. {}\n"
GRADE = "What grading needs, but for torch itself."
DOCS = "What the documentation is built with, on top of it."
DEV = "What developers need on top."
CONDA = """\
# For conda users: the packages that the project names, at the locked versions. Made by `make lock`.
name: autograd-labs
channels:
  - conda-forge
dependencies:
  - python={python}
  - pip
  - pip:
{packages}"""


def resolve(target: str, header: str, *options: str) -> None:
    """Pin what `options` ask for in a file of `requirements/`, keeping what stands there."""
    path = ROOT / lock.FOLDER / target
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as without:
        without.write("torch\n")
        without.flush()
        command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--no-header"]
        command += ["--universal", "--python-version", OLDEST, "--fork-strategy", "fewest"]
        command += ["--generate-hashes", "--excludes", without.name, "--python", sys.executable]
        command += ["--output-file", f"{lock.FOLDER}/{target}", "pyproject.toml", *options]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    path.write_text(header + path.read_text(encoding="utf-8"), encoding="utf-8")


def environment(root: Path) -> str:
    """The text of `environment.yml`."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = sum(project["optional-dependencies"].values(), project["dependencies"])
    locked = {pin.name: pin for pin in lock.pins(root, lock.TORCH, lock.GRADE, lock.DOCS, lock.DEV)}
    packages = [re.split(r"[<>=!~; ]", one)[0] for one in named]
    lines = [f"      - {one}{_version(locked[one.split('[')[0].lower()])}\n" for one in packages]
    return CONDA.format(python=OLDEST, packages="".join(lines))


def _version(pin: lock.Pin) -> str:
    return pin.line.removeprefix(pin.name)


def on_top(target: str, about: str, below: tuple[str, ...], *options: str) -> None:
    """Pin what `options` ask for beyond what files below it hold; the last of them is taken in."""
    known = {pin.name for pin in lock.pins(ROOT, *below)}
    omitted = [word for name in sorted(known) for word in ("--no-emit-package", name)]
    held = [word for file in below for word in ("--constraint", f"{lock.FOLDER}/{file}")]
    resolve(target, HEADER.format(about) + f"-r {below[-1]}\n", *held, *omitted, *options)


def main(options: list[str]) -> None:
    """Rebuild the four files; options go to the resolver."""
    resolve(
        lock.GRADE,
        HEADER.format(GRADE),
        "--extra",
        "postgres",
        f"{lock.FOLDER}/beside-torch.in",
        *options,
    )
    on_top(lock.DOCS, DOCS, (lock.GRADE,), "--extra", "docs", *options)
    on_top(lock.DEV, DEV, (lock.GRADE, lock.DOCS), "--all-extras", *options)
    (ROOT / "environment.yml").write_text(environment(ROOT), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
