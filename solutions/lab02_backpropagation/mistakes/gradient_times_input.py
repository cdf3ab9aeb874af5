# fails: rules_straight_through
"""Rounding: gradient multiplied by x

Your straight-through gradient depends on x; for an upstream gradient of 1 it should be 1 everywhere.

Straight through means unchanged: pretend that forward was the identity, whose slope is 1 wherever you are. Nothing
of x has to be saved.
"""
# %% answer="straight_through"
class RoundStraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.round(x)

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return grad_output * x


def round_straight_through(x):
    return RoundStraightThrough.apply(x)
