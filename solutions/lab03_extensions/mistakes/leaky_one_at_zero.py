# fails: leaky_kink
"""Leaky ReLU: gradient 1 at x = 0

At exactly x = 0 your Leaky ReLU has gradient 1; this lab asks for the slope there, as F.leaky_relu does.

The corner has no derivative, and both values are defensible: this is a convention, not a theorem. It matters because
exact zeros are common, for example after another ReLU. Look at which comparison decides the case x = 0.
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
        grad_x = grad_output.clone()
        grad_x[x < 0] = grad_x[x < 0] * ctx.negative_slope
        return grad_x, None


def leaky_relu(x, negative_slope=0.01):
    return LeakyReLUFunction.apply(x, negative_slope)
