# %% answer="bce"
class BCEWithLogitsFunction(torch.autograd.Function):
    """One loss for each element; the reductions are left to autograd."""

    @staticmethod
    def forward(ctx, logits, targets):
        ctx.save_for_backward(logits, targets)
        return F.softplus(logits) - logits * targets

    @staticmethod
    def backward(ctx, grad_output):
        logits, targets = ctx.saved_tensors
        return (torch.sigmoid(logits) - targets) * grad_output, None


def bce_with_logits(logits, targets, reduction="mean"):
    if logits.shape != targets.shape:
        raise ValueError("shape")
    losses = BCEWithLogitsFunction.apply(logits, targets)
    match reduction:
        case "none":
            return losses
        case "mean":
            return losses.mean()
        case "sum":
            return losses.sum()
        case _:
            raise ValueError(reduction)


# %% answer="huber"
class HuberFunction(torch.autograd.Function):
    """One loss for each pair; the reductions are left to autograd."""

    @staticmethod
    def forward(ctx, input, target, delta):
        residual = input - target
        ctx.save_for_backward(residual)
        ctx.delta = delta
        near = residual.abs().clamp(max=delta)
        return near * (residual.abs() - near / 2)

    @staticmethod
    def backward(ctx, grad_output):
        (residual,) = ctx.saved_tensors
        bound = torch.full_like(residual, ctx.delta)
        pull = grad_output * torch.minimum(torch.maximum(residual, -bound), bound)
        return pull, -pull, None


def huber_loss(input, target, delta=1.0, reduction="mean"):
    if input.shape != target.shape:
        raise ValueError("shape")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction)
    losses = HuberFunction.apply(input, target, delta)
    return losses if reduction == "none" else getattr(losses, reduction)()


# %% answer="focal"
class FocalLossFunction(torch.autograd.Function):
    """One modulated loss for each element; the reductions are left to autograd."""

    @staticmethod
    def forward(ctx, logits, targets, alpha, gamma):
        side = 2 * targets - 1
        s, weight = side * logits, alpha * targets + (1 - alpha) * (1 - targets)
        ctx.save_for_backward(s, side * weight)
        ctx.gamma = gamma
        return weight * torch.sigmoid(-s).pow(gamma) * F.softplus(-s)

    @staticmethod
    def backward(ctx, grad_output):
        s, signed = ctx.saved_tensors
        q = torch.sigmoid(-s)
        slope = q.pow(ctx.gamma) * (ctx.gamma * (1 - q) * F.softplus(-s) + q)
        return -grad_output * signed * slope, None, None, None


def focal_loss(logits, targets, alpha=0.25, gamma=2.0, reduction="mean"):
    if logits.shape != targets.shape:
        raise ValueError("shape")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction)
    losses = FocalLossFunction.apply(logits, targets, alpha, gamma)
    return losses if reduction == "none" else getattr(losses, reduction)()
