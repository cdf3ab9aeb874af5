# fails: global_norm_in_place edge_none edge_all_none
"""By global norm: error if a `.grad` is None

clip_by_global_norm stops with an error when a parameter's .grad is None.

A parameter that took no part in the loss has no gradient: a frozen layer, an unused head. That is ordinary and not an
error. Leave such parameters out before you measure.
"""
# %% answer="global_norm"
def clip_by_global_norm(parameters, max_norm, error_if_nonfinite=False):
    parameters = list(parameters)
    if len(parameters) == 0:
        return torch.tensor(0.0)
    total_norm = torch.sqrt(sum(p.grad.pow(2).sum() for p in parameters))
    if error_if_nonfinite and not torch.isfinite(total_norm):
        raise RuntimeError("the norm of the gradients is not finite")
    factor = max_norm / (total_norm + 1e-6)
    if not factor >= 1:
        for p in parameters:
            p.grad.mul_(factor)
    return total_norm
