# fails: zero_edge zero_edge_after_relu gradcheck gradcheck_upstream parity_gradient network network_skip
"""Gradient of leaky ReLU for negative inputs

For negative inputs a little gradient gets through: at x = -1, with 100 coming from above, your gradient is 1,
expected 0.

Your forward pass is ReLU and flat on the left, your backward pass is that of leaky ReLU. Value and gradient have
to belong to the same function; gradcheck compares exactly these two. (Leaky ReLU comes in the extensions.)
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return torch.where(input > 0, grad_output, 0.01 * grad_output)


def custom_relu(input):
    return ReLUFunction.apply(input)
