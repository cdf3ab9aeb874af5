# fails: func_forward
"""`gelu_func`: nothing saved for `jvp`

Your jvp finds no saved tensors, so forward mode fails, although reverse mode works.

The two modes have separate stores: save_for_backward fills the one that backward reads, and a second method of ctx
fills the one for jvp. The table in exercise 7 names it.
"""
# %% answer="func"
class GELUFuncFunction(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x):
        return 0.5 * x * (1 + torch.erf(x / math.sqrt(2)))

    @staticmethod
    def setup_context(ctx, inputs, output):
        (x,) = inputs
        ctx.save_for_backward(x)

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
