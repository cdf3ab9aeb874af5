# fails: prelu_value prelu_gradient prelu_slope_channel
"""PReLU: slopes along the last dimension

With one slope per channel your PReLU applies slope c to the last dimension of x, not to dimension 1: right for shape
(N, C), wrong for (N, C, L).

Broadcasting lines up dimensions from the right. To lay a weight of shape (C,) along dimension 1, give it as many
trailing dimensions of size 1 as x has dimensions after the channels.
"""
# %% answer="prelu"
class PReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight):
        ctx.save_for_backward(x, weight)
        return torch.where(x > 0, x, weight * x)

    @staticmethod
    def backward(ctx, grad_output):
        x, weight = ctx.saved_tensors
        grad_x = torch.where(x > 0, grad_output, weight * grad_output)
        product = grad_output * torch.where(x > 0, 0, x)
        if weight.numel() == 1:
            return grad_x, product.sum().view(1)
        return grad_x, product.reshape(-1, weight.numel()).sum(0)


def prelu(x, weight):
    return PReLUFunction.apply(x, weight)
