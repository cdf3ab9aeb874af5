# fails: stable_finite stable_far_positive stable_gradient_far
"""BCE: loss inf for large positive logits

Your loss is inf for large positive logits: at z = 1000, t = 0 it should be 1000.

e^z overflows in float32 from z = 88.73 on, although the logarithm of the result would be an ordinary number. Subtract
the larger of the two exponents 0 and z before you exponentiate, and add it back outside the logarithm.
"""
# %% answer="bce"
class BCEWithLogitsFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, targets, reduction):
        ctx.save_for_backward(logits, targets)
        ctx.reduction = reduction
        loss = torch.log(1 + torch.exp(logits)) - logits * targets
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
