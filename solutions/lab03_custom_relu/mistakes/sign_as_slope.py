# fails: zero_edge gradcheck gradcheck_upstream parity_gradient network network_skip
"""Slope -1 for negative inputs

For negative inputs your gradient is minus the upstream gradient: at x = -1, with 2 coming from above, it is -2,
expected 0.

That is the slope of |x|, which goes down on the left. ReLU is flat there, and a flat function has slope 0. The
sign of x has three values, -1, 0 and 1; the slope of ReLU has only two.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * torch.sign(input)


def custom_relu(input):
    return ReLUFunction.apply(input)
