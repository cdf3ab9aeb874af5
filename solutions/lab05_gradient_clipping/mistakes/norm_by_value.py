# fails: norm_vector norm_matrix norm_direction norm_in_place
"""By norm: entries are cut off

You cut off entries instead of shrinking the tensor: (3, 4) with max_norm 1 becomes (1, 1), whose length is 1.41 and
whose direction is another.

Clipping by norm multiplies all entries by the same number, so that the arrow gets shorter without turning. It should
become (0.6, 0.8). Look at the left one of the two pictures with arrows.
"""
# %% answer="norm"
def clip_by_norm(parameters, max_norm):
    for p in parameters:
        if p.grad is not None:
            p.grad.clamp_(-max_norm, max_norm)
