# fails: rules_scale
"""ScaleGradient: the output is scaled, too

With scale 0.1 your output is 0.1 x; the output should be x itself.

This layer is invisible in the forward pass and acts on the gradient alone. If forward scales as well, the rest of
the network sees other values, and the rule is the true derivative again.
"""
# %% answer="scale_gradient"
class ScaleGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale):
        ctx.scale = scale
        return scale * x

    @staticmethod
    def backward(ctx, grad_output):
        return ctx.scale * grad_output, None


def scale_gradient(x, scale):
    return ScaleGradient.apply(x, scale)
