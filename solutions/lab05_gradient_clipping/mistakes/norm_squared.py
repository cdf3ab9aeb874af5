# fails: norm_number norm_vector norm_matrix norm_in_place
"""By norm: divided by the square of the length

You divide by the square of the length: (3, 4) with max_norm 1 becomes (0.12, 0.16), for you divide by 25 instead of
5.

The length is the root of the sum of squares. A test with length 1 cannot tell the two apart.
"""
# %% answer="norm"
def clip_by_norm(parameters, max_norm):
    for p in parameters:
        if p.grad is not None:
            norm = (p.grad**2).sum()
            if norm > max_norm:
                p.grad.mul_(max_norm / norm)
