# fails: rules_scale
"""ScaleGradient: `backward` returns one gradient

`backward` of ScaleGradient stops with: returned an incorrect number of gradients (expected 2, got 1).

Backward returns one thing for each argument of forward after ctx, in the same order. `scale` is one of them; it is
no tensor and has no gradient, and there is a value in Python that says so.
"""
# %% answer="scale_gradient"
class ScaleGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale):
        ctx.scale = scale
        return x.view_as(x)

    @staticmethod
    def backward(ctx, grad_output):
        return ctx.scale * grad_output


def scale_gradient(x, scale):
    return ScaleGradient.apply(x, scale)
