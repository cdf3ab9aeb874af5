# fails: stable_finite stable_far_positive stable_far_negative stable_gradient_far
"""BCE: loss inf for large negative logits

Your loss is inf for large negative logits: at z = -100, t = 0 it should be 0.

Your formula holds the exponents 0 and -z, but you shift by max(0, z). That is the larger of the two exponents only if
they are 0 and z; here the shift pushes the wrong one. PyTorch itself once had this bug. Ask which exponent is the
largest, and subtract that.
"""
# %% answer="bce"
class BCEWithLogitsFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, targets, reduction):
        ctx.save_for_backward(logits, targets)
        ctx.reduction = reduction
        m = logits.clamp(min=0)
        loss = (1 - targets) * logits + m + torch.log(torch.exp(-m) + torch.exp(-logits - m))
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
