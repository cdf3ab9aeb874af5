# fails: huber_large
"""Huber: loss nan for very large residuals

Your loss is nan for very large residuals: at r = 1e30, delta = 2 it should be 2e30.

r squared overflows to inf there, and inf times a mask of 0 is nan, not 0. A selection must not calculate with what it
leaves out. torch.where selects; so does a formula in which the square never sees a large number.
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
        small = (size <= delta).to(residual.dtype)
        loss = 0.5 * residual**2 * small + delta * (size - 0.5 * delta) * (1 - small)
        if reduction == "mean":
            return loss.mean()
        if reduction == "sum":
            return loss.sum()
        return loss

    @staticmethod
    def backward(ctx, grad_output):
        (residual,) = ctx.saved_tensors
        grad_input = grad_output * residual.clamp(-ctx.delta, ctx.delta)
        if ctx.reduction == "mean":
            grad_input = grad_input / residual.numel()
        return grad_input, -grad_input, None, None


def huber_loss(input, target, delta=1.0, reduction="mean"):
    if input.shape != target.shape:
        raise ValueError(f"input has shape {tuple(input.shape)}, target {tuple(target.shape)}")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"unknown reduction {reduction!r}")
    return HuberFunction.apply(input, target, delta, reduction)
