# fails: leaky_gradient leaky_kink leaky_upstream
"""Leaky ReLU: `backward` returns one value

The backward of your Leaky ReLU returns one value where autograd expects two, one for each argument of forward.

Autograd matches what backward returns with forward's arguments by position. The slope is a plain number and has no
gradient, but its place must be filled: the worked example at the top of the notebook shows by what.
"""
# %% answer="leaky"
class LeakyReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, negative_slope):
        ctx.save_for_backward(x)
        ctx.negative_slope = negative_slope
        return torch.where(x > 0, x, negative_slope * x)

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return torch.where(x > 0, grad_output, ctx.negative_slope * grad_output)


def leaky_relu(x, negative_slope=0.01):
    return LeakyReLUFunction.apply(x, negative_slope)
