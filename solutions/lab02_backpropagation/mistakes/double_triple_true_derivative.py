# fails: rules_double_triple
"""DoubleTriple: gradient 2, the true derivative

For an upstream gradient of 1 your rule returns 2; this rule is to return 3.

Two is the true derivative of 2x, and that is the point of the exercise: here the rule is custom on purpose and
differs from it. (If your `backward` does say three, it is never called: calling `forward` directly instead of
`.apply` makes autograd use its own rule.)
"""
# %% answer="double_triple"
class DoubleTriple(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return 2 * x

    @staticmethod
    def backward(ctx, grad_output):
        return 2 * grad_output


def double_triple(x):
    return DoubleTriple.apply(x)
