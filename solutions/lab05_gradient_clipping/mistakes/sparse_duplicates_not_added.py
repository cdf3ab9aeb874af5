# fails: sparse_repeated
"""Sparse: a row listed twice is not added up

For a sparse gradient that lists a row twice your norm is wrong: (1, 1, 1) listed twice counts as two rows of length
1.73, but the gradient is (2, 2, 2), of length 3.46.

Entries of the same row belong together: the gradient of the row is their sum, and it must be added before it is
squared. Look up what coalesce does.
"""
# %% answer="sparse"
def clip_sparse_by_global_norm(parameters, max_norm):
    parameters = [p for p in parameters if p.grad is not None]
    squares = 0.0
    for p in parameters:
        g = p.grad._values() if p.grad.is_sparse else p.grad
        squares = squares + g.pow(2).sum()
    total_norm = torch.as_tensor(squares).sqrt()
    factor = max_norm / (total_norm + 1e-6)
    if factor < 1:
        for p in parameters:
            p.grad.mul_(factor)
    return total_norm
