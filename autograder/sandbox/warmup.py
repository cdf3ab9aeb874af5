"""Everything that a first use would import or compute lazily, done once before the forks."""

from __future__ import annotations

import os
import sys
from typing import Any

for _library in ("OMP", "MKL", "OPENBLAS", "NUMEXPR"):
    os.environ[f"{_library}_NUM_THREADS"] = "1"

import torch  # noqa: E402 - after the environment is set

# probes and worker: the children find them in memory, as the files are out of their reach
from autograder.sandbox import event_loop, kernel_watch, probes, standins, worker  # noqa: E402, F401
from autograder.sandbox import shell as shells  # noqa: E402


def shell(folder: str) -> shells.Shell:
    """A warm shell. Costs 2-3 seconds.

    PyTorch runs single-threaded from here on: a fork below a process that once ran a parallel
    region hangs in its next one (github.com/pytorch/pytorch/issues/17199).
    """
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    _differentiate()
    _draw()
    kernel_watch.install()
    event_loop.install()
    standins.install()
    built = shells.build(folder)
    built.run("import torch\nfrom torch import nn\n1 + 1")
    built.run("raise ValueError('warm')")
    built.reset(new_session=False)  # type: ignore[no-untyped-call]
    sys.stdout.flush()
    return built


def _differentiate() -> None:
    """One training step, one gradcheck, one Function of each kind, one derivative forwards."""
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    torch.nn.functional.mse_loss(model(torch.ones(4, 2)), torch.zeros(4, 1)).backward()
    optimizer.step()

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
            ctx.save_for_backward(x)
            return 2 * x

        @staticmethod
        def backward(ctx: Any, grad_output: torch.Tensor) -> torch.Tensor:
            (_,) = ctx.saved_tensors
            return 2 * grad_output

    x = torch.ones(3, dtype=torch.double, requires_grad=True)
    torch.autograd.gradcheck(Double.apply, (x,))
    torch.func.jvp(torch.sin, (torch.ones(1),), (torch.ones(1),))


def _draw() -> None:
    """Import matplotlib with its fonts, and draw one figure."""
    import io  # for this figure alone

    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots()
    axes.plot([0, 1], [0, 1], label="$x$")
    axes.legend()
    figure.savefig(io.BytesIO())
    plt.close(figure)
