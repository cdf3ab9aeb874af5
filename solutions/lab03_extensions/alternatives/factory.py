# %% answer="leaky"
def elementwise(value, slope):
    """A Function class for a function of one element and numbers, from its value and its slope."""

    class Elementwise(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, *numbers):
            ctx.save_for_backward(x)
            ctx.numbers = numbers
            return value(x, *numbers)

        @staticmethod
        def backward(ctx, grad_output):
            (x,) = ctx.saved_tensors
            return (slope(x, *ctx.numbers) * grad_output, *(None for _ in ctx.numbers))

    return Elementwise


LeakyReLUFunction = elementwise(lambda x, s: x.clamp(min=0) + s * x.clamp(max=0),
                                lambda x, s: torch.where(x > 0, torch.ones_like(x), s))


def leaky_relu(x, negative_slope=0.01):
    return LeakyReLUFunction.apply(x, negative_slope)


# %% answer="elu"
def elu(x, alpha=1.0):
    return ELUFunction.apply(x, alpha)


ELUFunction = elementwise(lambda x, a: torch.where(x > 0, x, a * torch.expm1(x)),
                          lambda x, a: torch.where(x > 0, 1, a * torch.exp(torch.minimum(x, torch.zeros_like(x)))))


# %% answer="gelu"
def exact_slope(x):
    return torch.special.ndtr(x) + x * torch.exp(torch.distributions.Normal(0.0, 1.0).log_prob(x))


def tanh_value(x):
    return x / 2 * (1 + torch.tanh(0.7978845608028654 * (x + 0.044715 * x.pow(3))))


def tanh_slope(x):
    t = torch.tanh(0.7978845608028654 * (x + 0.044715 * x.pow(3)))
    return (1 + t) / 2 + x / 2 * (1 - t * t) * 0.7978845608028654 * (1 + 0.134145 * x.pow(2))


VARIANTS = {
    "none": (lambda x: x * torch.special.ndtr(x), exact_slope),
    "tanh": (tanh_value, tanh_slope),
}


class GELUFunction(torch.autograd.Function):
    """A variant's value, and its slope, from one table."""

    @staticmethod
    def forward(ctx, x, approximate):
        ctx.save_for_backward(x)
        ctx.slope = VARIANTS[approximate][1]
        return VARIANTS[approximate][0](x)

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output * ctx.slope(*ctx.saved_tensors), None


def gelu(x, approximate="none"):
    return GELUFunction.apply(x, approximate)
