"""Every function that a lab may forbid is seen and spoiled, by whatever way it is called."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from autograder.sandbox import kernel_watch

# Each function, called in the ways that answers were seen to take; each gives a plain tensor.
CALLS = {
    "relu": (
        "F.relu(x)",
        "x.relu()",
        "torch.relu_(x.clone())",
        "torch.ops.aten.relu.out(x, out=o)",
    ),
    "threshold": ("F.threshold(x, 0, 0)", "torch.threshold_(x.clone(), 0, 0)"),
    "leaky_relu": ("F.leaky_relu(x, 0.0)", "torch._C._nn.leaky_relu(x, 0.0)"),
    "rrelu": ("F.rrelu(x, 0.1, 0.2, training=True)",),
    "prelu": ("F.prelu(x, w)", "torch.prelu(x, w)"),
    "elu": ("F.elu(x)", "F.celu(x)", "F.selu(x)", "torch.celu_(x.clone())"),
    "gelu": ("F.gelu(x)", "torch._C._nn.gelu(x)"),
    "hardtanh": ("F.hardtanh(x)", "F.relu6(x)"),
    "hardswish": ("F.hardswish(x)",),
    "binary_cross_entropy": ("F.binary_cross_entropy(t, t)",),
    "binary_cross_entropy_with_logits": (
        "F.binary_cross_entropy_with_logits(x, t)",
        "torch.binary_cross_entropy_with_logits(x, t, None, None, 0)",
        "torch.nn.BCEWithLogitsLoss()(x, t)",
        "torch.ops.aten.binary_cross_entropy_with_logits.out(x, t, None, None, 0, out=o)",
    ),
    "cross_entropy": ("F.cross_entropy(x.view(2, 2), torch.tensor([0, 1]))",),
    "soft_margin_loss": ("F.soft_margin_loss(x, t)",),
    "huber_loss": (
        "F.huber_loss(x, t)",
        "torch.ops.aten.huber_loss_backward(torch.ones(()), x, t, 1, 1.0)",
    ),
    "smooth_l1_loss": (
        "F.smooth_l1_loss(x, t)",
        "torch.ops.aten.smooth_l1_loss_backward(torch.ones(()), x, t, 1, 1.0)",
    ),
}
# What `vmap` takes apart before any kernel is called is seen, and not spoiled.
SEEN = {
    "binary_cross_entropy_with_logits": "F.binary_cross_entropy_with_logits",
    "relu": "F.relu",
    "huber_loss": "F.huber_loss",
}
PROGRAM = """
import json, sys
import torch
import torch.nn.functional as F
from autograder.sandbox import kernel_watch, watch

kernel_watch.install()
found = []
for function, call, forbids in json.loads(sys.argv[1]):
    x, t = torch.tensor([-1.5, -0.25, 0.5, 2.0]), torch.tensor([0.2, 0.4, 0.6, 0.8])
    w, o = torch.ones(1), torch.empty(4)
    plain = eval(call)
    watch.forbid([function] if forbids else [])
    watch.take_used()
    with watch.noting():
        got = eval(call)
    garbage = (got == kernel_watch.GARBAGE).all()
    found.append([watch.take_used(), bool(garbage), torch.equal(got, plain)])
print(json.dumps(found))
"""


def asked(calls: list[tuple[str, str, bool]]) -> list[tuple[list[str], bool, bool]]:
    """For each call: what was noted, whether it gave garbage, whether what it always gives."""
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(calls)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return [tuple(one) for one in json.loads(run.stdout)]


def test_every_way_is_noted_and_spoiled() -> None:
    calls = [(name, call, True) for name, ways in CALLS.items() for call in ways]
    for (name, call, _), (noted, garbage, _) in zip(calls, asked(calls), strict=True):
        assert noted == [name], call
        assert garbage, call


def test_what_is_not_forbidden_is_left_alone() -> None:
    """The control of the test above."""
    calls = [(n, c, False) for n, ways in CALLS.items() if n != "rrelu" for c in ways]
    for (_, call, _), (noted, garbage, same) in zip(calls, asked(calls), strict=True):
        assert (noted, garbage, same) == ([], False, True), call


@pytest.mark.parametrize("name", SEEN)
def test_vmap_hides_nothing(name: str) -> None:
    arguments = "(x,)" if name == "relu" else "(x, t)"
    call = f"torch.func.vmap({SEEN[name]}){arguments}"
    ((noted, _, _),) = asked([(name, call, True)])
    assert noted == [name]


def test_every_function_has_its_calls() -> None:
    assert CALLS.keys() == kernel_watch.KERNELS.keys()
