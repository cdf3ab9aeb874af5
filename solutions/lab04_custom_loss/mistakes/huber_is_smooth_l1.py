# fails: huber_near huber_far huber_default huber_large huber_gradient huber_target huber_target_sign huber_reduction
"""Huber: loss divided by delta (smooth L1)

Your Huber loss is too small by the factor delta: with delta = 2 and r = 1 it is 0.25 and should be 0.5. With delta =
1 it is right.

You wrote the smooth L1 loss, which is the Huber loss divided by delta. They agree only at delta = 1. Compare your two
pieces with the formula in the notebook.
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
        loss = torch.where(size <= delta, 0.5 * residual**2 / delta, size - 0.5 * delta)
        if reduction == "mean":
            return loss.mean()
        if reduction == "sum":
            return loss.sum()
        return loss

    @staticmethod
    def backward(ctx, grad_output):
        (residual,) = ctx.saved_tensors
        grad_input = grad_output * residual.clamp(-ctx.delta, ctx.delta) / ctx.delta
        if ctx.reduction == "mean":
            grad_input = grad_input / residual.numel()
        return grad_input, -grad_input, None, None


def huber_loss(input, target, delta=1.0, reduction="mean"):
    if input.shape != target.shape:
        raise ValueError(f"input has shape {tuple(input.shape)}, target {tuple(target.shape)}")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"unknown reduction {reduction!r}")
    return HuberFunction.apply(input, target, delta, reduction)
