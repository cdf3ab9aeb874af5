# fails: rules_scale
"""ScaleGradient: `grad_output` is written to

Your ScaleGradient multiplies `grad_output` itself: after the backward pass the gradient that arrived has other numbers.

Others may read that tensor, too, as soon as a value is used twice. Read it, and put the result into a new tensor.
"""
# %% answer="scale_gradient"
class ScaleGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale):
        ctx.scale = scale
        return x.clone()

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output.mul_(ctx.scale), None


def scale_gradient(x, scale):
    return ScaleGradient.apply(x, scale)
