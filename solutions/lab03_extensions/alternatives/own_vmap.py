# %% answer="func"
class GELUFuncFunction(torch.autograd.Function):
    """Exact GELU with a hand-written rule for vmap: it acts on each element alone, so a batch is just a larger x."""

    @staticmethod
    def forward(x):
        return x * torch.special.ndtr(x)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return (torch.special.ndtr(x) + x * torch.exp(-x * x / 2) / math.sqrt(2 * math.pi)) * grad_output

    @staticmethod
    def jvp(ctx, x_tangent):
        (x,) = ctx.saved_tensors
        return (torch.special.ndtr(x) + x * torch.exp(-x * x / 2) / math.sqrt(2 * math.pi)) * x_tangent

    @staticmethod
    def vmap(info, in_dims, x):
        return GELUFuncFunction.apply(x), in_dims[0]


def gelu_func(x):
    return GELUFuncFunction.apply(x)
