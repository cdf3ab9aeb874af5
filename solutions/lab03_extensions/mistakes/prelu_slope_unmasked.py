# fails: prelu_slope_shared prelu_slope_channel double_backward_prelu
"""PReLU: slope gradient counts positive elements

Your gradient for the slope counts positive elements too: for x = [2, -1] and grad_output 1 it is 1, and should be
-1.

Where x > 0 the result is x, and the slope plays no part in it. What does such an element contribute to the slope's
gradient?
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
        product = grad_output * x
        if weight.numel() == 1:
            return grad_x, product.sum().view(1)
        return grad_x, product.sum([d for d in range(x.dim()) if d != 1])


def prelu(x, weight):
    return PReLUFunction.apply(x, weight)
