# fails: forward_soft forward_shapes stable_positive stable_far_positive stable_far_negative stable_gradient stable_gradient_far
"""BCE: loss jumps to 100 and stays there

Your loss jumps to 100 and stays there: at z = 20, t = 0 it is 100, the right value is 20; at z = 1000 it is 100, too.

Bounding the logarithm at -100 is what F.binary_cross_entropy does, because it is handed probabilities and cannot do
better. You have the logit, and with it everything that the rounding of the sigmoid threw away. Start from log(1 +
e^z) - t z.
"""
# %% answer="bce"
class BCEWithLogitsFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, targets, reduction):
        ctx.save_for_backward(logits, targets)
        ctx.reduction = reduction
        p = torch.sigmoid(logits)
        log_p = torch.log(p).clamp(min=-100)
        log_q = torch.log(1 - p).clamp(min=-100)
        loss = -(targets * log_p + (1 - targets) * log_q)
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
