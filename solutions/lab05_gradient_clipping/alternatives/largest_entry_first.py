# %% answer="norm"
def clip_by_norm(parameters, max_norm):
    """Measured in units of the largest entry, so that no square overflows."""
    for p in parameters:
        if p.grad is None or p.grad.numel() == 0:
            continue
        largest = p.grad.abs().max()
        if largest == 0:
            continue
        length = largest * (p.grad / largest).square().sum().sqrt()
        p.grad.mul_(torch.where(length > max_norm, max_norm / length, torch.ones_like(length)))


# %% answer="global_norm"
def clip_by_global_norm(parameters, max_norm, error_if_nonfinite=False):
    """Measured in units of the largest entry, so that no square overflows: right at 1e30 as well."""
    gradients = [p.grad for p in parameters if p.grad is not None and p.grad.numel() > 0]
    largest = max((float(g.abs().max()) for g in gradients), default=0.0)
    broken = any(not bool(g.isfinite().all()) for g in gradients)
    if broken and error_if_nonfinite:
        raise RuntimeError("a gradient is nan or inf")
    if broken:
        plain = torch.stack([g.square().sum().double() for g in gradients]).sum().sqrt()
        for g in gradients:
            g.mul_(max_norm / plain)
        return plain
    if largest == 0.0:
        return torch.tensor(0.0)
    norm = largest * math.sqrt(sum(float((g / largest).square().sum()) for g in gradients))
    if norm > max_norm:
        for g in gradients:
            g.mul_(max_norm / norm)
    return torch.tensor(norm)
