# fails: backward_zero_logit
"""BCE: gradient wrong at exactly z = 0

At exactly z = 0 your gradient is -t; it should be 0.5 - t. Everywhere else it is right.

max(z, 0) and |z| each have a corner at 0. In their sum the corners cancel and the loss is smooth, but a derivative
taken term by term picks a side for each corner, and the choices do not fit together. A network with a
zero-initialized last layer starts exactly there. Differentiate log(1 + e^z) - t z instead.
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
        tail = torch.exp(-logits.abs())
        slope = (logits > 0).to(logits.dtype) - targets - logits.sign() * tail / (1 + tail)
        grad_logits = grad_output * slope
        if ctx.reduction == "mean":
            grad_logits = grad_logits / logits.numel()
        return grad_logits, None, None


def bce_with_logits(logits, targets, reduction="mean"):
    if logits.shape != targets.shape:
        raise ValueError(f"logits have shape {tuple(logits.shape)}, targets {tuple(targets.shape)}")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"unknown reduction {reduction!r}")
    return BCEWithLogitsFunction.apply(logits, targets, reduction)
