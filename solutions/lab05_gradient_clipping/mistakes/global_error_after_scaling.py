# fails: edge_nonfinite_unchanged
"""By global norm: error raised after the scaling

With error_if_nonfinite=True you raise the error, but by then all gradients have been changed to nan or 0.

The purpose of the error is that one can look for the culprit: which gradient was it? If all of them are nan when the
error comes, the trace is lost. Check before you change anything.
"""
# %% answer="global_norm"
def clip_by_global_norm(parameters, max_norm, error_if_nonfinite=False):
    parameters = [p for p in parameters if p.grad is not None]
    if len(parameters) == 0:
        return torch.tensor(0.0)
    total_norm = torch.sqrt(sum(p.grad.pow(2).sum() for p in parameters))
    factor = max_norm / (total_norm + 1e-6)
    for p in parameters:
        p.grad.mul_(factor.clamp(max=1.0))
    if error_if_nonfinite and not torch.isfinite(total_norm):
        raise RuntimeError("the norm of the gradients is not finite")
    return total_norm
