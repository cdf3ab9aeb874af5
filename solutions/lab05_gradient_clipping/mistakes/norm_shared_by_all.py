# fails: norm_each_alone norm_in_place
"""By norm: one norm over all parameters

A short gradient shrinks because another tensor's gradient is long: clip_by_norm takes one norm over all parameters.

In exercise 2 every tensor is measured and clipped on its own; the common norm belongs to exercise 3. Compare the two
formulas.
"""
# %% answer="norm"
def clip_by_norm(parameters, max_norm):
    parameters = [p for p in parameters if p.grad is not None]
    norm = torch.sqrt(sum(p.grad.pow(2).sum() for p in parameters))
    if norm > max_norm:
        for p in parameters:
            p.grad.mul_(max_norm / norm)
