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
    """One loss for each residual; subtraction and reductions are left to autograd."""

    @staticmethod
    def forward(ctx, residual, delta):
        ctx.save_for_backward(residual)
        ctx.delta = delta
        near = residual.abs().clamp(max=delta)
        return near * (residual.abs() - near / 2)

    @staticmethod
    def backward(ctx, grad_output):
        (residual,) = ctx.saved_tensors
        bound = torch.full_like(residual, ctx.delta)
        return grad_output * torch.minimum(torch.maximum(residual, -bound), bound), None


def huber_loss(input, target, delta=1.0, reduction="mean"):
    if input.shape != target.shape:
        raise ValueError("shape")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction)
    losses = HuberFunction.apply(input - target, delta)
    return losses if reduction == "none" else getattr(losses, reduction)()


# %% answer="focal"
class FocalLossFunction(torch.autograd.Function):
    """One modulated loss for each element; the sign of the target and the reductions are left to autograd."""

    @staticmethod
    def forward(ctx, s, gamma):
        ctx.save_for_backward(s)
        ctx.gamma = gamma
        return torch.sigmoid(-s).pow(gamma) * F.softplus(-s)

    @staticmethod
    def backward(ctx, grad_output):
        (s,) = ctx.saved_tensors
        q = torch.sigmoid(-s)
        return -grad_output * q.pow(ctx.gamma) * (ctx.gamma * (1 - q) * F.softplus(-s) + q), None


def focal_loss(logits, targets, alpha=0.25, gamma=2.0, reduction="mean"):
    if logits.shape != targets.shape:
        raise ValueError("shape")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction)
    losses = FocalLossFunction.apply(logits * (2 * targets - 1), gamma)
    losses = losses * (alpha * targets + (1 - alpha) * (1 - targets))
    return losses if reduction == "none" else getattr(losses, reduction)()
