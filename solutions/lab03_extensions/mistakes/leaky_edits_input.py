# fails: leaky_gradient
"""Leaky ReLU: the input is written to

After your Leaky ReLU has run on x = -2 with the slope 0.1, the caller's own x is -0.2.

What arrives in `forward` is the caller's tensor and not a copy of it. Indexing on the left of `*=` writes into it; build
the result as a new tensor.
"""
# %% answer="leaky"
class LeakyReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, negative_slope):
        ctx.save_for_backward(x > 0)
        ctx.negative_slope = negative_slope
        x[x <= 0] *= negative_slope
        return x.clone()

    @staticmethod
    def backward(ctx, grad_output):
        (positive,) = ctx.saved_tensors
        return torch.where(positive, grad_output, ctx.negative_slope * grad_output), None


def leaky_relu(x, negative_slope=0.01):
    return LeakyReLUFunction.apply(x, negative_slope)
