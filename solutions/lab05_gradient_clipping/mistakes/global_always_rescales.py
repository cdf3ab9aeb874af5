# fails: global_norm_leaves_short
"""By global norm: short gradients made longer

Short gradients are made longer: (0.3) and (0.4) with max_norm 1 become (0.6) and (0.8) and should stay.

The factor may shrink but never enlarge: it is at most 1. Otherwise every step has the same length, however flat the
loss has become, and training never settles.
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
    for p in parameters:
        p.grad.mul_(factor)
    return total_norm
