# fails: norm_vector norm_matrix norm_in_place
"""By norm: largest entry taken for the length

You measure the largest entry instead of the length: (3, 4) with max_norm 1 becomes (0.75, 1), which is 1.25 long.

This lab means the Euclidean length, the root of the sum of squares over all entries. The largest entry is the
so-called infinity norm, and never more than the Euclidean one.
"""
# %% answer="norm"
def clip_by_norm(parameters, max_norm):
    for p in parameters:
        if p.grad is not None:
            norm = p.grad.abs().max()
            if norm > max_norm:
                p.grad.mul_(max_norm / norm)
