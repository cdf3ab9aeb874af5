# fails: focal_values focal_gradient focal_stable focal_stable_gradient
"""Focal: alpha weights both classes

Negative examples are weighted with alpha; they should get 1 - alpha.

alpha balances the two classes: what one gains the other loses. A common factor for both only rescales the loss. Look
at alpha_t in the formula.
"""
# %% answer="focal"
class FocalLossFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, targets, alpha, gamma, reduction):
        s = torch.where(targets == 1, logits, -logits)
        alpha_t = torch.full_like(logits, alpha)
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
