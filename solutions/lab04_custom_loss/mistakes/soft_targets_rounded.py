# fails: forward_soft stable_gradient_far backward_gradcheck
"""BCE: soft targets treated as 0 or 1

Targets between 0 and 1 are treated as 0 or 1: at z = 2, t = 0.25 your loss is 2.127, the right value is 1.627.

Cross-entropy is linear in the target: a soft target mixes the loss for 1 and the loss for 0 in its proportion.
Choosing one of the two by a comparison is right only for hard targets. Label smoothing needs the mixture.
"""
# %% answer="bce"
class BCEWithLogitsFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, targets, reduction):
        ctx.save_for_backward(logits, targets)
        ctx.reduction = reduction
        loss = torch.where(targets > 0.5, F.softplus(-logits), F.softplus(logits))
        if reduction == "mean":
            return loss.mean()
        if reduction == "sum":
            return loss.sum()
        return loss

    @staticmethod
    def backward(ctx, grad_output):
        logits, targets = ctx.saved_tensors
        grad_logits = grad_output * (torch.sigmoid(logits) - targets)
        if ctx.reduction == "mean":
            grad_logits = grad_logits / logits.numel()
        return grad_logits, None, None


def bce_with_logits(logits, targets, reduction="mean"):
    if logits.shape != targets.shape:
        raise ValueError(f"logits have shape {tuple(logits.shape)}, targets {tuple(targets.shape)}")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"unknown reduction {reduction!r}")
    return BCEWithLogitsFunction.apply(logits, targets, reduction)
