# fails: edge_nonfinite_raises
"""By global norm: `error_if_nonfinite` has no effect

With error_if_nonfinite=True and a nan among the gradients no error comes.

The caller has asked to be stopped. Returning quietly leaves the nan in the gradients, and the next optimizer step
carries it into every weight. The lab asks for a RuntimeError.
"""
# %% answer="global_norm"
def clip_by_global_norm(parameters, max_norm, error_if_nonfinite=False):
    parameters = [p for p in parameters if p.grad is not None]
    if len(parameters) == 0:
        return torch.tensor(0.0)
    total_norm = torch.sqrt(sum(p.grad.pow(2).sum() for p in parameters))
    if error_if_nonfinite and not torch.isfinite(total_norm):
        return total_norm
    factor = max_norm / (total_norm + 1e-6)
    if not factor >= 1:
        for p in parameters:
            p.grad.mul_(factor)
    return total_norm
