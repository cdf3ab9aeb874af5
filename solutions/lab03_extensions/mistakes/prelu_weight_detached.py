# fails: prelu_gradient double_backward_prelu
"""PReLU: the slope is a constant in `backward`

The first derivatives of your PReLU are right, but the gradient for x, differentiated by the slope, comes out as 0 or
as an error.

For x <= 0 the gradient for x is g times the slope, so it depends on the slope. Autograd can see that only if the weight
that backward uses is connected to the one that came in. A detached copy, or its `.item()`, is a constant;
save_for_backward keeps the connection.
"""
# %% answer="prelu"
class PReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight):
        ctx.save_for_backward(x)
        ctx.weight = weight.detach()
        a = weight.view(1, -1, *[1] * (x.dim() - 2)) if weight.numel() > 1 else weight
        return torch.where(x > 0, x, a * x)

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        weight = ctx.weight
        a = weight.view(1, -1, *[1] * (x.dim() - 2)) if weight.numel() > 1 else weight
        grad_x = torch.where(x > 0, grad_output, a * grad_output)
        product = grad_output * torch.where(x > 0, 0, x)
        if weight.numel() == 1:
            return grad_x, product.sum().view(1)
        return grad_x, product.sum([d for d in range(x.dim()) if d != 1])


def prelu(x, weight):
    return PReLUFunction.apply(x, weight)
