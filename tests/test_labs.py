"""The labs' reference solutions, beside PyTorch's own sample inputs and run from top to bottom."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F

from autograder.course import answers as solutions
from autograder.course import labs

pytestmark = pytest.mark.slow  # every lab's notebooks, run from top to bottom

ROOT = Path(__file__).parent.parent
LABS = labs.names(ROOT)
SOLVED_SECONDS = 300  # a bound against hanging, not a budget


def names_of(lab_name: str) -> dict[str, Any]:
    """What a lab's given and reference answer cells define."""
    lab = labs.load(ROOT, lab_name)
    answers = solutions.reference(lab).cells
    namespace: dict[str, Any] = {"__name__": lab_name}
    for cell in lab.cells:
        if cell.role in ("given", "answer"):
            text = answers[cell.key] if cell.role == "answer" else cell.source
            plain = "\n".join(line for line in text.splitlines() if not line.startswith("%"))
            exec(compile(plain, f"{lab_name}/{cell.cell_id}", "exec"), namespace)
    return namespace


def samples(operator: str, dtype: torch.dtype, reference_inputs: bool) -> Iterator[Any]:
    """PyTorch's sample inputs of an operator: its tests' own."""
    from torch.testing._internal.common_methods_invocations import op_db

    info: Any
    (info,) = [op for op in op_db if op.name == operator and not op.variant_test_name]
    make = info.reference_inputs if reference_inputs else info.sample_inputs
    yield from make("cpu", dtype, requires_grad=True)


# operator: (lab, the student's name, PyTorch's function)
OPERATORS: dict[str, tuple[str, str, Any]] = {
    "nn.functional.relu": ("lab03_custom_relu", "custom_relu", F.relu),
    "nn.functional.leaky_relu": ("lab03_extensions", "leaky_relu", F.leaky_relu),
    "nn.functional.prelu": ("lab03_extensions", "prelu", F.prelu),
    "nn.functional.elu": ("lab03_extensions", "elu", F.elu),
    "nn.functional.gelu": ("lab03_extensions", "gelu", F.gelu),
    "nn.functional.binary_cross_entropy_with_logits": (
        "lab04_custom_loss",
        "bce_with_logits",
        F.binary_cross_entropy_with_logits,
    ),
    "nn.functional.huber_loss": ("lab04_custom_loss", "huber_loss", F.huber_loss),
}


def fresh(value: Any) -> Any:
    """A leaf over the same memory, strides and all: some of PyTorch's samples are views that lost
    their graph.
    """
    return (
        value.detach().requires_grad_(value.is_floating_point())
        if isinstance(value, torch.Tensor)
        else value
    )


def takes(name: str, sample: Any) -> bool:
    """Whether a sample asks for what the lab does: no weights, no broadcasting, finite values."""
    if {"weight", "pos_weight"} & {k for k, v in sample.kwargs.items() if v is not None} or any(
        a is None for a in sample.args
    ):
        return False
    tensors = [sample.input, *(a for a in sample.args if isinstance(a, torch.Tensor))]
    if not all(bool(torch.isfinite(t).all()) for t in tensors):
        return False
    losses = ("bce_with_logits", "huber_loss")
    return name not in losses or all(t.shape == sample.input.shape for t in tensors)


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
@pytest.mark.parametrize("reference_inputs", [False, True], ids=["sample", "reference"])
@pytest.mark.filterwarnings("ignore")
def test_references_agree_with_pytorch(
    operator: str, dtype: torch.dtype, reference_inputs: bool
) -> None:
    """Values and gradients of a lab's reference equal PyTorch's, on the inputs that PyTorch tests
    itself with.
    """
    lab, name, expected = OPERATORS[operator]
    mine = names_of(lab)[name]
    tried = 0
    for sample in samples(operator, dtype, reference_inputs):
        if not takes(name, sample):
            continue
        kwargs = {
            k: v for k, v in sample.kwargs.items() if k not in ("inplace", "weight", "pos_weight")
        }
        inputs = [fresh(value) for value in (sample.input, *sample.args)]
        leaves = inputs[: 2 if name == "prelu" else 1]
        right, found = expected(*inputs, **kwargs), mine(*inputs, **kwargs)
        torch.testing.assert_close(found, right)
        upstream = torch.randn_like(right)
        ours, theirs = (
            torch.autograd.grad(found, leaves, upstream),
            torch.autograd.grad(right, leaves, upstream),
        )
        for one, other in zip(ours, theirs, strict=True):
            torch.testing.assert_close(one, other)
        tried += 1

    assert tried >= 2, "no sample input was of use"


@pytest.mark.filterwarnings("ignore")
def test_in_place_relu_agrees_with_pytorch() -> None:
    """relu_ of the extensions changes its input as F.relu_ does, with the same gradient."""
    mine = names_of("lab03_extensions")["relu_"]
    for sample in samples("nn.functional.relu", torch.float64, True):
        if not bool(torch.isfinite(sample.input).all()):
            continue
        results = []
        for function in (mine, F.relu_):
            x = sample.input.detach().clone().requires_grad_()
            y = function(x.clone())
            (gradient,) = torch.autograd.grad(y, x, torch.ones_like(y))
            results.append((y.detach(), gradient))
        torch.testing.assert_close(*results)


@pytest.mark.parametrize("name", LABS)
def test_solved_notebook_runs_from_top_to_bottom(name: str, tmp_path: Path) -> None:
    """With the reference in place, every cell runs in a fresh kernel without an error."""
    lab = labs.load(ROOT, name)
    (tmp_path / f"{name}.ipynb").write_bytes(solutions.filled(lab, solutions.reference(lab)))
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "nbconvert",
        "--to",
        "notebook",
        "--execute",
        f"{name}.ipynb",
        "--output",
        "done",
    ]

    run = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=SOLVED_SECONDS, check=False
    )

    assert run.returncode == 0, run.stderr[-3000:]
    cells = json.loads((tmp_path / "done.ipynb").read_text())["cells"]
    assert not list(errors(cells))


def errors(cells: list[dict[str, Any]]) -> Iterator[str]:
    """Ids of the cells that ended in an error."""
    for cell in cells:
        if any(output["output_type"] == "error" for output in cell.get("outputs", [])):
            yield cell["id"]


@pytest.mark.parametrize("name", LABS)
def test_run_all_goes_on_to_the_end_of_a_starter(name: str, tmp_path: Path) -> None:
    """Without an answer every given cell still runs: errors of tests and pictures stop nothing."""
    lab = labs.load(ROOT, name)
    (tmp_path / f"{name}.ipynb").write_bytes(lab.notebook.read_bytes())
    command = [sys.executable, "-W", "ignore", "-m", "nbconvert", "--to", "notebook", "--execute"]
    command += [f"{name}.ipynb", "--output", "done"]

    run = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=SOLVED_SECONDS, check=False
    )

    assert run.returncode == 0, run.stderr[-3000:]
    cells = json.loads((tmp_path / "done.ipynb").read_text())["cells"]
    failed = set(errors(cells))
    assert all(cell["execution_count"] for cell in cells if cell["cell_type"] == "code")
    assert not [name for name in failed if name.startswith(("given", "answer"))]
    assert any(name.startswith("test") for name in failed)
