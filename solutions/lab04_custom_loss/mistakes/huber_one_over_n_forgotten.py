# fails: huber_large huber_reduction
"""Huber: gradient of the mean not divided by N

With reduction="mean" your Huber gradient is too large by the number of elements.

The mean is the sum times 1/N, and the constant factor goes into the derivative as well. Your forward divides, your
backward does not.
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
        grad_input = grad_output * residual.clamp(-ctx.delta, ctx.delta)
        return grad_input, -grad_input, None, None


def huber_loss(input, target, delta=1.0, reduction="mean"):
    if input.shape != target.shape:
        raise ValueError(f"input has shape {tuple(input.shape)}, target {tuple(target.shape)}")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"unknown reduction {reduction!r}")
    return HuberFunction.apply(input, target, delta, reduction)
