# fails: edge_zero
"""By global norm: gradients of zeros become nan

Gradients of zeros become nan.

With a norm of 0 your factor is 0 / 0. Either compare first and leave short gradients alone, or add a tiny number to
the divisor, as PyTorch does.
"""
# %% answer="global_norm"
def clip_by_global_norm(parameters, max_norm, error_if_nonfinite=False):
    parameters = [p for p in parameters if p.grad is not None]
    if len(parameters) == 0:
        return torch.tensor(0.0)
    total_norm = torch.sqrt(sum(p.grad.pow(2).sum() for p in parameters))
    if error_if_nonfinite and not torch.isfinite(total_norm):
        raise RuntimeError("the norm of the gradients is not finite")
    limit = torch.clamp(total_norm, max=max_norm)
    for p in parameters:
        p.grad.mul_(limit / total_norm)
    return total_norm
