# fails: gelu_gradient double_backward_gelu
"""GELU: exact gradient lacks its second term

Your gradient of the exact GELU is only the distribution function: 0.841 at x = 1, where it should be 1.083.

GELU is a product of two factors that both depend on x, so its derivative has two terms. At x = 0 the second one is
zero, so a test there cannot see that it is missing.
"""
# %% answer="gelu"
class GELUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, approximate):
        ctx.save_for_backward(x)
        ctx.approximate = approximate
        if approximate == "tanh":
            return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
        return 0.5 * x * (1 + torch.erf(x / math.sqrt(2)))

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        if ctx.approximate == "tanh":
            t = torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))
            du = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x**2)
            return grad_output * (0.5 * (1 + t) + 0.5 * x * (1 - t**2) * du), None
        cdf = 0.5 * (1 + torch.erf(x / math.sqrt(2)))
        return grad_output * cdf, None


def gelu(x, approximate="none"):
    return GELUFunction.apply(x, approximate)
