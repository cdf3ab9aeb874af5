# fails: rules_straight_through
"""Rounding: decimals are cut off

1.7 becomes 1 in your forward pass; the nearest whole number is 2.

Cutting off the decimals, as a conversion to whole numbers does, moves everything toward 0. Asked for is rounding to
the nearest, as `torch.round` does.
"""
# %% answer="straight_through"
class RoundStraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return torch.trunc(x)

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output


def round_straight_through(x):
    return RoundStraightThrough.apply(x)
