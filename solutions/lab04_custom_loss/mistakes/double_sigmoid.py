# fails: forward_hard forward_soft forward_shapes stable_finite stable_positive stable_negative stable_far_positive stable_far_negative stable_gradient stable_gradient_far backward_upstream backward_zero_logit backward_gradcheck backward_own reduction_values reduction_mean_gradient reduction_mean_gradient_shapes reduction_sum_gradient contract_shapes contract_reduction contract_targets contract_untouched
"""BCE: the sigmoid is taken twice

Your loss cannot fall below 0.3133: at z = 5, t = 1 it is 0.315, the right value is 0.0067.

The logits are squashed twice: once by you, and once more inside the formula, which already holds the sigmoid. "With
logits" means that the loss wants the number before the squashing. Look at what you hand to the formula.
"""
# %% answer="bce"
class BCEWithLogitsFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, targets, reduction):
        logits = torch.sigmoid(logits)
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
