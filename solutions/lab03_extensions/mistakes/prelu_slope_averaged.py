# fails: prelu_slope_shared prelu_slope_channel double_backward_prelu
"""PReLU: gradient for the slope is averaged

Your gradient for the slope is too small by a constant factor: you average over what should be summed. For x = [[-1],
[-1]] and grad_output 1 it should be -2, and is -1.

Every element that used the slope moves the loss when the slope moves, and these movements add up. If the loss is a
mean, its 1/N already sits in grad_output; dividing again counts it twice.
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
        product = grad_output * torch.where(x > 0, 0, x)
        if weight.numel() == 1:
            return grad_x, product.mean().view(1)
        return grad_x, product.sum([d for d in range(x.dim()) if d != 1]) / x.shape[0]


def prelu(x, weight):
    return PReLUFunction.apply(x, weight)
