# fails: zero_edge zero_edge_after_relu gradcheck gradcheck_upstream parity_gradient network network_skip
"""Gradient passes on the wrong side of 0

Your gradient passes on the wrong side: at x = -1, with 2 coming from above, it is 2, expected 0; at x = 1 it is
0, expected 2.

Read your mask aloud: does it say where the gradient is to be kept, or where it is to be removed? A mask that
selects what to overwrite is the opposite of a mask to multiply with. The gradient survives where the unit was on,
that is x > 0.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        grad_input = grad_output.clone()
        grad_input[input > 0] = 0
        return grad_input


def custom_relu(input):
    return ReLUFunction.apply(input)
