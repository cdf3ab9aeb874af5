# fails: forward_fresh_values zero_edge parity_gradient
"""Small positive numbers become 0

Small positive numbers become 0, and so does their gradient: for x = 0.0000001 your function returns 0, expected
0.0000001.

Comparing with a small tolerance is right for numbers that carry rounding errors. Here nothing has been computed
yet: the input is either greater than 0 or it is not, and the comparison is exact. Compare with 0 itself.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return torch.where(input > 1e-6, input, torch.zeros_like(input))

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * (input > 1e-6)


def custom_relu(input):
    return ReLUFunction.apply(input)
