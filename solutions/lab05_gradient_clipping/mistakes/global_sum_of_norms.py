# fails: global_norm_clips global_norm_returns global_norm_returns_short global_norm_in_place
"""By global norm: lengths are added up

For the gradients (3) and (4) you find the norm 7; it is 5.

Lengths at right angles do not add up: the sides 3 and 4 make a diagonal of 5. Squares add up, and the root comes
once, at the end.
"""
# %% answer="global_norm"
def clip_by_global_norm(parameters, max_norm, error_if_nonfinite=False):
    parameters = [p for p in parameters if p.grad is not None]
    if len(parameters) == 0:
        return torch.tensor(0.0)
    total_norm = sum(p.grad.norm() for p in parameters)
    if error_if_nonfinite and not torch.isfinite(total_norm):
        raise RuntimeError("the norm of the gradients is not finite")
    factor = max_norm / (total_norm + 1e-6)
    if not factor >= 1:
        for p in parameters:
            p.grad.mul_(factor)
    return total_norm
