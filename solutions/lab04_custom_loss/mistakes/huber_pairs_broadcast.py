# fails: huber_contract
"""Huber: different shapes are broadcast

huber_loss accepts an input of shape (4, 1) with a target of shape (4,): broadcasting makes a 4 x 4 table of
residuals.

A network's output often has a last dimension of 1 and the target has not. The mean over all pairs is an ordinary
number, and the fit tends to the mean of the targets. F.huber_loss only warns; the lab asks for a ValueError, as in
exercise 1.
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
        if ctx.reduction == "mean":
            grad_input = grad_input / residual.numel()
        return grad_input, -grad_input, None, None


def huber_loss(input, target, delta=1.0, reduction="mean"):
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"unknown reduction {reduction!r}")
    return HuberFunction.apply(input, target, delta, reduction)
