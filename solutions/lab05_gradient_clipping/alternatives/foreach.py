# %% answer="value"
def clip_by_value(parameters, clip_value):
    """All gradients in two calls."""
    gradients = [p.grad for p in parameters if p.grad is not None]
    if gradients:
        torch._foreach_clamp_min_(gradients, -clip_value)
        torch._foreach_clamp_max_(gradients, clip_value)


# %% answer="norm"
def clip_by_norm(parameters, max_norm):
    """All norms in one call, all products in another."""
    gradients = [p.grad for p in parameters if p.grad is not None]
    if gradients:
        norms = torch.stack(torch._foreach_norm(gradients))
        torch._foreach_mul_(gradients, list((max_norm / (norms + 1e-6)).clamp(max=1.0)))


# %% answer="global_norm"
def clip_by_global_norm(parameters, max_norm, error_if_nonfinite=False):
    """The same with the norm of the norms."""
    gradients = [p.grad for p in parameters if p.grad is not None]
    if not gradients:
        return torch.tensor(0.0)
    norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
    if error_if_nonfinite and not torch.isfinite(norm):
        raise RuntimeError("the total norm is non-finite")
    torch._foreach_mul_(gradients, torch.clamp(max_norm / (norm + 1e-6), max=1.0))
    return norm


# %% answer="sparse"
def clip_sparse_by_global_norm(parameters, max_norm):
    """Tensor.norm knows sparse tensors, and adds up repeated rows."""
    gradients = [p.grad for p in parameters if p.grad is not None]
    norm = torch.stack([g.norm() for g in gradients]).norm() if gradients else torch.tensor(0.0)
    for g in gradients:
        g.mul_(min(1.0, float(max_norm / (norm + 1e-6))))
    return norm
