# fails: func_grad func_vmap
"""`gelu_func`: Python's `if` on values under `vmap`

Under vmap your GELU fails: an `if` asks a tensor for one true or false, and there the tensor stands for many.

Control flow that depends on values has no single answer for a batch. Either both cases follow one formula, as here, or
torch.where chooses for each element.
"""
# %% answer="func"
class GELUFuncFunction(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x):
        if x.max() < -10:
            return torch.zeros_like(x)
        return 0.5 * x * (1 + torch.erf(x / math.sqrt(2)))

    @staticmethod
    def setup_context(ctx, inputs, output):
        (x,) = inputs
        ctx.save_for_backward(x)
        ctx.save_for_forward(x)

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        cdf = 0.5 * (1 + torch.erf(x / math.sqrt(2)))
        pdf = torch.exp(-0.5 * x**2) / math.sqrt(2 * math.pi)
        return grad_output * (cdf + x * pdf)

    @staticmethod
    def jvp(ctx, x_tangent):
        (x,) = ctx.saved_tensors
        cdf = 0.5 * (1 + torch.erf(x / math.sqrt(2)))
        pdf = torch.exp(-0.5 * x**2) / math.sqrt(2 * math.pi)
        return x_tangent * (cdf + x * pdf)


def gelu_func(x):
    return GELUFuncFunction.apply(x)
