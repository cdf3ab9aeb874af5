# fails: global_norm_returns
"""By global norm: returns the norm after clipping

You return the norm after clipping: for (3) and (4) with max_norm 1 it is 1; the norm before clipping, 5, is asked
for.

After clipping the norm is at most max_norm, which tells nobody anything. The norm before is what one logs: it shows
how close training is to exploding.
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
    return torch.sqrt(sum(p.grad.pow(2).sum() for p in parameters))
