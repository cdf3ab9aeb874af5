# fails: forward_soft forward_shapes stable_finite stable_positive stable_far_positive stable_far_negative stable_gradient stable_gradient_far
"""BCE: loss inf or nan where the sigmoid rounds

Your loss is inf or nan where the logit is large: at z = 90, t = 0 it is inf, the right value is 90; at z = 20, t = 1
it is nan.

In float32 a sigmoid rounds to exactly 1 from z = 16.7 on, and log(1 - 1) is -inf; multiplied by a target of 0 that is
nan. Whatever you do after the rounding comes too late. Put the sigmoid into the logarithm on paper and simplify
before you type: see "The trick" in the notebook.
"""
# %% answer="bce"
class BCEWithLogitsFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, targets, reduction):
        ctx.save_for_backward(logits, targets)
        ctx.reduction = reduction
        p = torch.sigmoid(logits)
        loss = -(targets * torch.log(p) + (1 - targets) * torch.log(1 - p))
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
