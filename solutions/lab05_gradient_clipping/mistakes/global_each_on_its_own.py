# fails: global_norm_clips global_norm_direction global_norm_in_place edge_nonfinite_raises
"""By global norm: each tensor by its own norm

Your two gradients (3) and (4) with max_norm 1 come back as (1) and (1); they should be (0.6) and (0.8).

Together they were an arrow of length 5, and clipping should shorten it without turning it. Which length did you
divide by? A test with a single parameter cannot see the difference.
"""
# %% answer="global_norm"
def clip_by_global_norm(parameters, max_norm, error_if_nonfinite=False):
    parameters = [p for p in parameters if p.grad is not None]
    if len(parameters) == 0:
        return torch.tensor(0.0)
    total_norm = torch.sqrt(sum(p.grad.pow(2).sum() for p in parameters))
    if error_if_nonfinite and not torch.isfinite(total_norm):
        raise RuntimeError("the norm of the gradients is not finite")
    for p in parameters:
        factor = max_norm / (p.grad.norm() + 1e-6)
        if not factor >= 1:
            p.grad.mul_(factor)
    return total_norm
