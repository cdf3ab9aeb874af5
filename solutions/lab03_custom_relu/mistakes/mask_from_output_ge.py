# fails: zero_edge zero_edge_after_relu gradcheck gradcheck_upstream parity_gradient network network_skip
"""Mask of the output is true everywhere

Your gradient passes everywhere: at x = -2, with 5 coming from above, it is 5, expected 0.

Saving the output instead of the input is a good idea, and it is what PyTorch does. But the output of ReLU is
never negative, so the question whether it is at least 0 is always answered yes. Compare so that the zeros of the
output count as switched off.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        output = input.clamp(min=0)
        ctx.save_for_backward(output)
        return output

    @staticmethod
    def backward(ctx, grad_output):
        (output,) = ctx.saved_tensors
        return grad_output * (output >= 0)


def custom_relu(input):
    return ReLUFunction.apply(input)
