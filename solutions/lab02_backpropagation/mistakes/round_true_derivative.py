# fails: rules_straight_through
"""Rounding: gradient 0 everywhere

No gradient gets through your rounding: it is 0 everywhere.

That is the true derivative of a staircase, and the reason why one does not use it. The straight-through rule
pretends that forward had changed nothing. (If your `backward` does return the upstream gradient, it is never
called: use `.apply`, not `forward`.)
"""
# %% answer="straight_through"
class RoundStraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return torch.round(x)

    @staticmethod
    def backward(ctx, grad_output):
        return torch.zeros_like(grad_output)


def round_straight_through(x):
    return RoundStraightThrough.apply(x)
