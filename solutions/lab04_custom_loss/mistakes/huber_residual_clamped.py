# fails: huber_far huber_default huber_large huber_gradient huber_target huber_target_sign huber_reduction huber_contract
"""Huber: loss flat beyond delta

Beyond delta your loss is flat and its gradient 0: with delta = 2, r = 5 the loss should be 8 and the gradient 2.

Squaring a clamped residual bounds the loss, so the worst predictions get no gradient at all. Huber bounds the
gradient and lets the loss go on growing. This mistake was in many early deep Q-learning programs.
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
        loss = 0.5 * residual.clamp(-delta, delta) ** 2
        if reduction == "mean":
            return loss.mean()
        if reduction == "sum":
            return loss.sum()
        return loss

    @staticmethod
    def backward(ctx, grad_output):
        (residual,) = ctx.saved_tensors
        grad_input = grad_output * residual * (residual.abs() <= ctx.delta)
        if ctx.reduction == "mean":
            grad_input = grad_input / residual.numel()
        return grad_input, -grad_input, None, None


def huber_loss(input, target, delta=1.0, reduction="mean"):
    if input.shape != target.shape:
        raise ValueError(f"input has shape {tuple(input.shape)}, target {tuple(target.shape)}")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"unknown reduction {reduction!r}")
    return HuberFunction.apply(input, target, delta, reduction)
