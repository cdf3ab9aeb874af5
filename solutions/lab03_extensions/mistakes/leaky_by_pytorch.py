# fails: leaky_value leaky_gradient leaky_kink leaky_upstream from_scratch
"""Leaky ReLU: PyTorch's own activation is called

Your answer calls PyTorch's own activation; this lab asks you to write it.

F.leaky_relu and its relatives are what your function is compared with. Use operations one level below: comparisons,
where, clamp, products.
"""
# %% answer="leaky"
class LeakyReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, negative_slope):
        ctx.save_for_backward(x)
        ctx.negative_slope = negative_slope
        return F.leaky_relu(x, negative_slope)

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return torch.where(x > 0, grad_output, ctx.negative_slope * grad_output), None


def leaky_relu(x, negative_slope=0.01):
    return LeakyReLUFunction.apply(x, negative_slope)
