# fails: func_grad func_vmap func_forward
"""`gelu_func`: `forward` still takes ctx

torch.func refuses your Function: its forward still takes ctx.

In the modern form, forward only computes, and a second static method saves what backward needs. Then torch.func can run
forward on its own kinds of tensors. See the table in exercise 7.
"""
# %% answer="func"
class GELUFuncFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return 0.5 * x * (1 + torch.erf(x / math.sqrt(2)))

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        cdf = 0.5 * (1 + torch.erf(x / math.sqrt(2)))
        pdf = torch.exp(-0.5 * x**2) / math.sqrt(2 * math.pi)
        return grad_output * (cdf + x * pdf)


def gelu_func(x):
    return GELUFuncFunction.apply(x)
