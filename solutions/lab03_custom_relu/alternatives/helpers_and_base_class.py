def positive_part(x):
    """max(0, x) for every element."""
    return torch.where(x > 0, x, 0)


def let_through(gradient, gate):
    """The gradient where the gate is open, zero elsewhere."""
    return torch.where(gate, gradient, 0)


class Gated(torch.autograd.Function):
    """An operation whose gradient passes where `gate` says so."""

    @staticmethod
    def backward(ctx, grad_output):
        (gate,) = ctx.saved_tensors
        return let_through(grad_output, gate)


class ReLUFunction(Gated):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input > 0)
        return positive_part(input)


def custom_relu(input):
    return ReLUFunction.apply(input)
