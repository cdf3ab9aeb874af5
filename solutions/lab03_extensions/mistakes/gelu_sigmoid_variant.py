# fails: gelu_tanh gelu_gradient double_backward_gelu
"""GELU: sigmoid formula for the tanh variant

gelu(x, "tanh") is off by up to 0.02: it is x * sigmoid(1.702 x), a third and coarser approximation of GELU.

The lab asks for the tanh formula of exercise 4, with the cubic term inside, which stays within 4.7e-4 of the exact one.
Compare your formula with it term by term.
"""
# %% answer="gelu"
class GELUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, approximate):
        ctx.save_for_backward(x)
        ctx.approximate = approximate
        if approximate == "tanh":
            return x * torch.sigmoid(1.702 * x)
        return 0.5 * x * (1 + torch.erf(x / math.sqrt(2)))

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        if ctx.approximate == "tanh":
            s = torch.sigmoid(1.702 * x)
            return grad_output * (s + 1.702 * x * s * (1 - s)), None
        cdf = 0.5 * (1 + torch.erf(x / math.sqrt(2)))
        pdf = torch.exp(-0.5 * x**2) / math.sqrt(2 * math.pi)
        return grad_output * (cdf + x * pdf), None


def gelu(x, approximate="none"):
    return GELUFunction.apply(x, approximate)
