# fails: zero_edge zero_edge_after_relu gradcheck gradcheck_upstream parity_gradient network network_skip
"""Gradient multiplied by the value of ReLU

Your gradient is multiplied by the value of ReLU instead of its slope: at x = 3, with 2 coming from above, it is
6, expected 2. At x = 1 the two are the same, so x = 1 cannot show it.

The chain rule takes the derivative of the function at x, not the function itself. The slope of a line is the same
however far out on it you are.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * input.clamp(min=0)


def custom_relu(input):
    return ReLUFunction.apply(input)
