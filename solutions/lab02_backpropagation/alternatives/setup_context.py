"""The newer form of a Function, with setup_context, and rules that save more than they need, as many write them."""
# %% answer="double_triple"
class DoubleTriple(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return x + x

    @staticmethod
    def setup_context(ctx, inputs, output):
        (x,) = inputs
        ctx.save_for_backward(x)

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return torch.full_like(x, 3) * grad_output


def double_triple(x):
    return DoubleTriple.apply(x)
# %% answer="straight_through"
class RoundStraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return x.round()

    @staticmethod
    def setup_context(ctx, inputs, output):
        pass

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output.clone()


def round_straight_through(x):
    return RoundStraightThrough.apply(x)
# %% answer="scale_gradient"
class ScaleGradient(torch.autograd.Function):
    @staticmethod
    def forward(x, scale):
        return x

    @staticmethod
    def setup_context(ctx, inputs, output):
        x, scale = inputs
        ctx.save_for_backward(torch.tensor(scale, dtype=x.dtype))

    @staticmethod
    def backward(ctx, grad_output):
        (scale,) = ctx.saved_tensors
        return grad_output * scale, None


def scale_gradient(x, scale):
    return ScaleGradient.apply(x, scale)
