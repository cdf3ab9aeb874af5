# fails: elu_value elu_gradient elu_near_zero elu_large elu_saved
"""ELU: alpha multiplies the exponential alone

With alpha = 2 your ELU jumps at zero: just below it the value is close to 1, and should be close to 0.

alpha multiplies the whole of exp(x) - 1, not the exponential alone. With alpha = 1 the two are the same, so test with
another value. A continuous function without jumps is also a good thing to look for in the plot.
"""
# %% answer="elu"
class ELUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, alpha):
        ctx.save_for_backward(x)
        ctx.alpha = alpha
        return torch.where(x > 0, x, alpha * torch.exp(x) - 1)

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        slope = ctx.alpha * torch.exp(x.clamp(max=0))
        return torch.where(x > 0, grad_output, slope * grad_output), None


def elu(x, alpha=1.0):
    return ELUFunction.apply(x, alpha)
