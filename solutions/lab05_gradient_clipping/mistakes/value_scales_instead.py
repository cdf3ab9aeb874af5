# fails: value_upper value_lower value_within value_in_place
"""By value: the whole tensor is shrunk

Entries within the limit are changed as well: (0.5, -3, 2) clipped at 1 becomes (0.17, -1, 0.67) and should become
(0.5, -1, 1).

You shrink the whole tensor until its largest entry fits. That keeps the direction, and it is a method of its own
(clipping by the maximum norm), but clipping by value looks at every entry alone.
"""
# %% answer="value"
def clip_by_value(parameters, clip_value):
    for p in parameters:
        if p.grad is not None:
            largest = p.grad.abs().max()
            if largest > clip_value:
                p.grad.mul_(clip_value / largest)
