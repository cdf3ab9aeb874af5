# fails: leaky_gradient leaky_kink
"""Leaky ReLU: slope always 0.01 in `backward`

Your Leaky ReLU uses the slope it was given in forward, but always 0.01 in backward: leaky_relu(x, 0.5) has gradient
0.01 at x = -1, not 0.5.

backward gets nothing but ctx and grad_output, so a number that it needs has to travel with ctx. The default value in
the signature of leaky_relu is only a default.
"""
# %% answer="leaky"
class LeakyReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, negative_slope):
        ctx.save_for_backward(x)
        return torch.where(x > 0, x, negative_slope * x)

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return torch.where(x > 0, grad_output, 0.01 * grad_output), None


def leaky_relu(x, negative_slope=0.01):
    return LeakyReLUFunction.apply(x, negative_slope)
