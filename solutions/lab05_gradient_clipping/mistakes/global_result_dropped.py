# fails: global_norm_number global_norm_single global_norm_clips global_norm_direction global_norm_order global_norm_leaves_short global_norm_returns_number global_norm_in_place global_norm_weights edge_none edge_empty edge_all_none edge_zero edge_generator edge_nonfinite_raises edge_nonfinite_unchanged
"""By global norm: clipped gradients are dropped

Your clipped gradients are computed and dropped: after the call p.grad holds what it held before.

g = p.grad makes g a second name of the same tensor, but g = g * factor makes a new tensor and moves the name g to it.
The parameter never hears of it. Write into the tensor instead of naming another.
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
            g = p.grad
            g = g * factor
    return total_norm
