# %% answer="bce"
class BCEWithLogitsFunction(torch.autograd.Function):
    """The textbook formula, with logsigmoid for both logarithms."""

    @staticmethod
    def forward(ctx, logits, targets, reduction):
        ctx.save_for_backward(logits, targets)
        ctx.reduction = reduction
        loss = -targets * F.logsigmoid(logits) - (1 - targets) * F.logsigmoid(-logits)
        return {"none": lambda: loss, "mean": loss.mean, "sum": loss.sum}[reduction]()

    @staticmethod
    def backward(ctx, grad_output):
        logits, targets = ctx.saved_tensors
        scale = 1 / logits.numel() if ctx.reduction == "mean" else 1.0
        return grad_output * scale * (logits.sigmoid() - targets), None, None


def bce_with_logits(logits, targets, reduction="mean"):
    if logits.size() != targets.size():
        raise ValueError("shapes differ")
    if reduction not in {"none", "mean", "sum"}:
        raise ValueError("reduction?")
    return BCEWithLogitsFunction.apply(logits, targets, reduction)


# %% answer="huber"
class HuberFunction(torch.autograd.Function):
    """c r - c^2 / 2 with c the clamped residual: both pieces in one formula."""

    @staticmethod
    def forward(ctx, input, target, delta, reduction):
        residual = input - target
        cut = residual.clamp(-delta, delta)
        ctx.save_for_backward(cut)
        ctx.reduction = reduction
        loss = cut * (residual - cut / 2)
        return {"none": lambda: loss, "mean": loss.mean, "sum": loss.sum}[reduction]()

    @staticmethod
    def backward(ctx, grad_output):
        (cut,) = ctx.saved_tensors
        scale = 1 / cut.numel() if ctx.reduction == "mean" else 1.0
        slope = grad_output * scale * cut
        return slope, slope.neg(), None, None


def huber_loss(input, target, delta=1.0, reduction="mean"):
    if input.size() != target.size():
        raise ValueError("shapes differ")
    if reduction not in {"none", "mean", "sum"}:
        raise ValueError("reduction?")
    return HuberFunction.apply(input, target, delta, reduction)
