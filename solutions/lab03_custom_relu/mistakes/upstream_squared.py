# fails: zero_edge zero_edge_after_relu
"""Upstream gradient squared at x = 0

At exactly x = 0 your gradient is the square of what comes from above: for an upstream gradient of 3 it is 9,
expected 0. Everywhere else it is right.

You prepare a tensor of slopes, starting from a copy of the upstream gradient, and overwrite it under two
conditions. Elements that neither condition covers keep what they started with. Which x is neither of the two?
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        slope = grad_output.clone()
        slope[input > 0] = 1
        slope[input < 0] = 0
        return grad_output * slope


def custom_relu(input):
    return ReLUFunction.apply(input)
