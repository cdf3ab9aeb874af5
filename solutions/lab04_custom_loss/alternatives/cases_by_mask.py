# %% answer="bce"
def stable_softplus(z):
    """log(1 + e^z), each sign of z by its own formula, written into an empty tensor."""
    out = torch.empty_like(z)
    positive = z >= 0
    out[positive] = z[positive] + (-z[positive]).exp().log1p()
    out[~positive] = z[~positive].exp().log1p()
    return out


def stable_sigmoid(z):
    out = torch.empty_like(z)
    positive = z >= 0
    out[positive] = 1 / (1 + (-z[positive]).exp())
    small = z[~positive].exp()
    out[~positive] = small / (1 + small)
    return out


class BCEWithLogitsFunction(torch.autograd.Function):
    """The two signs of the logit apart, as a numerical analyst would write it."""

    @staticmethod
    def forward(ctx, logits, targets, reduction):
        ctx.save_for_backward(logits, targets)
        ctx.mean = reduction == "mean"
        loss = stable_softplus(logits) - targets * logits
        if reduction == "none":
            return loss
        total = loss.sum()
        return total / loss.numel() if ctx.mean else total

    @staticmethod
    def backward(ctx, grad_output):
        logits, targets = ctx.saved_tensors
        slope = stable_sigmoid(logits).sub_(targets)
        if ctx.mean:
            slope.div_(logits.numel())
        return slope.mul_(grad_output), None, None


def bce_with_logits(logits, targets, reduction="mean"):
    known = ("none", "mean", "sum")
    if reduction not in known:
        raise ValueError(f"{reduction} is none of {known}")
    if targets.shape != logits.shape:
        raise ValueError(f"{targets.shape} is not {logits.shape}")
    return BCEWithLogitsFunction.apply(logits, targets, reduction)


# %% answer="huber"
class HuberFunction(torch.autograd.Function):
    """Two masks and indexed assignment."""

    @staticmethod
    def forward(ctx, input, target, delta, reduction):
        residual = input - target
        far = residual.abs() > delta
        loss, slope = torch.empty_like(residual), residual.clone()
        loss[~far] = residual[~far] ** 2 / 2
        loss[far] = delta * residual[far].abs() - delta**2 / 2
        slope[far] = delta * residual[far].sign()
        ctx.save_for_backward(slope)
        ctx.count = residual.numel() if reduction == "mean" else 1
        return loss if reduction == "none" else loss.sum() / ctx.count

    @staticmethod
    def backward(ctx, grad_output):
        (slope,) = ctx.saved_tensors
        grad = slope * grad_output / ctx.count
        for_input = grad if ctx.needs_input_grad[0] else None
        for_target = -grad if ctx.needs_input_grad[1] else None
        return for_input, for_target, None, None


def huber_loss(input, target, delta=1.0, reduction="mean"):
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction)
    if target.shape != input.shape:
        raise ValueError("shapes")
    return HuberFunction.apply(input, target, delta, reduction)
