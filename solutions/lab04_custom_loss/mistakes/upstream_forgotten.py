# fails: stable_gradient stable_gradient_far backward_upstream backward_zero_logit backward_gradcheck reduction_mean_gradient reduction_mean_gradient_shapes reduction_sum_gradient
"""BCE: the upstream gradient is ignored

Your gradient ignores what comes from above: (3 * loss).backward() gives the same gradient as loss.backward().

backward is asked for dL/dz where L is whatever was built on top of your loss. grad_output is dL/d(your result), and
the chain rule multiplies it with your own derivative. A test that only calls loss.backward() hands you an upstream of
1 and cannot see the difference.
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
        grad_logits = torch.sigmoid(logits) - targets
        if ctx.reduction == "mean":
            grad_logits = grad_logits / logits.numel()
        return grad_logits, None, None


def bce_with_logits(logits, targets, reduction="mean"):
    if logits.shape != targets.shape:
        raise ValueError(f"logits have shape {tuple(logits.shape)}, targets {tuple(targets.shape)}")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"unknown reduction {reduction!r}")
    return BCEWithLogitsFunction.apply(logits, targets, reduction)
