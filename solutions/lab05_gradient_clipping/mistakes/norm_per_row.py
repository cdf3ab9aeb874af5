# fails: norm_matrix norm_direction norm_in_place
"""By norm: a matrix is clipped row by row

A matrix is clipped row by row: [[0, 3], [4, 0]] with max_norm 1 becomes [[0, 1], [1, 0]], which is 1.41 long.

The length of a gradient is taken over all entries of its tensor, whatever its shape: the matrix is one arrow in a
space of four dimensions. A dim argument makes it several.
"""
# %% answer="norm"
def clip_by_norm(parameters, max_norm):
    for p in parameters:
        if p.grad is not None:
            norm = p.grad.norm(dim=-1, keepdim=True) if p.grad.dim() > 1 else p.grad.norm()
            p.grad.mul_((max_norm / (norm + 1e-6)).clamp(max=1.0))
