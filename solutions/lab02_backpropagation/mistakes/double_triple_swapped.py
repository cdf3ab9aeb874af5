# fails: rules_double_triple
"""DoubleTriple: value and gradient swapped

Your output for x = 1 is 3 and your gradient 2; it should be the other way round.

Forward computes the value, backward the gradient. See the diagram above the exercise for which number belongs
where.
"""
# %% answer="double_triple"
class DoubleTriple(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return 3 * x

    @staticmethod
    def backward(ctx, grad_output):
        return 2 * grad_output


def double_triple(x):
    return DoubleTriple.apply(x)
