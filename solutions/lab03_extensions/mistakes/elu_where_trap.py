# fails: double_backward_elu
"""ELU: second derivative NaN for large x

The second derivative of your ELU is NaN for large x: at x = 200 in float32 it should be 0.

where() selects the right value on the way forward. Differentiating it sends a gradient of 0 into the branch that was
not selected, and there 0 meets exp(200) = inf. Keep that branch finite, even though its value is never used.
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
        slope = torch.where(x > 0, torch.ones_like(x), ctx.alpha * torch.exp(x))
        return slope * grad_output, None


def elu(x, alpha=1.0):
    return ELUFunction.apply(x, alpha)
