# fails: rules_straight_through
"""Rounding: the gradient is rounded, too

An upstream gradient of 0.3 comes out of your rule as 0.

Only the forward pass rounds. The gradient goes straight through, with all its digits.
"""
# %% answer="straight_through"
class RoundStraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return torch.round(x)

    @staticmethod
    def backward(ctx, grad_output):
        return torch.round(grad_output)


def round_straight_through(x):
    return RoundStraightThrough.apply(x)
