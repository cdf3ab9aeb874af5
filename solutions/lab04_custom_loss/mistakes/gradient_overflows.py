# fails: stable_gradient_far
"""BCE: gradient nan for large positive logits

Your loss is right but its gradient is nan for large logits: at z = 1000, t = 0 it should be 1.

Backward computes e^z / (1 + e^z), which is inf / inf there. The forward pass was made safe and the backward pass was
not: it needs the same care. The fraction has a name, and PyTorch has a safe function for it.
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
        e = torch.exp(logits)
        grad_logits = grad_output * (e / (1 + e) - targets)
        if ctx.reduction == "mean":
            grad_logits = grad_logits / logits.numel()
        return grad_logits, None, None


def bce_with_logits(logits, targets, reduction="mean"):
    if logits.shape != targets.shape:
        raise ValueError(f"logits have shape {tuple(logits.shape)}, targets {tuple(targets.shape)}")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"unknown reduction {reduction!r}")
    return BCEWithLogitsFunction.apply(logits, targets, reduction)
