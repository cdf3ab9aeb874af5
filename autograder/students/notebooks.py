"""The notebook that runs: where it lies, its cells, and what was handed out with it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SHEETS = Path(__file__).parent / "labs"  # a sheet for each lab, as a release packs them
BESIDE = "help"  # or, in the course itself, in a folder beside the labs'
SECONDS_FOR_COLAB = 20


@dataclass(frozen=True)
class Notebook:
    """A student's notebook.

    Attributes:
        name: the file's name without `.ipynb`; the lab's where no file is known, as on Colab.
        folder: where it lies; the working folder where that is not known.
        cells: as they are saved.
        sheet: what was handed out with it; {} where that is not at hand.
    """

    name: str
    folder: Path
    cells: list[dict[str, Any]]
    sheet: dict[str, Any]

    @property
    def tests(self) -> list[dict[str, Any]]:
        """Its visible tests; those handed out, where an editor dropped what marks them."""
        found = [cell for cell in self.cells if is_test(cell)]
        return found or [_as_cell(test) for test in self.sheet.get("tests", ())]

    def saved(self, cell_id: str) -> str:
        """The text of a cell as it is saved; "" where there is no such cell."""
        return next((source(cell) for cell in self.cells if cell.get("id") == cell_id), "")


def find(notebook: str | None, namespace: dict[str, Any]) -> Notebook:
    """The notebook by its file's name, or the one that runs.

    Raises:
        FileNotFoundError: which one it is cannot be found out.
    """
    if notebook is None and "google.colab" in sys.modules:
        cells, folder, name = _on_colab(), Path.cwd(), ""
    else:
        path = Path(notebook) if notebook else _this_notebook(namespace)
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        folder, name = path.parent, path.stem
    sheet = _sheet(folder, name, cells)
    return Notebook(name or sheet.get("lab", "notebook"), folder, cells, sheet)


def _on_colab() -> list[dict[str, Any]]:
    """Colab keeps notebooks where no program of theirs can read them, and hands over the cells when
    asked.
    """
    from google.colab import _message  # type: ignore[import-not-found, unused-ignore]

    told = _message.blocking_request("get_ipynb", timeout_sec=SECONDS_FOR_COLAB)
    cells: list[dict[str, Any]] = told["ipynb"]["cells"]
    return cells


def _this_notebook(namespace: dict[str, Any]) -> Path:
    """The file of the notebook that runs, as Jupyter or VS Code tells it; else the folder's only
    notebook.
    """
    for told in (os.environ.get("JPY_SESSION_NAME"), namespace.get("__vsc_ipynb_file__")):
        if told:
            for path in (Path(told), Path(Path(told).name)):
                if path.suffix == ".ipynb" and path.is_file():
                    return path
    found = sorted(path for path in Path.cwd().glob("*.ipynb") if "checkpoint" not in path.name)
    if len(found) != 1:
        raise FileNotFoundError(
            f"{len(found)} notebooks are in {Path.cwd()}: say which, check('name.ipynb')"
        )
    return found[0]


def _sheet(folder: Path, name: str, cells: list[dict[str, Any]]) -> dict[str, Any]:
    """The sheet of the lab that this notebook is, by its tests or else by its name; {} for none."""
    tests = {grade_id(cell) for cell in cells if is_test(cell)}
    known = list(_sheets(folder))
    for sheet in known:
        if tests and tests == {test["name"] for test in sheet["tests"]}:
            return sheet
    return next((sheet for sheet in known if name.startswith(sheet["lab"])), {})


def _sheets(folder: Path) -> Iterator[dict[str, Any]]:
    beside = folder / "autograd_labs_check" / SHEETS.name  # where another copy of us was imported
    for place in (SHEETS, beside, folder.resolve().parent / BESIDE):
        for path in sorted(place.glob("*.json")):
            yield json.loads(path.read_text(encoding="utf-8"))


def _as_cell(test: dict[str, Any]) -> dict[str, Any]:
    about = {"grade_id": test["name"], "grade": True, "points": test["points"]}
    return {"cell_type": "code", "source": test["source"], "metadata": {"nbgrader": about}}


def source(cell: dict[str, Any]) -> str:
    """A cell's text; files hold it as one string or as lines."""
    text = cell["source"]
    return text if isinstance(text, str) else "".join(text)


def is_test(cell: dict[str, Any]) -> bool:
    """Whether a cell is a visible test."""
    about = cell["metadata"].get("nbgrader", {})
    return cell["cell_type"] == "code" and bool(about.get("grade")) and not about.get("solution")


def grade_id(cell: dict[str, Any]) -> str:
    """The name that a graded cell has."""
    return str(cell["metadata"]["nbgrader"]["grade_id"])


def shell() -> Any:
    """The running IPython, if this is one."""
    get = getattr(sys.modules.get("IPython"), "get_ipython", None)
    return get() if get is not None else None


def names() -> dict[str, Any]:
    """What the running notebook defines."""
    running = shell()
    return running.user_ns if running is not None else vars(sys.modules["__main__"])
