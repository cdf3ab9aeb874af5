# fails: leaky_gradient leaky_kink
"""Leaky ReLU: the upstream gradient is ignored

Your gradient of Leaky ReLU is 1 or the slope, whatever grad_output is: with grad_output 3 at x = 2 you return 1, not
3.

The chain rule multiplies: upstream gradient times local slope. Where the loss is `y.sum()` the upstream gradient is 1
everywhere, so a test with sum() alone cannot see this. Where does grad_output enter what you return?
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
        grad_x[x > 0] = 1
        grad_x[x <= 0] = ctx.negative_slope
        return grad_x, None


def leaky_relu(x, negative_slope=0.01):
    return LeakyReLUFunction.apply(x, negative_slope)
