# fails: norm_matrix norm_in_place
"""By norm: `.grad` replaced by a new tensor

p.grad is another tensor after clip_by_norm: whoever held the old one, as in g = p.grad, still sees the numbers before
clipping.

The lab asks for a change in place. An assignment to p.grad puts a new tensor beside the old one; tensor methods whose
names end in an underscore write into the tensor itself.
"""
# %% answer="norm"
def clip_by_norm(parameters, max_norm):
    for p in parameters:
        if p.grad is not None:
            norm = p.grad.norm()
            if norm > max_norm:
                p.grad = p.grad * (max_norm / norm)
