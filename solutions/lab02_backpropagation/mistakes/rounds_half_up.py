# fails: rules_straight_through
"""Rounding: halves always go up

0.5 becomes 1 in your forward pass, and `torch.round` makes it 0.

Exactly half-way, `torch.round` goes to the even neighbor: 0.5 to 0, 1.5 to 2, 2.5 to 2. Adding a half and cutting off
goes up every time.
"""
# %% answer="straight_through"
class RoundStraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return torch.floor(x + 0.5)

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output


def round_straight_through(x):
    return RoundStraightThrough.apply(x)
