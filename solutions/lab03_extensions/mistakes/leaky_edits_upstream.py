# fails: leaky_gradient leaky_upstream
"""Leaky ReLU: `grad_output` is written to

Your Leaky ReLU changes the gradient that it is handed: in leaky_relu(h, 0.1) + h at h = -1 the total gradient comes
out as 0.2 and not 1.1, because the skip branch was handed the same tensor.

Autograd may give one grad_output tensor to several branches, so backward may read it but not write into it. Build a new
tensor for the result.
"""
# %% answer="leaky"
class LeakyReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, negative_slope):
        ctx.save_for_backward(x)
        ctx.negative_slope = negative_slope
        return torch.where(x > 0, x, negative_slope * x)

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        grad_output[x <= 0] *= ctx.negative_slope
        return grad_output, None


def leaky_relu(x, negative_slope=0.01):
    return LeakyReLUFunction.apply(x, negative_slope)
