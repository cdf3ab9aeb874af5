# fails: prelu_slope_channel
"""PReLU: gradient for the slopes is not summed

With x of shape (2, 3, 3) and one slope per channel, your gradient for the slopes is wrong; with shape (2, 3, 5) it
is an error. With shape (N, C), or one slope for everything, it is right.

You return a gradient with the shape of x and leave the summing to PyTorch, which sums the leading dimensions, as
broadcasting from the right would have it: it keeps the last dimension. The channels are dimension 1. Sum yourself, over
every dimension along which the slope was shared.
"""
# %% answer="prelu"
class PReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight):
        ctx.save_for_backward(x, weight)
        a = weight.view(1, -1, *[1] * (x.dim() - 2)) if weight.numel() > 1 else weight
        return torch.where(x > 0, x, a * x)

    @staticmethod
    def backward(ctx, grad_output):
        x, weight = ctx.saved_tensors
        a = weight.view(1, -1, *[1] * (x.dim() - 2)) if weight.numel() > 1 else weight
        grad_x = torch.where(x > 0, grad_output, a * grad_output)
        grad_weight = grad_output * torch.where(x > 0, 0, x)
        return grad_x, grad_weight


def prelu(x, weight):
    return PReLUFunction.apply(x, weight)
