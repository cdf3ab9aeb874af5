# %% answer="leaky"
class LeakyReLUFunction(torch.autograd.Function):
    """Saves a boolean mask, 1 byte an element."""

    @staticmethod
    def forward(ctx, x, negative_slope):
        negative = x <= 0
        ctx.save_for_backward(negative)
        ctx.slope = negative_slope
        y = x.clone()
        y[negative] *= negative_slope
        return y

    @staticmethod
    def backward(ctx, grad_output):
        (negative,) = ctx.saved_tensors
        grad_x = grad_output.clone()
        grad_x[negative] *= ctx.slope
        return grad_x, None


def leaky_relu(x, negative_slope=0.01):
    return LeakyReLUFunction.apply(x, negative_slope)


# %% answer="elu"
class ELUFunction(torch.autograd.Function):
    """Saves the result: below zero the slope is y + alpha."""

    @staticmethod
    def forward(ctx, x, alpha):
        y = x.clamp(min=0) + alpha * torch.expm1(x.clamp(max=0))
        ctx.save_for_backward(y)
        ctx.alpha = alpha
        return y

    @staticmethod
    def backward(ctx, grad_output):
        (y,) = ctx.saved_tensors
        return grad_output * torch.where(y > 0, torch.ones_like(y), y + ctx.alpha), None


def elu(x, alpha=1.0):
    return ELUFunction.apply(x, alpha)


# %% answer="inplace"
class ReLUInplaceFunction(torch.autograd.Function):
    """Saves x before the edit: the same tensor, so the result."""

    @staticmethod
    def forward(ctx, x):
        ctx.mark_dirty(x)
        ctx.save_for_backward(x)
        x[x <= 0] = 0
        return x

    @staticmethod
    def backward(ctx, grad_output):
        (result,) = ctx.saved_tensors
        grad_x = grad_output.clone()
        grad_x[result <= 0] = 0
        return grad_x


def relu_(x):
    return ReLUInplaceFunction.apply(x)
