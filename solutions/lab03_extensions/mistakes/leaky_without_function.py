# fails: leaky_gradient
"""Leaky ReLU: your `backward` never runs

leaky_relu gives right numbers, but its backward is autograd's own: your Function does not take part.

A Function enters the graph only through its `apply`. Calling `forward` yourself, or writing the formula into
leaky_relu, lets autograd record the single operations instead, and your backward never runs. Look at `y.grad_fn`: it
names the node that made y.
"""
# %% answer="leaky"
class LeakyReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(x, negative_slope):
        return torch.where(x > 0, x, negative_slope * x)

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return torch.where(x > 0, grad_output, ctx.negative_slope * grad_output), None


def leaky_relu(x, negative_slope=0.01):
    return LeakyReLUFunction.forward(x, negative_slope)
