# fails: leaky_value leaky_gradient
"""Leaky ReLU: wrong for slopes greater than 1

For a slope greater than 1 your Leaky ReLU gives -1 at x = -1; with slope 1.7 it should give -1.7.

The larger of x and s * x is the right one only while 0 <= s <= 1: beyond that, s * x is the smaller of the two for
negative x. Let the sign of x decide, as in the definition, and not the sizes of the two results.
"""
# %% answer="leaky"
class LeakyReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, negative_slope):
        ctx.save_for_backward(x)
        ctx.negative_slope = negative_slope
        return torch.maximum(x, negative_slope * x)

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return torch.where(x > 0, grad_output, ctx.negative_slope * grad_output), None


def leaky_relu(x, negative_slope=0.01):
    return LeakyReLUFunction.apply(x, negative_slope)
