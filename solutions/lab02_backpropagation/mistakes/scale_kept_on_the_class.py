# fails: rules_scale
"""ScaleGradient: all calls share one scale

Used twice in one network, with scales 0.5 and 2, your layer applies the scale of the last forward pass in both
places.

A class has one attribute for everybody; every call of `apply` has a `ctx` of its own, and that is what carries
things from this forward pass to its backward pass.
"""
# %% answer="scale_gradient"
class ScaleGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale):
        ScaleGradient.scale = scale
        return x.view_as(x)

    @staticmethod
    def backward(ctx, grad_output):
        return ScaleGradient.scale * grad_output, None


def scale_gradient(x, scale):
    return ScaleGradient.apply(x, scale)
