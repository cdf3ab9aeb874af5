# fails: zero_edge zero_edge_after_relu
"""Slope 0.5 at x = 0

At exactly x = 0 your gradient is 0.5 times what comes from above; this lab asks for 0, the value that F.relu
uses.

Half way between the two slopes is a valid subgradient and the one that a two-point measurement finds, so this is
a convention, not mathematics. Work out what your formula for the slope gives for an input of 0, where the sign is
0.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        slope = (1 + torch.sign(input)) / 2
        return grad_output * slope


def custom_relu(input):
    return ReLUFunction.apply(input)
