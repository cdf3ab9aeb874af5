# fails: sparse_clips sparse_repeated
"""Sparse: the gradient becomes dense

The sparse gradient has become a dense one.

For a table with a million rows, of which a batch touched fifty, that is the very memory that the sparse form saves,
and optimizers for sparse gradients refuse dense ones. Everything that clipping needs works on the stored rows.
"""
# %% answer="sparse"
def clip_sparse_by_global_norm(parameters, max_norm):
    parameters = [p for p in parameters if p.grad is not None]
    for p in parameters:
        if p.grad.is_sparse:
            p.grad = p.grad.to_dense()
    squares = 0.0
    for p in parameters:
        g = p.grad.coalesce().values() if p.grad.is_sparse else p.grad
        squares = squares + g.pow(2).sum()
    total_norm = torch.as_tensor(squares).sqrt()
    factor = max_norm / (total_norm + 1e-6)
    if factor < 1:
        for p in parameters:
            p.grad.mul_(factor)
    return total_norm
