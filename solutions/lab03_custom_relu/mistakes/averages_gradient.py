# fails: zero_edge zero_edge_after_relu gradcheck gradcheck_upstream parity_gradient network network_skip
"""Gradient divided by the number of elements

Your gradient is too small by the number of elements: for x = (1, 2) and upstream (3, 4) it is (1.5, 2), expected
(3, 4).

If the loss is a mean, its own backward has divided already, and the result is in the upstream gradient. An
operation in the middle of a network knows nothing of the loss: it multiplies by its slope and passes on.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * (input > 0) / input.numel()


def custom_relu(input):
    return ReLUFunction.apply(input)
