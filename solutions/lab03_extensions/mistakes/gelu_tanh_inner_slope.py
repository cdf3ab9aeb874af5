# fails: gelu_gradient double_backward_gelu
"""GELU: cubic term in the tanh not differentiated

Your gradient of the tanh variant is right near x = 0 and wrong further out: the cubic term inside the tanh has not
been differentiated.

The chain rule goes on into the argument of the tanh. That argument has two terms in x; what is the derivative of each?
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
            return grad_output * (0.5 * (1 + t) + 0.5 * x * (1 - t**2) * math.sqrt(2 / math.pi)), None
        cdf = 0.5 * (1 + torch.erf(x / math.sqrt(2)))
        pdf = torch.exp(-0.5 * x**2) / math.sqrt(2 * math.pi)
        return grad_output * (cdf + x * pdf), None


def gelu(x, approximate="none"):
    return GELUFunction.apply(x, approximate)
