# fails: forward_soft forward_shapes stable_positive stable_negative stable_far_positive stable_far_negative stable_gradient stable_gradient_far
"""BCE: probability clamped, gradient 0 beyond

Your loss stops at about 16 and its gradient is 0 beyond: at z = -50, t = 1 the loss should be 50 and the gradient -1.

Clamping the probability cuts the curve off where the network is most wrong, and the slope of a cut-off curve is 0:
the worst examples teach nothing. No clamp is needed if the probability is never computed; look for a formula in z
alone.
"""
# %% answer="bce"
class BCEWithLogitsFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, targets, reduction):
        ctx.save_for_backward(logits, targets)
        ctx.reduction = reduction
        p = torch.sigmoid(logits).clamp(1e-7, 1 - 1e-7)
        loss = -(targets * torch.log(p) + (1 - targets) * torch.log(1 - p))
        if reduction == "mean":
            return loss.mean()
        if reduction == "sum":
            return loss.sum()
        return loss

    @staticmethod
    def backward(ctx, grad_output):
        logits, targets = ctx.saved_tensors
        p = torch.sigmoid(logits)
        inside = (p > 1e-7) & (p < 1 - 1e-7)
        grad_logits = grad_output * (p - targets) * inside
        if ctx.reduction == "mean":
            grad_logits = grad_logits / logits.numel()
        return grad_logits, None, None


def bce_with_logits(logits, targets, reduction="mean"):
    if logits.shape != targets.shape:
        raise ValueError(f"logits have shape {tuple(logits.shape)}, targets {tuple(targets.shape)}")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"unknown reduction {reduction!r}")
    return BCEWithLogitsFunction.apply(logits, targets, reduction)
