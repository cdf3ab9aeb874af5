"""Writes the example class: notebooks as students really hand them in, and what the grader must say
of each.

    python examples/class/make.py

The notebooks are committed, so that they stay what was handed in when the lab changes; run this to
make them anew.
"""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

LAB = "lab03_custom_relu"
HERE = Path(__file__).parent
ROOT = HERE.parent.parent
Notebook = dict[str, Any]

HEAD = "class ReLUFunction(torch.autograd.Function):\n"
APPLY = "\n\ndef custom_relu(input):\n    return ReLUFunction.apply(input)\n"
FORWARD = """    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(min=0)
"""
BACKWARD = """
    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * (input > 0)
"""
RIGHT = HEAD + FORWARD + BACKWARD + APPLY

WHERE = '''class ReLUFunction(torch.autograd.Function):
    """my relu, with torch.where"""

    @staticmethod
    def forward(ctx, x):
        mask = x > 0
        ctx.save_for_backward(mask)
        return torch.where(mask, x, torch.zeros_like(x))

    @staticmethod
    def backward(ctx, g):
        mask, = ctx.saved_tensors
        return torch.where(mask, g, torch.zeros_like(g))

custom_relu = ReLUFunction.apply
'''

OUTPUT_SAVED = """from typing import Any

class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(x: torch.Tensor) -> torch.Tensor:
        return torch.maximum(x, torch.zeros((), dtype=x.dtype, device=x.device))

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: torch.Tensor) -> None:
        ctx.save_for_backward(output)

    @staticmethod
    def backward(ctx: Any, grad_output: torch.Tensor) -> torch.Tensor:
        (output,) = ctx.saved_tensors
        return grad_output.masked_fill(output <= 0, 0)

def custom_relu(input: torch.Tensor) -> torch.Tensor:
    return ReLUFunction.apply(input)
"""


def answer(book: Notebook) -> dict[str, Any]:
    """The answer cell."""
    return next(cell for cell in book["cells"] if cell["id"] == "answer-relu")


def test_cell(book: Notebook, family: str) -> dict[str, Any]:
    """The grade cell of a family."""
    return next(cell for cell in book["cells"] if cell["id"] == f"test-{family}")


def code(source: str, cell_id: str) -> dict[str, Any]:
    """A code cell that a student adds."""
    return {
        "cell_type": "code",
        "id": cell_id,
        "metadata": {},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def after_answer(book: Notebook, *cells: dict[str, Any]) -> None:
    """Put cells behind the answer."""
    place = book["cells"].index(answer(book)) + 1
    book["cells"][place:place] = cells


def writes(text: str) -> Callable[[Notebook], None]:
    """A student who writes this into the answer cell."""

    def change(book: Notebook) -> None:
        answer(book)["source"] = text

    return change


def split_in_two(book: Notebook) -> None:
    """The answer cell was split: the wrapper lies in a second cell, which has the first one's
    nbgrader metadata.
    """
    answer(book)["source"] = HEAD + FORWARD + BACKWARD
    second = copy.deepcopy(answer(book)) | {"id": "split-off", "source": APPLY.strip() + "\n"}
    after_answer(book, second)


def extra_cells(book: Notebook) -> None:
    """Right, with experiments and a plot of the student's own."""
    answer(book)["source"] = RIGHT
    after_answer(
        book,
        code(
            "import matplotlib.pyplot as plt\nplt.plot([-1, 0, 1], "
            "custom_relu(torch.tensor([-1.0, 0.0, 1.0])))\nplt.show()",
            "my-plot",
        ),
        code("%timeit -n 10 -r 1 custom_relu(torch.randn(10))", "my-timing"),
        code("custom_relu(undefined_name)", "my-typo"),
        code("F.relu(torch.randn(3))  # to compare", "my-check"),
    )


def prints_and_warns(book: Notebook) -> None:
    """Right, and noisy: prints, and warnings on stderr at every call."""
    noisy = RIGHT.replace(
        "        ctx.save_for_backward(input)\n",
        '        print("forward of", tuple(input.shape))\n'
        '        warnings.warn("is this right?")\n'
        '        print("note to self", file=sys.stderr)\n'
        "        ctx.save_for_backward(input)\n",
    )
    answer(book)["source"] = "import sys\nimport warnings\n\n" + noisy


def deletes_grade_cell(book: Notebook) -> None:
    """Right; the grade cells of two families were deleted."""
    answer(book)["source"] = RIGHT
    book["cells"] = [
        cell for cell in book["cells"] if cell["id"] not in ("test-zero_edge", "test-parity")
    ]


def edits_tests(book: Notebook) -> None:
    """Wrong at zero, with locked tests edited until they pass."""
    answer(book)["source"] = RIGHT.replace("(input > 0)", "(input >= 0)")
    for family in ("forward", "zero_edge", "gradcheck"):
        test_cell(book, family)["source"] = "assert True"


STUDENTS: dict[str, tuple[str, Callable[[Notebook], None] | str]] = {
    "ada": ("right, as the hints suggest", writes(RIGHT)),
    "bela": ("right, with torch.where", writes(WHERE)),
    "chen": ("right, with setup_context and the saved output", writes(OUTPUT_SAVED)),
    "dora": ("gradient 1 at zero", writes(RIGHT.replace("(input > 0)", "(input >= 0)"))),
    "emil": (
        "ignores the upstream gradient",
        writes(RIGHT.replace("grad_output * (input > 0)", "(input > 0).to(grad_output.dtype)")),
    ),
    "fatima": (
        "writes into grad_output",
        writes(
            RIGHT.replace(
                "return grad_output * (input > 0)",
                "grad_output[input <= 0] = 0\n        return grad_output",
            )
        ),
    ),
    "goran": ("the untouched starter", lambda _: None),
    "hana": (
        "a syntax error",
        writes(RIGHT.replace("def backward(ctx, grad_output):", "def backward(ctx, grad_output)")),
    ),
    "ivan": ("an answer split over two cells", split_in_two),
    "jun": ("extra cells, plots and a typo of her own", extra_cells),
    "kofi": ("prints, and warnings on stderr", prints_and_warns),
    "lena": (
        "an endless loop in a cell",
        lambda book: after_answer(book, code("while True:\n    pass", "loop")),
    ),
    "marco": (
        "an endless loop in backward",
        writes(
            RIGHT.replace(
                "return grad_output * (input > 0)",
                "while True:\n            grad_output = grad_output * 1",
            )
        ),
    ),
    "nadia": (
        "crashes the interpreter",
        writes(
            RIGHT.replace(
                "        (input,) = ctx.saved_tensors\n",
                "        import ctypes; ctypes.string_at(0)\n",
            )
        ),
    ),
    "otto": ("a deleted grade cell", deletes_grade_cell),
    "priya": ("edited locked tests", edits_tests),
    "quinn": ("a renamed notebook", writes(RIGHT)),
    "rosa": ("a file that is not JSON", "this is not a notebook\n"),
    "sam": (
        "returns PyTorch's own ReLU",
        writes("def custom_relu(input):\n    return F.relu(input)\n"),
    ),
    "tara": ("exits with status 0", writes(RIGHT + "\nimport os\nos._exit(0)\n")),
}


def main() -> None:
    """Write `submitted/`."""
    starter = json.loads((ROOT / "labs" / LAB / f"{LAB}.ipynb").read_text(encoding="utf-8"))
    shutil.rmtree(HERE / "submitted", ignore_errors=True)
    for student, (_, change) in STUDENTS.items():
        folder = HERE / "submitted" / student / LAB
        folder.mkdir(parents=True)
        name = "Untitled (1).ipynb" if student == "quinn" else f"{LAB}.ipynb"
        if isinstance(change, str):
            (folder / name).write_text(change, encoding="utf-8")
            continue
        book = copy.deepcopy(starter)
        change(book)
        (folder / name).write_text(
            json.dumps(book, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
