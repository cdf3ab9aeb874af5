# fails: stable_gradient stable_gradient_far backward_upstream backward_zero_logit backward_gradcheck reduction_mean_gradient reduction_mean_gradient_shapes reduction_sum_gradient
"""BCE: gradient has the wrong sign

Your gradient has the wrong sign: at z = 0, t = 1 it is 0.5 and should be -0.5, so a step downhill makes the loss
grow.

The gradient of cross-entropy with respect to the logit is prediction minus target. If the prediction is too low, the
loss falls as z grows, so the slope is negative. gradcheck finds this at once.
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
        grad_logits = grad_output * (targets - torch.sigmoid(logits))
        if ctx.reduction == "mean":
            grad_logits = grad_logits / logits.numel()
        return grad_logits, None, None


def bce_with_logits(logits, targets, reduction="mean"):
    if logits.shape != targets.shape:
        raise ValueError(f"logits have shape {tuple(logits.shape)}, targets {tuple(targets.shape)}")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"unknown reduction {reduction!r}")
    return BCEWithLogitsFunction.apply(logits, targets, reduction)
