# fails: double_backward_gelu
"""GELU: saved distribution function is a constant

The first derivative of your GELU is right, but its second is not: at x = 0 the exact one should be 0.798, and yours
is 0.399.

forward runs unrecorded, so the distribution function that you computed there and saved is a constant to the second
pass: half of the second derivative is lost. Inputs and outputs of the Function stay connected; compute the rest from
those, inside backward.
"""
# %% answer="gelu"
class GELUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, approximate):
        ctx.approximate = approximate
        if approximate == "tanh":
            phi = 0.5 * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
        else:
            phi = 0.5 * (1 + torch.erf(x / math.sqrt(2)))
        ctx.save_for_backward(x, phi)
        return x * phi

    @staticmethod
    def backward(ctx, grad_output):
        x, phi = ctx.saved_tensors
        if ctx.approximate == "tanh":
            t = 2 * phi - 1
            du = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x**2)
            return grad_output * (phi + 0.5 * x * (1 - t**2) * du), None
        pdf = torch.exp(-0.5 * x**2) / math.sqrt(2 * math.pi)
        return grad_output * (phi + x * pdf), None


def gelu(x, approximate="none"):
    return GELUFunction.apply(x, approximate)
