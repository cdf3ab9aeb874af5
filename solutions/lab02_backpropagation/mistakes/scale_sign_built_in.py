# fails: rules_scale
"""ScaleGradient: sign of the scale reversed

With scale 1 your gradient is reversed, and with scale -1 it is not.

Some gradient reversal layers negate by themselves and take a positive strength. Here the sign is part of `scale`: 1
changes nothing, -1 reverses.
"""
# %% answer="scale_gradient"
class ScaleGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale):
        ctx.scale = scale
        return x.view_as(x)

    @staticmethod
    def backward(ctx, grad_output):
        return -ctx.scale * grad_output, None


def scale_gradient(x, scale):
    return ScaleGradient.apply(x, scale)
