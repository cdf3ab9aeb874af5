# fails: norm_leaves_short norm_in_place
"""By norm: short gradients made longer

Short gradients are made longer: (0.3, 0.4) with max_norm 1 becomes (0.6, 0.8) and should stay.

The factor may shrink but never enlarge: it is at most 1. Otherwise tiny gradients near a minimum are blown up to full
length, and training never settles.
"""
# %% answer="norm"
def clip_by_norm(parameters, max_norm):
    for p in parameters:
        if p.grad is not None:
            norm = p.grad.norm()
            p.grad.mul_(max_norm / (norm + 1e-6))
