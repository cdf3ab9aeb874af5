# fails: value_upper value_lower value_within value_in_place value_weights value_skips_none
"""By value: weights cut off, gradients unchanged

The gradients stay as they were and the weights are cut off: a weight of 9 clipped at 1 becomes 1.

A parameter carries two tensors: its values and its .grad. Clipping concerns the second, before the optimizer uses it.
Clipping the weights is another technique and would destroy what has been learned.
"""
# %% answer="value"
def clip_by_value(parameters, clip_value):
    for p in parameters:
        if p.grad is not None:
            p.data.clamp_(-clip_value, clip_value)
