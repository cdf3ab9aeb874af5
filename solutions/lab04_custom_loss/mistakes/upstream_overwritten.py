# fails: backward_upstream contract_untouched
"""BCE: `grad_output` is written to

After your backward, the upstream gradient that you were handed has changed; under loss.sum() you may see an error or
wrong numbers instead.

grad_output does not belong to you. Autograd may show the same tensor to another branch of the network, or stretch a
single number over all elements without copying it. An operation such as *= writes into it. Build a new tensor.
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
        if ctx.reduction == "none":
            grad_output *= grad_logits
            return grad_output, None, None
        grad_logits = grad_output * grad_logits
        if ctx.reduction == "mean":
            grad_logits = grad_logits / logits.numel()
        return grad_logits, None, None


def bce_with_logits(logits, targets, reduction="mean"):
    if logits.shape != targets.shape:
        raise ValueError(f"logits have shape {tuple(logits.shape)}, targets {tuple(targets.shape)}")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"unknown reduction {reduction!r}")
    return BCEWithLogitsFunction.apply(logits, targets, reduction)
