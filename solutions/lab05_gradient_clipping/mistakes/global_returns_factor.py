# fails: global_norm_returns global_norm_returns_short
"""By global norm: returns the scaling factor

You return the factor by which you scaled; the norm before clipping is asked for.

Look at what the contract says of the result: for (3) and (4) it is 5, whatever max_norm is.
"""
# %% answer="global_norm"
def clip_by_global_norm(parameters, max_norm, error_if_nonfinite=False):
    parameters = [p for p in parameters if p.grad is not None]
    if len(parameters) == 0:
        return torch.tensor(0.0)
    total_norm = torch.sqrt(sum(p.grad.pow(2).sum() for p in parameters))
    if error_if_nonfinite and not torch.isfinite(total_norm):
        raise RuntimeError("the norm of the gradients is not finite")
    factor = max_norm / (total_norm + 1e-6)
    if not factor >= 1:
        for p in parameters:
            p.grad.mul_(factor)
    return torch.clamp(factor, max=1.0)
