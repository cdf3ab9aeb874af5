# fails: double_backward_elu
"""ELU: saved exponential is a constant

The first derivative of your ELU is right, but its second derivative is not: for x < 0 it should be alpha * exp(x),
and comes out as 0 or as an error.

forward runs unrecorded, so an exponential computed there and saved is a constant to the second pass, with no connection
to x. Inputs and outputs of the Function stay connected: compute what you need from those, inside backward.
"""
# %% answer="elu"
class ELUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, alpha):
        e = torch.exp(x.clamp(max=0))
        ctx.save_for_backward(x, e)
        ctx.alpha = alpha
        return torch.where(x > 0, x, alpha * torch.expm1(x))

    @staticmethod
    def backward(ctx, grad_output):
        x, e = ctx.saved_tensors
        return torch.where(x > 0, grad_output, ctx.alpha * e * grad_output), None


def elu(x, alpha=1.0):
    return ELUFunction.apply(x, alpha)
