# fails: forward_fresh_values parity_gradient network
"""Large numbers come back as 6

Large numbers come back as 6: for x = 10 your function returns 6, expected 10. Below 6 it is right, so small test
inputs do not show it.

That is ReLU6, made for arithmetic with few bits. ReLU has no upper bound, and its slope stays 1 however large x
is.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(0, 6)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * ((input > 0) & (input < 6))


def custom_relu(input):
    return ReLUFunction.apply(input)
