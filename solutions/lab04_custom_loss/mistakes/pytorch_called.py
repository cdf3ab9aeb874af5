# fails: forward_hard forward_soft forward_shapes stable_finite stable_positive stable_negative stable_far_positive stable_far_negative stable_gradient stable_gradient_far backward_upstream backward_zero_logit backward_gradcheck backward_own reduction_values reduction_mean_gradient reduction_mean_gradient_shapes reduction_sum_gradient contract_shapes contract_reduction contract_targets contract_untouched from_scratch
"""BCE: PyTorch's finished loss is called

Your loss gets its values from F.binary_cross_entropy_with_logits.

The lab asks you to write the formula yourself from building blocks such as exp, log1p or softplus. PyTorch's finished
loss is there to compare with.
"""
# %% answer="bce"
class BCEWithLogitsFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, targets, reduction):
        ctx.save_for_backward(logits, targets)
        ctx.reduction = reduction
        loss = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
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
