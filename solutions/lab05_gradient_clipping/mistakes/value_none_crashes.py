# fails: value_in_place value_skips_none
"""By value: error if a `.grad` is None

clip_by_value stops with an error when a parameter's .grad is None.

A parameter that took no part in the loss has no gradient: a frozen layer, an unused head. That is ordinary and not an
error; skip it.
"""
# %% answer="value"
def clip_by_value(parameters, clip_value):
    for p in parameters:
        p.grad.clamp_(-clip_value, clip_value)
