# fails: rules_double_triple
"""DoubleTriple: the upstream gradient is ignored

Your rule returns 3 whatever the upstream gradient is; for an upstream of -2 it should be -6.

A rule is given what arrives and has to pass it on, multiplied. Without that factor, everything that comes after
this operation is forgotten.
"""
# %% answer="double_triple"
class DoubleTriple(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return 2 * x

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return torch.full_like(x, 3.0)


def double_triple(x):
    return DoubleTriple.apply(x)
