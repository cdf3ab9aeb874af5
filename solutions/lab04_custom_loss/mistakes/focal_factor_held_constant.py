# fails: focal_gradient focal_stable_gradient
"""Focal: (1 - p)^gamma is not differentiated

Your focal loss is right and its gradient is not: at z = 0, t = 1, gamma = 2, alpha = 1 the gradient is -0.125 and
should be -0.298.

(1 - p)^gamma depends on the logit as well. The derivative of a product has two terms, and you have the one in which
this factor is held constant.
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
        slope = -(q**ctx.gamma) * q
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
