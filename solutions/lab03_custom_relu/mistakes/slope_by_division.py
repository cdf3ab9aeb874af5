# fails: zero_edge zero_edge_after_relu
"""Gradient NaN at x = 0

At x = 0 your gradient is NaN: the slope is computed as output / input, and 0 / 0 has no value.

For x away from 0 the quotient y / x happens to be the slope, because ReLU is a straight line through the origin
on each side. A single NaN in a gradient makes every weight NaN after one step of the optimizer. The slope depends
on one thing only, on which side of 0 the input lies; ask for that directly.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        output = input.clamp(min=0)
        ctx.save_for_backward(input, output)
        return output

    @staticmethod
    def backward(ctx, grad_output):
        input, output = ctx.saved_tensors
        return grad_output * (output / input)


def custom_relu(input):
    return ReLUFunction.apply(input)
