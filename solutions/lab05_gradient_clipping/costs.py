"""What answers are timed on, by answer cell; see autograder/commands/costs.py."""

import torch

SIZES = [(64, 64), (64,), (128, 64), (128,), (10, 128), (10,)] * 4


def parameters():
    """Twenty-four tensors with gradients, 55,000 numbers in all."""
    made = [torch.zeros(size, requires_grad=True) for size in SIZES]
    for number, one in enumerate(made):
        one.grad = torch.full(one.shape, 0.1 + number)
    return made


def clip(name):
    """Twenty-four gradients, each longer than the limit."""

    def work(names):
        names[name](parameters(), 1.0)

    return work


def step(names):
    """A step of plain gradient descent for one long parameter."""
    p = torch.ones(50_000, requires_grad=True)
    names["clipped_step"]((3 * p).sum(), [p], torch.optim.SGD([p], lr=0.1), 1.0)


WORK = {
    "value": clip("clip_by_value"),
    "norm": clip("clip_by_norm"),
    "global_norm": clip("clip_by_global_norm"),
    "step": step,
    "sparse": clip("clip_sparse_by_global_norm"),
}
