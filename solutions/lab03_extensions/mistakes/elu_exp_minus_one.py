# fails: elu_near_zero
"""ELU: digits lost close to zero

Close to zero your ELU loses its digits: elu(-1e-9) is 0 in float32, and should be -1e-9.

exp(-1e-9) is so close to 1 that float32 rounds it to 1, and the subtraction leaves nothing. PyTorch has a function that
computes the difference without forming the exponential; exercise 3 of the notebook plots the two.
"""
# %% answer="elu"
class ELUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, alpha):
        ctx.save_for_backward(x)
        ctx.alpha = alpha
        return torch.where(x > 0, x, alpha * (torch.exp(x) - 1))

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        slope = ctx.alpha * torch.exp(x.clamp(max=0))
        return torch.where(x > 0, grad_output, slope * grad_output), None


def elu(x, alpha=1.0):
    return ELUFunction.apply(x, alpha)
