# fails: func_vmap func_forward
"""`gelu_func`: no rule for batched tensors

torch.func.vmap refuses your Function: it has no rule for batched tensors.

PyTorch does not look inside a Function, so it must be told how to treat a batch. A class attribute lets it derive the
rule by running your methods on batched tensors: see the table in exercise 7.
"""
# %% answer="func"
class GELUFuncFunction(torch.autograd.Function):
    @staticmethod
    def forward(x):
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
