"""What answers are timed on, by answer cell; see autograder/commands/costs.py."""

import torch

INPUT, TARGET = torch.randn(16, 12), torch.randn(16, 4)
WEIGHT1, BIAS1, WEIGHT2, BIAS2 = torch.randn(20, 12), torch.randn(20), torch.randn(4, 20), torch.randn(4)
HIDDEN = torch.randn(16, 20)


def linear(names):
    """A batch of 16 through a layer from 12 to 20."""
    names["linear_backward"](HIDDEN, INPUT, WEIGHT1)


def relu(names):
    """16 by 20 numbers."""
    names["relu_backward"](HIDDEN, HIDDEN + 0.1)


def mse(names):
    """16 by 4 numbers."""
    names["mse_backward"](torch.ones(()), TARGET + 1, TARGET)


def chain(names):
    """The whole network, on a batch of 16."""
    names["network_gradients"](INPUT, TARGET, WEIGHT1, BIAS1, WEIGHT2, BIAS2)


def sgd(names):
    """A training step with momentum, on a batch of 16."""
    parameters = names["as_leaves"](WEIGHT1, BIAS1, WEIGHT2, BIAS2)
    names["training_step"](parameters, [torch.zeros_like(one) for one in parameters], INPUT, TARGET, 0.01, 0.9)


def rule(name, *more):
    """16 by 20 numbers through a Function, forward and backward."""

    def work(names):
        x = HIDDEN.clone().requires_grad_()
        torch.autograd.grad(names[name](x, *more), x, HIDDEN)

    return work


WORK = {
    "linear": linear,
    "relu": relu,
    "mse": mse,
    "chain": chain,
    "sgd": sgd,
    "double_triple": rule("double_triple"),
    "straight_through": rule("round_straight_through"),
    "scale_gradient": rule("scale_gradient", 0.1),
}
