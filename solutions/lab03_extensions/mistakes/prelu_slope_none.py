# fails: prelu_slope_shared prelu_slope_channel double_backward_prelu
"""PReLU: no gradient reaches the slope

No gradient reaches the slope of your PReLU: weight.grad stays None after backward, so the slope would never learn.

None is for arguments that cannot have a gradient, such as plain numbers. weight is a tensor and a parameter. Work out
what a small change of the slope does to each element of the result, and add up.
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
        return grad_x, None


def prelu(x, weight):
    return PReLUFunction.apply(x, weight)
