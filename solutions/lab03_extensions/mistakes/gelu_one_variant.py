# fails: gelu_tanh gelu_gradient double_backward_gelu
"""GELU: `approximate` is ignored

gelu(x, "tanh") returns the exact GELU; the tanh variant differs from it by up to 4.7e-4, near |x| = 2.7.

The two are different functions with different derivatives, and a model trained with one needs that one. Follow the
argument `approximate` through forward and backward.
"""
# %% answer="gelu"
class GELUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, approximate):
        ctx.save_for_backward(x)
        return 0.5 * x * (1 + torch.erf(x / math.sqrt(2)))

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        cdf = 0.5 * (1 + torch.erf(x / math.sqrt(2)))
        pdf = torch.exp(-0.5 * x**2) / math.sqrt(2 * math.pi)
        return grad_output * (cdf + x * pdf), None


def gelu(x, approximate="none"):
    return GELUFunction.apply(x, approximate)
