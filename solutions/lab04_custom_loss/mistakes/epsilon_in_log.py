# fails: forward_soft forward_shapes stable_positive stable_negative stable_far_positive stable_far_negative stable_gradient stable_gradient_far backward_upstream
"""BCE: epsilon inside the logarithm

Your loss stops growing: at z = -50, t = 1 it is 18.4, the right value is 50.

An epsilon inside the logarithm keeps inf away by replacing the value. log(1e-8) = -18.4 is then the worst that the
loss can say, however wrong the logit is. Rewrite the formula so that no logarithm of 0 arises, instead of patching
its result.
"""
# %% answer="bce"
class BCEWithLogitsFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, targets, reduction):
        ctx.save_for_backward(logits, targets)
        ctx.reduction = reduction
        p = torch.sigmoid(logits)
        loss = -(targets * torch.log(p + 1e-8) + (1 - targets) * torch.log(1 - p + 1e-8))
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
