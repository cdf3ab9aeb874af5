# fails: global_norm_number global_norm_single global_norm_clips global_norm_order global_norm_leaves_short global_norm_returns global_norm_returns_short global_norm_in_place edge_none edge_nonfinite_raises edge_nonfinite_unchanged
"""By global norm: the norm of the weights

Your norm does not depend on the gradients: it is the norm of the weights.

A parameter carries two tensors: its values and its .grad. Which of them did you square?
"""
# %% answer="global_norm"
def clip_by_global_norm(parameters, max_norm, error_if_nonfinite=False):
    parameters = [p for p in parameters if p.grad is not None]
    if len(parameters) == 0:
        return torch.tensor(0.0)
    total_norm = torch.sqrt(sum(p.detach().pow(2).sum() for p in parameters))
    if error_if_nonfinite and not torch.isfinite(total_norm):
        raise RuntimeError("the norm of the gradients is not finite")
    factor = max_norm / (total_norm + 1e-6)
    if not factor >= 1:
        for p in parameters:
            p.grad.mul_(factor)
    return total_norm
