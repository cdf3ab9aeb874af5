# fails: value_lower value_within value_in_place
"""By value: large negative entries not cut off

Large negative entries are not cut off: -3 clipped at 1 stays -3 and should become -1.

The limit holds for the size of an entry, whatever its sign. A gradient of -1000 is as dangerous as one of 1000.
"""
# %% answer="value"
def clip_by_value(parameters, clip_value):
    for p in parameters:
        if p.grad is not None:
            p.grad.clamp_(max=clip_value)
