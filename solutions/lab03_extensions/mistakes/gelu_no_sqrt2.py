# fails: gelu_exact gelu_gradient double_backward_gelu
"""GELU: argument of erf is not scaled

Your exact GELU gives 0.921 at x = 1, and should give 0.841: the argument of erf is x, not x divided by the square
root of 2.

erf belongs to a normal variable of variance 1/2. For the standard normal distribution, whose variance is 1, its
argument is scaled; see the definition of Phi in exercise 4.
"""
# %% answer="gelu"
class GELUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, approximate):
        ctx.save_for_backward(x)
        ctx.approximate = approximate
        if approximate == "tanh":
            return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
        return 0.5 * x * (1 + torch.erf(x))

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        if ctx.approximate == "tanh":
            t = torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))
            du = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x**2)
            return grad_output * (0.5 * (1 + t) + 0.5 * x * (1 - t**2) * du), None
        cdf = 0.5 * (1 + torch.erf(x))
        pdf = torch.exp(-(x**2)) / math.sqrt(math.pi)
        return grad_output * (cdf + x * pdf), None


def gelu(x, approximate="none"):
    return GELUFunction.apply(x, approximate)
