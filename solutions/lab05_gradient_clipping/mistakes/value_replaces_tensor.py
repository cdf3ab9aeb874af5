# fails: value_within value_in_place
"""By value: `.grad` replaced by a new tensor

p.grad is another tensor after the call: whoever held the old one, as in g = p.grad, still sees the numbers before
clipping.

The lab asks for a change in place, as PyTorch's own functions make it: optimizers, data-parallel buckets and plots
hold on to the gradient tensors themselves. An assignment to p.grad puts a new tensor beside the old one.
"""
# %% answer="value"
def clip_by_value(parameters, clip_value):
    for p in parameters:
        if p.grad is not None:
            p.grad = p.grad.clamp(-clip_value, clip_value)
