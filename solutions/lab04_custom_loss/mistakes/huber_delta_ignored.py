# fails: huber_far huber_default huber_large huber_gradient huber_target huber_target_sign huber_reduction
"""Huber: delta is ignored

Your loss does not depend on delta: with delta = 2, r = 5 it is 4.5 and should be 8.

The threshold is an argument; a test with the default delta = 1 cannot see that it is not used. Look for the place
where a number stands instead of it.
"""
# %% answer="huber"
class HuberFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input, target, delta, reduction):
        residual = input - target
        ctx.save_for_backward(residual)
        delta = 1.0
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
