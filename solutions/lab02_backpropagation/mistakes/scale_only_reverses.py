# fails: rules_scale
"""ScaleGradient: factor -1 for every scale

Your gradient is the upstream times -1, whatever `scale` is.

Reversal is the special case scale = -1. Let forward leave the number where backward finds it, and use it.
"""
# %% answer="scale_gradient"
class ScaleGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale):
        return x.view_as(x)

    @staticmethod
    def backward(ctx, grad_output):
        return -grad_output, None


def scale_gradient(x, scale):
    return ScaleGradient.apply(x, scale)
