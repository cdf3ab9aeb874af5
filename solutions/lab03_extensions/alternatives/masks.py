# %% answer="leaky"
class LeakyReLUFunction(torch.autograd.Function):
    """The slope of every element as one tensor, saved whole: forward and backward are the same product."""

    @staticmethod
    def forward(ctx, x, negative_slope):
        slope = torch.full_like(x, negative_slope)
        slope[x > 0] = 1
        ctx.save_for_backward(slope)
        return x * slope

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output * ctx.saved_tensors[0], None


def leaky_relu(x, negative_slope=0.01):
    return LeakyReLUFunction.apply(x, negative_slope)


# %% answer="prelu"
class PReLUFunction(torch.autograd.Function):
    """Clamped halves: y = max(x, 0) + a * min(x, 0)."""

    @staticmethod
    def forward(ctx, x, weight):
        ctx.save_for_backward(x, weight)
        a = weight.view(()) if weight.numel() == 1 else weight.view(1, -1, *[1] * (x.ndim - 2))
        return x.clamp(min=0) + a * x.clamp(max=0)

    @staticmethod
    def backward(ctx, grad_output):
        x, weight = ctx.saved_tensors
        a = weight.view(()) if weight.numel() == 1 else weight.view(1, -1, *[1] * (x.ndim - 2))
        grad_x = (x > 0) * grad_output + (x <= 0) * a * grad_output
        return grad_x, (grad_output * x.clamp(max=0)).sum_to_size(a.shape).reshape(weight.shape)


def prelu(x, weight):
    return PReLUFunction.apply(x, weight)


# %% answer="inplace"
class ReLUInplaceFunction(torch.autograd.Function):
    """Keeps a boolean mask of the old values."""

    @staticmethod
    def forward(ctx, x):
        positive = x > 0
        ctx.mark_dirty(x)
        ctx.save_for_backward(positive)
        return x.mul_(positive)

    @staticmethod
    def backward(ctx, grad_output):
        (positive,) = ctx.saved_tensors
        return grad_output * positive


def relu_(x):
    return ReLUInplaceFunction.apply(x)
