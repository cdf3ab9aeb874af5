# fails: elu_saved
"""ELU: edits of the kept input go unnoticed

If the input of your ELU is changed in place between forward and backward, backward uses the changed numbers and says
nothing.

A tensor kept as an attribute of ctx is invisible to autograd. Passed to ctx.save_for_backward, its version is recorded,
and a later edit raises an error in place of a wrong gradient.
"""
# %% answer="elu"
class ELUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, alpha):
        ctx.x = x
        ctx.alpha = alpha
        return torch.where(x > 0, x, alpha * torch.expm1(x))

    @staticmethod
    def backward(ctx, grad_output):
        x = ctx.x
        slope = ctx.alpha * torch.exp(x.clamp(max=0))
        return torch.where(x > 0, grad_output, slope * grad_output), None


def elu(x, alpha=1.0):
    return ELUFunction.apply(x, alpha)
