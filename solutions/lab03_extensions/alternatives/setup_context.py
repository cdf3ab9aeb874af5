# %% answer="leaky"
class LeakyReLUFunction(torch.autograd.Function):
    """The modern form: forward computes, setup_context saves."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x, negative_slope):
        return torch.where(x > 0, x, x * negative_slope)

    @staticmethod
    def setup_context(ctx, inputs, output):
        x, ctx.negative_slope = inputs
        ctx.save_for_backward(x)

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return torch.where(x > 0, grad_output, grad_output * ctx.negative_slope), None


def leaky_relu(x, negative_slope=0.01):
    return LeakyReLUFunction.apply(x, negative_slope)


# %% answer="prelu"
class PReLUFunction(torch.autograd.Function):
    """Moves the channels last, where broadcasting wants them."""

    @staticmethod
    def forward(x, weight):
        if weight.numel() == 1:
            return torch.where(x > 0, x, x * weight[0])
        channels_last = x.movedim(1, -1)
        return torch.where(channels_last > 0, channels_last, channels_last * weight).movedim(-1, 1)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, grad_output):
        x, weight = ctx.saved_tensors
        if weight.numel() == 1:
            product = torch.where(x > 0, 0, x) * grad_output
            return torch.where(x > 0, 1, weight[0]) * grad_output, product.sum().unsqueeze(0)
        last, g = x.movedim(1, -1), grad_output.movedim(1, -1)
        slope = torch.where(last > 0, torch.ones_like(weight), weight)
        product = torch.where(last > 0, 0, last) * g
        return (slope * g).movedim(-1, 1), product.flatten(0, -2).sum(0)


def prelu(x, weight):
    return PReLUFunction.apply(x, weight)


# %% answer="gelu"
class GELUFunction(torch.autograd.Function):
    @staticmethod
    def forward(x, approximate):
        if approximate == "none":
            return x * torch.special.ndtr(x)
        return x * torch.sigmoid(2 * GELUFunction.inner(x))

    @staticmethod
    def inner(x):
        return math.sqrt(2 / math.pi) * x * (1 + 0.044715 * x.square())

    @staticmethod
    def setup_context(ctx, inputs, output):
        x, ctx.approximate = inputs
        ctx.save_for_backward(x)

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        if ctx.approximate == "none":
            return grad_output * (torch.special.ndtr(x) + x * torch.exp(-x.square() / 2) / math.sqrt(2 * math.pi)), None
        s = torch.sigmoid(2 * GELUFunction.inner(x))
        inner_slope = math.sqrt(2 / math.pi) * (1 + 0.134145 * x.square())
        return grad_output * s * (1 + 2 * x * (1 - s) * inner_slope), None


def gelu(x, approximate="none"):
    return GELUFunction.apply(x, approximate)
