# fails: elu_large double_backward_elu
"""ELU: gradient NaN for large x

For large x the gradient of your ELU is NaN: at x = 100 in float32 it should be 1.

exp(100) overflows to inf, and a mask of 0 times inf is NaN, not 0. A product computes both branches and adds them;
choose a tool that selects one, or keep the exponent from growing.
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
        positive, rest = (x > 0).to(x.dtype), (x <= 0).to(x.dtype)
        slope = positive + rest * ctx.alpha * torch.exp(x)
        return grad_output * slope, None


def elu(x, alpha=1.0):
    return ELUFunction.apply(x, alpha)
