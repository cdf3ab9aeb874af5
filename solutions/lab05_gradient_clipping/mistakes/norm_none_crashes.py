# fails: norm_in_place norm_skips_none
"""By norm: error if a `.grad` is None

clip_by_norm stops with an error when a parameter's .grad is None.

A parameter that took no part in the loss has no gradient: a frozen layer, an unused head. That is ordinary and not an
error; skip it.
"""
# %% answer="norm"
def clip_by_norm(parameters, max_norm):
    for p in parameters:
        norm = p.grad.norm()
        if norm > max_norm:
            p.grad.mul_(max_norm / norm)
