# %% answer="bce"
class BCEWithLogitsFunction(torch.autograd.Function):
    """The newer form: forward knows no ctx, setup_context saves."""

    @staticmethod
    def forward(logits, targets, reduction):
        pair = torch.stack([torch.zeros_like(logits), logits])
        losses = torch.logsumexp(pair, dim=0) - targets * logits
        if reduction == "none":
            return losses
        return losses.sum() if reduction == "sum" else losses.mean()

    @staticmethod
    def setup_context(ctx, inputs, output):
        logits, targets, ctx.reduction = inputs
        ctx.save_for_backward(logits, targets)

    @staticmethod
    def backward(ctx, grad_output):
        logits, targets = ctx.saved_tensors
        upstream = grad_output.expand_as(logits)
        if ctx.reduction == "mean":
            upstream = upstream / logits.numel()
        return upstream * (torch.sigmoid(logits) - targets), None, None


def bce_with_logits(logits: torch.Tensor, targets: torch.Tensor, reduction: str = "mean") -> torch.Tensor:
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"unknown reduction: {reduction}")
    if logits.shape != targets.shape:
        raise ValueError(f"shapes {logits.shape} and {targets.shape}")
    return BCEWithLogitsFunction.apply(logits, targets, reduction)


# %% answer="huber"
class HuberFunction(torch.autograd.Function):
    """The newer form, with the saved residual."""

    @staticmethod
    def forward(input, target, delta, reduction):
        size = (input - target).abs()
        inner = torch.minimum(size, torch.full_like(size, delta))
        losses = 0.5 * inner.square() + delta * (size - inner)
        if reduction == "none":
            return losses
        return losses.sum() if reduction == "sum" else losses.mean()

    @staticmethod
    def setup_context(ctx, inputs, output):
        input, target, ctx.delta, ctx.reduction = inputs
        ctx.save_for_backward(input, target)

    @staticmethod
    def backward(ctx, grad_output):
        input, target = ctx.saved_tensors
        slope = torch.clamp(input - target, min=-ctx.delta, max=ctx.delta)
        if ctx.reduction == "mean":
            slope = slope / slope.numel()
        return slope * grad_output, -slope * grad_output, None, None


def huber_loss(input: torch.Tensor, target: torch.Tensor, delta: float = 1.0, reduction: str = "mean") -> torch.Tensor:
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"unknown reduction: {reduction}")
    if input.shape != target.shape:
        raise ValueError(f"shapes {input.shape} and {target.shape}")
    return HuberFunction.apply(input, target, delta, reduction)
