# fails: global_norm_clips global_norm_direction global_norm_order global_norm_in_place edge_nonfinite_raises
"""By global norm: measured and scaled in one loop

The first gradients are shrunk less than the last ones: (3) and (4) with max_norm 1 become (1) and (0.8); they should
be (0.6) and (0.8).

You measure and scale in one loop, so each gradient is divided by the norm of those seen so far. The factor is known
only after all have been measured, and is the same for all.
"""
# %% answer="global_norm"
def clip_by_global_norm(parameters, max_norm, error_if_nonfinite=False):
    parameters = [p for p in parameters if p.grad is not None]
    if len(parameters) == 0:
        return torch.tensor(0.0)
    norms = [p.grad.norm() for p in parameters]
    if error_if_nonfinite and not all(torch.isfinite(n) for n in norms):
        raise RuntimeError("the norm of the gradients is not finite")
    squares = 0.0
    for p, n in zip(parameters, norms):
        squares = squares + n**2
        total_norm = torch.sqrt(squares)
        factor = max_norm / (total_norm + 1e-6)
        if not factor >= 1:
            p.grad.mul_(factor)
    return total_norm
