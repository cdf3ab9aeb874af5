"""Hand-ins as students really make them: a right answer keeps its points, or a person is asked.

Each case is a kind of public report about nbgrader, otter-grader, Submitty, Gradescope, VS Code,
Colab or Jupyter, told in our own words beside it. All are judged at once by Lab 03's checks.
"""

from __future__ import annotations

import copy
import json
import os
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from answers import RIGHT

from autograder.course import hand_ins, labs, submissions
from autograder.course.labs import Lab
from autograder.judge.grader import Grader
from autograder.model import Audience, Judgement, Status

pytestmark = pytest.mark.slow  # some sixty hand-ins, judged

LAB = "lab03_custom_relu"
ROOT = Path(__file__).parent.parent
STARTER: dict[str, Any] = json.loads((ROOT / "labs" / LAB / f"{LAB}.ipynb").read_bytes())
WRONG = RIGHT.replace("input > 0", "input >= 0")
FULL, EYE = 20.0, None
Book = dict[str, Any]


def wrote(raw: str | bytes, name: str = f"{LAB}.ipynb") -> Callable[[Path], None]:
    """Hands in these bytes."""

    def put(folder: Path) -> None:
        (folder / name).write_bytes(raw if isinstance(raw, bytes) else raw.encode())

    return put


@dataclass(frozen=True)
class Case:
    """A kind of hand-in.

    Attributes:
        score: what it earns; None where an instructor must look.
        put: writes its files into the hand-in's folder.
        told: what a note to the student, or the reason, says.
        report: the public report, or format, that it follows, and what was reported there.
    """

    score: float | None
    put: Callable[[Path], None]
    told: str
    report: str


CASES: dict[str, Case] = {}


def case(
    name: str, score: float | None, told: str, report: str
) -> Callable[[Callable[[Path], None]], None]:
    """Add a case."""

    def add(put: Callable[[Path], None]) -> None:
        assert name not in CASES
        CASES[name] = Case(score, put, told, report)

    return add


# -- making hand-ins -------------------------------------------------------------------------------


def book(answer: str | None = RIGHT) -> Book:
    """The starter, with an answer where one is given."""
    made = copy.deepcopy(STARTER)
    if answer is not None:
        cell(made, "answer-relu")["source"] = answer
    return made


def cell(made: Book, name: str) -> Book:
    return next(one for one in made["cells"] if one["id"] == name)


def own(source: str, kind: str = "code") -> Book:
    """A cell that a student adds."""
    made: Book = {"cell_type": kind, "id": f"own-{hash(source) % 99_999}", "metadata": {}}
    made["source"] = source
    return made | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def retyped(made: Book, *sources: str) -> Book:
    """The answer cell deleted, and cells of the student's own in its place."""
    place = made["cells"].index(cell(made, "answer-relu"))
    made["cells"][place : place + 1] = [own(source) for source in sources]
    return made


def without_ids(made: Book) -> Book:
    """As an editor writes it that knows neither cell ids nor metadata."""
    for number, one in enumerate(made["cells"]):
        one["metadata"] = {"vscode": {"languageId": "python"}} if number % 2 else {}
        one["id"] = f"{number:08x}"
    made["metadata"] = {"kernelspec": {"name": "python3"}}
    return made


def save(folder: Path, made: Book, name: str = f"{LAB}.ipynb", encoding: str = "utf-8") -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(json.dumps(made, ensure_ascii=False).encode(encoding, "replace"))


def writes(answer: str) -> Callable[[Path], None]:
    """Hands in this text in the answer cell."""
    return lambda folder: save(folder, book(answer))


# -- commands and magics ---------------------------------------------------------------------------

LEFT_OUT = "was left out"
case("pip_by_shell", FULL, LEFT_OUT, "otter-grader#861: Colab notebooks begin by installing.")(
    writes(f"!pip install -q torchviz\n{RIGHT}")
)
case("pip_by_magic", FULL, LEFT_OUT, "Databricks-VSCode#175: `%pip` is taken for text.")(
    writes(f"%pip install torchviz\n{RIGHT}")
)
case("conda_by_magic", FULL, LEFT_OUT, "FawltyDeps#79: installs by magics are overlooked.")(
    writes(f"%conda install -y graphviz\n{RIGHT}")
)
case("shell_into_a_name", FULL, LEFT_OUT, "ploomber#478: static tools break on shell lines.")(
    writes(f"files = !ls\n{RIGHT}")
)
case("shell_in_a_block", FULL, LEFT_OUT, "The same, indented: `if colab: !apt-get ...`.")(
    writes(f"import sys\nif 'x' not in sys.modules:\n    !apt-get install graphviz\n{RIGHT}")
)
case("two_bangs", FULL, LEFT_OUT, "IPython's documentation of `!!`: a cell's last value.")(
    writes(f"!!nvidia-smi\n{RIGHT}")
)
case("change_of_folder", FULL, LEFT_OUT, "Colab's guides put `%cd /content/drive` on top.")(
    writes(f"%cd /content/drive/MyDrive\n{RIGHT}")
)
case("extension_that_is_not_there", FULL, LEFT_OUT, "TensorBoard's guide: `%load_ext`.")(
    writes(f"%load_ext tensorboard\n%tensorboard --logdir runs\n{RIGHT}")
)
case("timing", FULL, "", "otter-grader#756: `%%capture` and `%%time` in cells that are graded.")(
    writes(f"%%time\n{RIGHT}")
)
case("await_at_the_top", FULL, "", "execnb#92: runners without a loop fail at a top-level await.")(
    writes(f"import asyncio\nawait asyncio.sleep(0)\n{RIGHT}")
)
case("await_that_waits", FULL, "", "papermill#502: asynchronous cells in graded notebooks.")(
    writes(f"import asyncio\nawait asyncio.sleep(0.01)\nawait asyncio.gather()\n{RIGHT}")
)
case("await_in_an_own_cell", FULL, "", "crosscompute#111: await in converted notebooks.")(
    lambda folder: save(
        folder,
        book()
        | {"cells": [own("import asyncio\nx = await asyncio.sleep(0, 3)")] + book()["cells"]},
    )
)
case("wrong_below_an_install", 17.0, LEFT_OUT, "What is left out saves no wrong answer.")(
    writes(f"!pip install torchviz\n{WRONG}")
)


@case("bash_cell", FULL, LEFT_OUT, "otter-grader#604: cell magics are dropped, and missed.")
def _(folder: Path) -> None:
    made = book()
    made["cells"].insert(3, own("%%bash\npip install torchviz\nls -la"))
    save(folder, made)


# -- what the grader does not have -----------------------------------------------------------------

case("module_of_the_install", EYE, "`torchviz`", "nbgrader#1876, #729: no module when grading.")(
    writes(f"!pip install torchviz\nimport torchviz\n{RIGHT}")
)
case("module_inside_a_function", EYE, "`torchviz`", "otter-grader#906: an import fails first.")(
    writes(RIGHT.replace("        ctx.save", "        import torchviz\n        ctx.save"))
)
case("module_of_colab", EYE, "`google", "nbgrader#1273: work done in Colab, graded elsewhere.")(
    writes(f"from google.colab import drive\ndrive.mount('/content/drive')\n{RIGHT}")
)
case("module_that_is_not_needed", FULL, "", "The same import in a cell that nothing needs.")(
    lambda folder: save(folder, book() | {"cells": [*book()["cells"], own("import seaborn")]})
)
case("input", EYE, "`input()`", "nbgrader#1844, #1210: input() validates and is not graded.")(
    writes(f"n = int(input('how many? '))\n{RIGHT}")
)
case("password", EYE, "`input()`", "hydrogen#146: kernels also answer getpass.")(
    writes(f"import getpass\nkey = getpass.getpass()\n{RIGHT}")
)
case("written_to_a_file", EYE, "`%%writefile relu.py`", "cs224u#64: magics in converted files.")(
    writes(f"%%writefile relu.py\nimport torch\n{RIGHT}")
)
case("other_program", EYE, "starts another program", "Installs by `subprocess`, as Colab's FAQ.")(
    writes(f"import subprocess\nsubprocess.run(['pip', 'install', 'x'])\n{RIGHT}")
)
case("data_file", EYE, "`data.csv`", "nbgrader#1409: files beside the notebook are not collected.")(
    writes(f"rows = open('data.csv').read()\n{RIGHT}")
)
case("unknown_cell_magic", EYE, "`%%cuda`", "otter-grader#604: SQL and other cell magics.")(
    writes(f"%%cuda\n{RIGHT}")
)
case(
    "name_of_a_demo_cell", EYE, "`numbers`", "nbgrader#913: cells that need one that did not run."
)(writes(f"print(numbers(torch.ones(2)))\n{RIGHT}"))


@case("file_that_is_written_and_imported", FULL, "", "A module by `%%writefile`, then imported.")
def _(folder: Path) -> None:
    made = book("from helper import keep\n" + RIGHT.replace("input.clamp(min=0)", "keep(input)"))
    made["cells"].insert(1, own("%%writefile helper.py\ndef keep(x):\n    return x.clamp(min=0)\n"))
    save(folder, made)


@case("import_of_a_demo_cell", FULL, "stands in the demo cell `chain`", "nbgrader#913, an import.")
def _(folder: Path) -> None:
    save(folder, book(f"display('here')\nescape('here')\n{RIGHT}"))


@case(
    "import_added_to_a_demo_cell", FULL, "stands in the demo cell", "The same, the student's own."
)
def _(folder: Path) -> None:
    made = book("half = fractions.Fraction(1, 2)\n" + RIGHT)
    demo = cell(made, "demo-corner")
    demo["source"] = f"import fractions\n{''.join(demo['source'])}"
    save(folder, made)


# -- cells that were moved, deleted, retyped, stripped ---------------------------------------------

IN_ITS_PLACE = "ran in its place"
case("answer_retyped", FULL, IN_ITS_PLACE, "nbgrader#424: a cell deleted and typed anew.")(
    lambda folder: save(folder, retyped(book(), RIGHT))
)
case("answer_retyped_in_two", FULL, IN_ITS_PLACE, "grader-service#213: VS Code lets delete cells.")(
    lambda folder: save(folder, retyped(book(), *RIGHT.split("\n\n\n", 1)))
)
case(
    "answer_retyped_without_the_wrapper", FULL, IN_ITS_PLACE, "The same; the stub's part is kept."
)(lambda folder: save(folder, retyped(book(), RIGHT[: RIGHT.index("def custom_relu")])))
case("stripped_by_an_editor", FULL, "found by their text", "vscode-python#9997: metadata is lost.")(
    lambda folder: save(folder, without_ids(book()))
)
case("stripped_and_wrong", 17.0, "found by their text", "The same; a wrong answer stays wrong.")(
    lambda folder: save(folder, without_ids(book(WRONG)))
)
case("stripped_and_untouched", 0.0, "found by their text", "The same; the starter earns nothing.")(
    lambda folder: save(folder, without_ids(book(None)))
)
case(
    "stripped_and_reordered", FULL, "found by their text", "vim-jukit#121: ids made anew, 0 points."
)(
    lambda folder: save(
        folder, without_ids(book()) | {"cells": list(reversed(without_ids(book())["cells"]))}
    )
)
case(
    "ids_of_colab",
    FULL,
    "found by their text",
    "cocalc#5504, colabtools#581: Colab's ids in the metadata.",
)(lambda folder: save(folder, colab(book())))
case(
    "answer_in_a_notebook_of_its_own", EYE, "hardly any cell", "abc-classroom#88: a new notebook."
)(lambda folder: save(folder, {"cells": [own("import torch"), own(RIGHT)]}))
case("answer_in_a_test_cell", EYE, "Move it there", "resonance#109: typed into another cell.")(
    lambda folder: save(folder, typed_into_a_test(book(None)))
)
case("another_lab", EYE, "of another lab", "nbgrader#1941: the wrong notebook, or a broken one.")(
    lambda folder: save(
        folder,
        json.loads(
            (ROOT / "labs/lab05_gradient_clipping/lab05_gradient_clipping.ipynb").read_bytes()
        ),
    )
)
case("answer_deleted", EYE, "no cell that defines", "grader-service#169, nbgrader#1682: deleted.")(
    lambda folder: save(folder, retyped(book()))
)


def colab(made: Book) -> Book:
    for number, one in enumerate(made["cells"]):
        kept = one["metadata"].get("nbgrader")
        one["metadata"] = {"id": f"{number:012x}", "outputId": "x", "colab": {}}
        if kept:
            one["metadata"]["nbgrader"] = kept
        del one["id"]
    return made | {"nbformat_minor": 0}


def typed_into_a_test(made: Book) -> Book:
    test = cell(made, "test-forward")
    test["source"] = f"{RIGHT}\n{''.join(test['source'])}"
    return made


# -- files -----------------------------------------------------------------------------------------


def picture(megabytes: int) -> Book:
    shown = {"image/png": "iVBORw0KGgo" + "A" * (megabytes << 20)}
    return {"output_type": "display_data", "data": shown, "metadata": {}}


@case("plots_of_47_megabytes", FULL, "47 MB large", "connector-instructors#47, aitnd-issues#49.")
def _(folder: Path) -> None:
    made = book()
    cell(made, "demo-corner")["outputs"] = [picture(16), picture(16), picture(15)]
    save(folder, made)


@case("widgets_of_24_megabytes", FULL, "MB large", "ipywidgets#1970: state grows in the metadata.")
def _(folder: Path) -> None:
    made = book()
    made["metadata"]["widgets"] = {"state": {str(n): {"x": "y" * 60_000} for n in range(400)}}
    save(folder, made)


@case("picture_pasted_into_text", FULL, "MB large", "Submitty#11928: pictures over the cap.")
def _(folder: Path) -> None:
    made = book()
    pasted = own("![](attachment:a.png)", "markdown")
    pasted["attachments"] = {"a.png": {"image/png": "A" * (22 << 20)}}
    made["cells"].insert(2, pasted)
    save(folder, made)


@case("2500_cells", FULL, "", "nbgrader#1083 and others: copied and empty cells pile up.")
def _(folder: Path) -> None:
    made = book()
    made["cells"] += [own("") for _ in range(2_450)] + [own("y = 1", "markdown")] * 50
    save(folder, made)


@case("windows_encoding", FULL, "cp1252", "nbconvert#1868, otter-grader#527: `charmap` files.")
def _(folder: Path) -> None:
    save(folder, book(f"# naïve – übung “so”\n{RIGHT}"), encoding="cp1252")


@case("utf_16", FULL, "", "PowerShell's `>` writes UTF-16 with a mark.")
def _(folder: Path) -> None:
    save(folder, book(), encoding="utf-16")


@case("byte_order_mark", FULL, "", "Notepad writes UTF-8 with a mark.")
def _(folder: Path) -> None:
    save(folder, book(), encoding="utf-8-sig")


case("ending_txt", FULL, "is called", "nbdime#379: browsers and forums add `.txt`.")(
    lambda folder: save(folder, book(), f"{LAB}.ipynb.txt")
)
case(
    "ending_json", FULL, "is called", "The MIME type is JSON's: `.ipynb.json` (ipython-dev, 2014)."
)(lambda folder: save(folder, book(), f"{LAB}.ipynb.json"))
case("ending_in_capitals", FULL, "is called", "Windows keeps the case that a program wrote.")(
    lambda folder: save(folder, book(), f"{LAB.upper()}.IPYNB")
)
case("one_folder_deeper", FULL, "is called", "adapt_authoring#706: zips of a folder.")(
    lambda folder: save(folder, book(), f"{LAB}/{LAB}.ipynb")
)
case("renamed", FULL, "is called", "otter-grader#433, abc-classroom#88, nbgrader#416: renamed.")(
    lambda folder: save(folder, book(), f"{LAB} (1) - Ada Lovelace.ipynb")
)
case("no_notebook", EYE, "no notebook was handed in", "nbgrader#1905: nothing is matched.")(
    wrote("later", "notes.txt")
)
case("empty_file", EYE, "empty", "jupyter/help#171: zero bytes after a crash.")(wrote(b""))
case("cut_off", EYE, "cut off", "aitnd-issues#49: saved in part, handed in.")(
    wrote(json.dumps(book())[:30_000])
)
case("merge_conflict", EYE, "`<<<<<<<`", "notebook#4889, jupyter/help#67: git's marks in it.")(
    wrote(json.dumps(book(), indent=1).replace('\n "metadata"', '\n<<<<<<< HEAD\n "metadata"'))
)
case("web_page", EYE, "a web page", "programming_python#1, liboptpy#4: GitHub's page was saved.")(
    wrote("\n\n<!DOCTYPE html>\n<html>")
)


@case("starter_beside_the_copy", FULL, "-Copy1", "JupyterLab's Duplicate, and both handed in.")
def _(folder: Path) -> None:
    save(folder, book(None))
    save(folder, book(), f"{LAB}-Copy1.ipynb")


@case("starter_beside_two_copies", FULL, "the same answers", "nbgrader#724: several attempts.")
def _(folder: Path) -> None:
    save(folder, book(None))
    save(folder, book(), f"{LAB}-Copy1.ipynb")
    save(folder, book(), f"{LAB} (1).ipynb")


@case("starter_beside_two_answers", EYE, "answers differ", "The same; which one counts is a guess.")
def _(folder: Path) -> None:
    save(folder, book(None))
    save(folder, book(), f"{LAB}-Copy1.ipynb")
    save(folder, book(WRONG), f"{LAB}-Copy2.ipynb")


@case("finished_beside_the_starter", FULL, "were not graded", "The other way round.")
def _(folder: Path) -> None:
    save(folder, book())
    save(folder, book(None), f"{LAB}-Copy1.ipynb")


@case(
    "checkpoints_and_macos",
    FULL,
    "is called",
    "Submitty#4475, Autolab#1342: `__MACOSX`, checkpoints.",
)
def _(folder: Path) -> None:
    save(folder, book(), f"hand in/{LAB}.ipynb")
    save(folder, book(None), f".ipynb_checkpoints/{LAB}-checkpoint.ipynb")
    (folder / "__MACOSX").mkdir()
    (folder / "__MACOSX" / f"._{LAB}.ipynb").write_bytes(b"\0\5\26\7")


# -- judging them ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lab() -> Lab:
    return labs.load(ROOT, LAB)


@pytest.fixture(scope="module")
def judged(
    grader: Grader, lab: Lab, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Judgement]:
    """Every case, judged under one seed."""
    submitted = tmp_path_factory.mktemp("submitted")
    for name, one in CASES.items():
        (submitted / name / LAB).mkdir(parents=True)
        one.put(submitted / name / LAB)
    found = [submissions.fetch(submitted, name, lab) for name in CASES]
    return {one.student: one for one in grader.judge(lab, found, 7, diagnose=False)}


@pytest.mark.parametrize("name", CASES)
def test_a_hand_in_has_its_points_or_an_eye(name: str, judged: dict[str, Judgement]) -> None:
    """See the case's report. Nothing is a zero for a technicality, and nothing is unsaid."""
    one, wanted = judged[name], CASES[name]

    assert one.status == (Status.NEEDS_EYE if wanted.score is None else Status.GRADED), one.reason
    assert one.score == (wanted.score or 0.0), [check.message for check in one.checks]
    notes = [note.text for note in one.notes if note.audience == Audience.STUDENT]
    told = " / ".join([one.reason or "", *notes])
    assert wanted.told in told
    assert bool(told.strip(" /")) == bool(wanted.told)
    assert not one.status.has_score or one.reason is None


def test_there_are_enough_of_them() -> None:
    """Thirty kinds beyond those that were filed with this work, each with its report."""
    assert len(CASES) > 60
    assert all(one.report for one in CASES.values())


def test_what_the_student_is_told_says_what_to_do(judged: dict[str, Judgement], lab: Lab) -> None:
    """The page has the reason, no score and no zero."""
    from autograder.pages import render

    view = judged["module_of_the_install"].for_student(lab.feedback)
    page = render.feedback_page(lab, view)

    assert "No score yet" in page
    assert "torchviz" in page
    assert "What you can do" in page
    assert "of 20 points" not in page
    assert "as it ran here" not in page  # the instructor's


# -- folders ---------------------------------------------------------------------------------------


def test_a_name_in_macos_s_unicode_is_the_name_it_reads_as(tmp_path: Path, lab: Lab) -> None:
    """PFERD#141, mucommander#898: macOS and Linux write one name in two forms. Both at once are two
    folders for one student, which nobody merges by guessing.
    """
    name = "Jürgen Müller_19"
    decomposed = unicodedata.normalize("NFD", name)
    (tmp_path / decomposed / LAB).mkdir(parents=True)
    save(tmp_path / decomposed / LAB, book())

    assert hand_ins.students(tmp_path, LAB) == [name]
    assert submissions.fetch(tmp_path, name, lab).reason is None
    assert hand_ins.folder_of(tmp_path, name, LAB) == tmp_path / decomposed / LAB
    (tmp_path / name / LAB).mkdir(parents=True)
    save(tmp_path / name / LAB, book())
    assert hand_ins.students(tmp_path, LAB) == [name]
    assert "2 folders are called" in (submissions.fetch(tmp_path, name, lab).reason or "")


def test_a_folder_in_other_case_is_taken_where_it_is_unique(tmp_path: Path, lab: Lab) -> None:
    """nbgrader#1357, #1905: a folder that has almost the assignment's name is not matched."""
    for name in ("Lab03_Custom_ReLU", "LAB03_CUSTOM_RELU"):
        (tmp_path / "ada" / name).mkdir(parents=True)
        save(tmp_path / "ada" / name, book())
        if name == "Lab03_Custom_ReLU":
            found = submissions.fetch(tmp_path, "ada", lab)
            assert found.reason is None
            assert "is called `Lab03_Custom_ReLU`" in found.notes[0]
            assert not list(hand_ins.misplaced(tmp_path, [LAB]))
    assert "several folders" in (submissions.fetch(tmp_path, "ada", lab).reason or "")
    (tmp_path / "ada" / LAB).mkdir()
    save(tmp_path / "ada" / LAB, book())
    assert submissions.fetch(tmp_path, "ada", lab).notes == ()


def test_links_lead_nowhere_also_deeper_and_under_other_names(tmp_path: Path, lab: Lab) -> None:
    """What is found more generously is opened as carefully."""
    outside = tmp_path / "outside"
    save(outside, book())
    for student, name in (("deep", "sub"), ("txt", f"{LAB}.ipynb.txt"), ("lab", "")):
        folder = tmp_path / "submitted" / student / (LAB if name else "")
        folder.mkdir(parents=True)
        target = outside if name in ("sub", "") else outside / f"{LAB}.ipynb"
        os.symlink(target, folder / (name or LAB.upper()))
    for student in ("deep", "txt", "lab"):
        assert submissions.fetch(tmp_path / "submitted", student, lab).reason, student
