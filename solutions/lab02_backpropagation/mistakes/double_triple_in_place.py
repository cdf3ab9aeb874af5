# fails: rules_double_triple
"""DoubleTriple: the input is written to

After your DoubleTriple has run on x = 1, the caller's own x is 2.

A method whose name ends in an underscore writes into the tensor that it is called on. What arrives in `forward` is the
caller's tensor and not a copy; a rule makes a new one.
"""
# %% answer="double_triple"
class DoubleTriple(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.mul_(2)

    @staticmethod
    def backward(ctx, grad_output):
        return 3 * grad_output


def double_triple(x):
    return DoubleTriple.apply(x)
