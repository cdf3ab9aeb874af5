# fails: stable_gradient stable_gradient_far
"""BCE: gradient nan where the sigmoid rounds

Your gradient is nan where the sigmoid rounds to 0 or 1: at z = 20, t = 0 it should be 1.

You multiply dL/dp, which divides by p or by 1 - p, with dp/dz = p (1 - p). On paper the factors cancel; in float32 it
is inf times 0. Cancel them on paper, before you type: what remains is very short.
"""
# %% answer="bce"
class BCEWithLogitsFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, targets, reduction):
        ctx.save_for_backward(logits, targets)
        ctx.reduction = reduction
        loss = logits.clamp(min=0) - logits * targets + torch.log1p(torch.exp(-logits.abs()))
        if reduction == "mean":
            return loss.mean()
        if reduction == "sum":
            return loss.sum()
        return loss

    @staticmethod
    def backward(ctx, grad_output):
        logits, targets = ctx.saved_tensors
        p = torch.sigmoid(logits)
        grad_logits = grad_output * (-targets / p + (1 - targets) / (1 - p)) * p * (1 - p)
        if ctx.reduction == "mean":
            grad_logits = grad_logits / logits.numel()
        return grad_logits, None, None


def bce_with_logits(logits, targets, reduction="mean"):
    if logits.shape != targets.shape:
        raise ValueError(f"logits have shape {tuple(logits.shape)}, targets {tuple(targets.shape)}")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"unknown reduction {reduction!r}")
    return BCEWithLogitsFunction.apply(logits, targets, reduction)
