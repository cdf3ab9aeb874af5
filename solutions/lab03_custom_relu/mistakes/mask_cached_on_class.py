# fails: gradcheck_upstream
"""All calls share one mask

With two calls under way, both backward passes use what the *second* call saw: for f((1, -1)) and then f((-1, 1)),
the gradient of the first comes out as (0, 1), expected (1, 0). After a call with another shape it raises an
error.

There is only one class ReLUFunction, and a network calls it once for every layer before the first backward pass.
What belongs to one call goes into that call's own ctx.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ReLUFunction.mask = input > 0
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output * ReLUFunction.mask


def custom_relu(input):
    return ReLUFunction.apply(input)
