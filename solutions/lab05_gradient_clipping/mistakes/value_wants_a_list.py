# fails: value_in_place value_weights
"""By value: error for a generator

`clip_by_value` asks its parameters for a length or an index; `module.parameters()` has neither.

It is a generator: something that hands out one parameter after the other, once. A plain `for` walks through a list and
through a generator alike. Look at how you go through the parameters.
"""
# %% answer="value"
def clip_by_value(parameters, clip_value):
    for i in range(len(parameters)):
        if parameters[i].grad is not None:
            parameters[i].grad.clamp_(-clip_value, clip_value)
