# fails: norm_zero
"""By norm: gradients of zeros become nan

A gradient of zeros becomes nan.

Zero has no direction: dividing it by its length is 0 / 0. Gradients of zeros are common (a dead ReLU, a masked batch)
and need no clipping. Compare before you divide, or divide only what is known to be positive.
"""
# %% answer="norm"
def clip_by_norm(parameters, max_norm):
    for p in parameters:
        if p.grad is not None:
            norm = p.grad.norm()
            direction = p.grad / norm
            p.grad.copy_(direction * norm.clamp(max=max_norm))
