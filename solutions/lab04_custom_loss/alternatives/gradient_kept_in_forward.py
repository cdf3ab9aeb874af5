# %% answer="bce"
class BCEWithLogitsFunction(torch.autograd.Function):
    """Computes the whole gradient in forward, with 1/N, and keeps nothing else for backward."""

    @staticmethod
    def forward(ctx, logits, targets, reduction):
        softplus = torch.logaddexp(torch.zeros_like(logits), logits)
        losses = softplus - targets * logits
        slope = logits.sigmoid() - targets
        if reduction == "mean":
            slope = slope / slope.numel()
            losses = losses.sum() / losses.numel()
        elif reduction == "sum":
            losses = losses.sum()
        ctx.save_for_backward(slope)
        return losses

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad_output):
        return ctx.saved_tensors[0] * grad_output, None, None


def bce_with_logits(logits, targets, reduction="mean"):
    if list(logits.shape) != list(targets.shape) or reduction not in ["none", "mean", "sum"]:
        raise ValueError("shapes must be equal and the reduction none, mean or sum")
    return BCEWithLogitsFunction.apply(logits, targets, reduction)


# %% answer="focal"
class FocalLossFunction(torch.autograd.Function):
    """In log space: (1 - p)^gamma is exp(gamma * logsigmoid(-s)); the whole gradient is kept."""

    @staticmethod
    def forward(ctx, logits, targets, alpha, gamma, reduction):
        sign = targets * 2 - 1
        s = sign * logits
        weight = torch.where(targets > 0, alpha, 1 - alpha).to(logits.dtype)
        log_p, log_q = F.logsigmoid(s), F.logsigmoid(-s)
        modulation = (gamma * log_q).exp()
        loss = -weight * modulation * log_p
        slope = sign * weight * modulation * (gamma * log_p.exp() * log_p - log_q.exp())
        if reduction == "mean":
            ctx.save_for_backward(slope / loss.numel())
            return loss.mean()
        ctx.save_for_backward(slope)
        return loss.sum() if reduction == "sum" else loss

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output * ctx.saved_tensors[0], None, None, None, None


def focal_loss(logits, targets, alpha=0.25, gamma=2.0, reduction="mean"):
    if list(logits.shape) != list(targets.shape) or reduction not in ["none", "mean", "sum"]:
        raise ValueError("shapes must be equal and the reduction none, mean or sum")
    return FocalLossFunction.apply(logits, targets, alpha, gamma, reduction)
