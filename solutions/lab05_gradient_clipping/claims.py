"""Numbers that the lab's prose states: each function computes some, and returns the text in which they must stand."""

import math

import torch
from torch import nn


def cliff():
    """The gradient of the smallest recurrent network at w = 1.2, and where a step leads."""
    slope = 2 * (1.2**20 - 0.5) * 20 * 1.2**19
    landing = 1.2 - 0.01 * slope
    return [f"At $w = 1.2$ it is **{round(slope, -3):,.0f}**", f"$w$ to {landing:.0f}".replace("-", "−")]


def worked_example():
    """The length of (1, 1)."""
    return f"| 1 | 1 | {math.sqrt(2):.2f} |"


def growth():
    """What thirty steps do to a signal."""
    return f"$1.1^{{30}} = {1.1**30:.0f}$"


def norms_of_the_rescue(right):
    """The norms of the clipped run: where they start, when they fall, and how far."""
    parameters = right["rnn_parameters"]()
    optimizer = torch.optim.SGD(parameters, lr=0.01)
    generator = torch.Generator().manual_seed(1)
    norms = []
    for _ in range(500):
        inputs = torch.rand(32, 30, generator=generator) - 0.5
        loss = right["rnn_loss"](parameters, inputs, inputs.sum(dim=1))
        norms.append(float(right["clipped_step"](loss, parameters, optimizer, 1.0)))
    assert 900 <= max(norms) <= 1100 and max(norms) in norms[:10]
    assert max(norms[100:]) < 100
    assert min(norms) > 10
    return "starts near 1,000, falls below 100 within the first hundred steps, and never below 10"


def clipped_by_pytorch(dtype, value):
    """The norm that PyTorch's clipping returns for four entries of this value, and what it leaves of one."""
    p = nn.Parameter(torch.ones(4, dtype=dtype))
    p.grad = torch.full((4,), value, dtype=dtype)
    return float(nn.utils.clip_grad_norm_([p], 1.0)), p.grad[0].item()


def squares_overflow():
    """From where on squares are inf, and what PyTorch's clipping does about it."""
    assert torch.tensor([256.0]).half().square().isinf() and not torch.tensor([255.0]).half().square().isinf()
    assert torch.tensor([2e19]).square().isinf() and not torch.tensor([1.8e19]).square().isinf()
    assert clipped_by_pytorch(torch.float16, 300.0) == (600.0, 0.5)
    assert clipped_by_pytorch(torch.float32, 1e20) == (math.inf, 0.0)
    return ["from entries of 256 on", "from $2 \\cdot 10^{19}$", "does so for float16. For float32 it does not: at $10^{20}$"]


def sparse_rows():
    """A gradient that is a list of rows has its own norm."""
    embedding = nn.Embedding(5, 3, sparse=True)
    embedding(torch.tensor([1, 1, 4])).sum().backward()
    gradient = embedding.weight.grad
    assert gradient._values().norm() != gradient.to_dense().norm()
    return "the norm of the list is not the norm of the gradient"
