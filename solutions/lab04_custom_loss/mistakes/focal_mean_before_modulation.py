# fails: focal_values focal_gradient
"""Focal: mean taken before the modulation

With reduction="mean" you average the cross-entropy before it is modulated.

Each example's loss is to be turned down by its own factor, and only then averaged. Once the mean is taken, easy and
hard examples can no longer be told apart. Look at the order of the two steps.
"""
# %% answer="focal"
class FocalLossFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, targets, alpha, gamma, reduction):
        s = torch.where(targets == 1, logits, -logits)
        alpha_t = torch.where(targets == 1, alpha, 1 - alpha).to(logits.dtype)
        ctx.save_for_backward(s, targets, alpha_t)
        ctx.gamma = gamma
        ctx.reduction = reduction
        ce = F.softplus(-s)
        if reduction == "mean":
            ce = ce.mean()
        loss = alpha_t * torch.sigmoid(-s) ** gamma * ce
        if reduction == "mean":
            return loss.mean()
        if reduction == "sum":
            return loss.sum()
        return loss

    @staticmethod
    def backward(ctx, grad_output):
        s, targets, alpha_t = ctx.saved_tensors
        p, q, ce = torch.sigmoid(s), torch.sigmoid(-s), F.softplus(-s)
        slope = -(q**ctx.gamma) * (ctx.gamma * p * ce + q)
        grad_logits = grad_output * alpha_t * torch.where(targets == 1, slope, -slope)
        if ctx.reduction == "mean":
            grad_logits = grad_logits / s.numel()
        return grad_logits, None, None, None, None


def focal_loss(logits, targets, alpha=0.25, gamma=2.0, reduction="mean"):
    if logits.shape != targets.shape:
        raise ValueError(f"logits have shape {tuple(logits.shape)}, targets {tuple(targets.shape)}")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"unknown reduction {reduction!r}")
    return FocalLossFunction.apply(logits, targets, alpha, gamma, reduction)
