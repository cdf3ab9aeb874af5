# fails: elu_gradient
"""ELU: gradient 1 at x = 0

At exactly x = 0 your ELU has gradient 1; this lab asks for alpha there, as F.elu does.

With alpha = 1 both agree. Otherwise there is a corner at 0, which has no derivative: the value is a convention, and
PyTorch takes the slope from the left. Look at which comparison decides the case x = 0.
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
        slope = torch.where(x >= 0, torch.ones_like(x), ctx.alpha * torch.exp(x.clamp(max=0)))
        return slope * grad_output, None


def elu(x, alpha=1.0):
    return ELUFunction.apply(x, alpha)
