# fails: norm_number norm_vector norm_matrix norm_direction norm_leaves_short norm_each_alone norm_zero norm_in_place norm_skips_none
"""By norm: clipped gradients are dropped

Your clipped gradients are computed and dropped: after the call p.grad holds what it held before.

An ordinary product makes a new tensor, and giving it a local name changes nothing about the parameter. Tensor methods
whose names end in an underscore write into the tensor itself.
"""
# %% answer="norm"
def clip_by_norm(parameters, max_norm):
    for p in parameters:
        if p.grad is not None:
            norm = p.grad.norm()
            if norm > max_norm:
                g = p.grad * (max_norm / norm)
