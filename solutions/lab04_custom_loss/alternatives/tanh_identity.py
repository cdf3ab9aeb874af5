# %% answer="bce"
class BCEWithLogitsFunction(torch.autograd.Function):
    """PyTorch's own arrangement of the terms; the sigmoid as a tanh; only the slope's ingredients are saved."""

    @staticmethod
    def forward(ctx, logits, targets, reduction):
        ctx.save_for_backward(logits, targets)
        ctx.how = reduction
        shift = torch.maximum(-logits, torch.zeros_like(logits))
        loss = (1 - targets) * logits + shift + torch.log(torch.exp(-shift) + torch.exp(-logits - shift))
        if reduction != "none":
            loss = loss.sum()
        if reduction == "mean":
            loss = loss / logits.numel()
        return loss

    @staticmethod
    def backward(ctx, grad_output):
        logits, targets = ctx.saved_tensors
        probability = 0.5 + 0.5 * torch.tanh(0.5 * logits)
        gradient = torch.mul(probability - targets, grad_output)
        if ctx.how == "mean":
            gradient /= logits.numel()
        return gradient, None, None


def bce_with_logits(logits, targets, reduction="mean"):
    if reduction != "none" and reduction != "mean" and reduction != "sum":
        raise ValueError("no such reduction")
    if logits.dim() != targets.dim() or any(a != b for a, b in zip(logits.shape, targets.shape)):
        raise ValueError("no such pair")
    return BCEWithLogitsFunction.apply(logits, targets, reduction)
