# %% answer="value"
def clip_by_value(parameters, clip_value):
    """out= writes into the gradient itself."""
    for p in parameters:
        if p.grad is not None:
            torch.clamp(p.grad, -clip_value, clip_value, out=p.grad)


# %% answer="norm"
def clip_by_norm(parameters, max_norm):
    """A slice that covers everything."""
    for p in parameters:
        if p.grad is None:
            continue
        norm = torch.linalg.norm(p.grad.flatten())
        p.grad[...] = p.grad * min(1.0, max_norm / max(norm.item(), 1e-12))


# %% answer="global_norm"
def clip_by_global_norm(parameters, max_norm, error_if_nonfinite=False):
    """math.hypot folds the norms together; a slice that covers everything takes the result."""
    grads = [p.grad for p in parameters if p.grad is not None]
    norm = math.hypot(*(g.norm().item() for g in grads))
    if error_if_nonfinite and not math.isfinite(norm):
        raise RuntimeError("non-finite gradient norm")
    factor = 1.0 if norm <= max_norm else max_norm / norm
    for g in grads:
        g[...] = factor * g
    return torch.tensor(norm)


# %% answer="sparse"
def clip_sparse_by_global_norm(parameters, max_norm):
    """Measured on a coalesced copy, scaled as it is: both lists of rows add up to the same."""
    total = 0.0
    params = [p for p in parameters if p.grad is not None]
    for p in params:
        if p.grad.is_sparse:
            total += float(p.grad.coalesce().values().double().square().sum())
        else:
            total += float(p.grad.double().square().sum())
    norm = math.sqrt(total)
    if norm > max_norm:
        for p in params:
            p.grad.mul_(max_norm / norm)
    return torch.tensor(norm)
