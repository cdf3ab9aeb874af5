# fails: elu_gradient double_backward_elu
"""ELU: alpha is missing from the gradient

Your ELU's gradient does not depend on alpha: elu(x, 2.5) has gradient 0.368 at x = -1, and should have 0.920.

alpha multiplies the whole left branch, so it also multiplies that branch's derivative. With alpha = 1 the difference is
invisible: test with another value.
"""
# %% answer="elu"
class ELUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, alpha):
        ctx.save_for_backward(x)
        ctx.alpha = alpha
        return torch.where(x > 0, x, alpha * torch.expm1(x))

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        slope = torch.exp(x.clamp(max=0))
        return torch.where(x > 0, grad_output, slope * grad_output), None


def elu(x, alpha=1.0):
    return ELUFunction.apply(x, alpha)
