# fails: huber_large huber_gradient huber_target_sign huber_reduction
"""Huber: gradient positive for r below -delta

For r = -5, delta = 2 your gradient is +2 and should be -2.

Beyond delta the slope of delta * |r| is delta on the right and -delta on the left. Look at what the derivative of |r|
is.
"""
# %% answer="huber"
class HuberFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input, target, delta, reduction):
        residual = input - target
        ctx.save_for_backward(residual)
        ctx.delta = delta
        ctx.reduction = reduction
        size = residual.abs()
        loss = torch.where(size <= delta, 0.5 * residual**2, delta * (size - 0.5 * delta))
        if reduction == "mean":
            return loss.mean()
        if reduction == "sum":
            return loss.sum()
        return loss

    @staticmethod
    def backward(ctx, grad_output):
        (residual,) = ctx.saved_tensors
        grad_input = grad_output * torch.where(residual.abs() <= ctx.delta, residual, torch.full_like(residual, ctx.delta))
        if ctx.reduction == "mean":
            grad_input = grad_input / residual.numel()
        return grad_input, -grad_input, None, None


def huber_loss(input, target, delta=1.0, reduction="mean"):
    if input.shape != target.shape:
        raise ValueError(f"input has shape {tuple(input.shape)}, target {tuple(target.shape)}")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"unknown reduction {reduction!r}")
    return HuberFunction.apply(input, target, delta, reduction)
