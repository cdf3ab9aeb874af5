"""What answers are timed on, by answer cell; see autograder/commands/costs.py."""

import torch

SIZE = 1 << 17


def relu(names):
    """131,072 float32 numbers, forward and backward."""
    x = torch.linspace(-1, 1, SIZE).requires_grad_()
    torch.autograd.grad(names["custom_relu"](x), x, torch.ones(SIZE))


WORK = {"relu": relu}
