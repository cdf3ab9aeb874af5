# fails: func_forward
"""`gelu_func`: no rule for forward mode

torch.func.jvp and torch.func.hessian refuse your Function: it has no rule for forward mode.

Reverse mode has backward, forward mode has jvp: a tangent of the input goes in, the tangent of the output comes out.
For a function of each element alone, both multiply by the same slope.
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
        ctx.save_for_forward(x)

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        cdf = 0.5 * (1 + torch.erf(x / math.sqrt(2)))
        pdf = torch.exp(-0.5 * x**2) / math.sqrt(2 * math.pi)
        return grad_output * (cdf + x * pdf)


def gelu_func(x):
    return GELUFuncFunction.apply(x)
