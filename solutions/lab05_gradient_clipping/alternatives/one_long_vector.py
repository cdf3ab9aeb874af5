# %% answer="global_norm"
def clip_by_global_norm(parameters, max_norm, error_if_nonfinite=False):
    """Literally one long vector: concatenate, scale, and copy the pieces back."""
    gradients = [p.grad for p in parameters if p.grad is not None]
    if gradients == []:
        return torch.zeros(())
    flat = torch.cat([g.reshape(-1) for g in gradients])
    norm = flat.norm()
    if error_if_nonfinite and bool(torch.logical_or(norm.isnan(), norm.isinf())):
        raise RuntimeError("gradient norm is not finite")
    flat = flat * torch.clamp(max_norm / (norm + 1e-6), max=1.0)
    start = 0
    for g in gradients:
        g.copy_(flat[start : start + g.numel()].view_as(g))
        start += g.numel()
    return norm


# %% answer="norm"
def clip_by_norm(parameters, max_norm):
    """renorm clips sub-tensors along a dimension: make the whole tensor one of them."""
    for p in parameters:
        if p.grad is not None:
            p.grad.copy_(p.grad.reshape(1, -1).renorm(2, 0, max_norm).view_as(p.grad))
