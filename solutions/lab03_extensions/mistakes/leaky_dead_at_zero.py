# fails: leaky_kink
"""Leaky ReLU: gradient 0 at x = 0

At exactly x = 0 your Leaky ReLU has gradient 0; this lab asks for the slope there, as F.leaky_relu does.

The corner has no derivative, so its value is a convention, but 0 lies outside the range from slope to 1 that any
convention would pick from. If you add up one mask for x > 0 and another for x < 0, ask which of them covers 0.
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
        slope = (x > 0).to(x.dtype) + ctx.negative_slope * (x < 0).to(x.dtype)
        return grad_output * slope, None


def leaky_relu(x, negative_slope=0.01):
    return LeakyReLUFunction.apply(x, negative_slope)
