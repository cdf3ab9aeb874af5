# fails: focal_stable_gradient
"""Focal: gradient nan for gamma below 1

For gamma = 0.5 your gradient is nan where the network is very sure and right: z = 1000, t = 1.

(1 - p)^(gamma - 1) is inf at p = 1 if gamma < 1, and the factor p (1 - p) beside it is 0. Multiply the two on paper
first: the power becomes gamma again.
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
        loss = alpha_t * torch.sigmoid(-s) ** gamma * F.softplus(-s)
        if reduction == "mean":
            return loss.mean()
        if reduction == "sum":
            return loss.sum()
        return loss

    @staticmethod
    def backward(ctx, grad_output):
        s, targets, alpha_t = ctx.saved_tensors
        p, q, ce = torch.sigmoid(s), torch.sigmoid(-s), F.softplus(-s)
        slope = -ctx.gamma * q ** (ctx.gamma - 1) * p * q * ce - q**ctx.gamma * q
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
