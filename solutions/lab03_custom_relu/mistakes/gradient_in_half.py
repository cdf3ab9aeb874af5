# fails: zero_edge gradcheck_upstream parity_gradient network network_skip
"""Gradient computed in float16

Only three or four digits of your gradient are right: at x = 1, with 0.1234567 coming from above, you return
0.1234741; and an upstream gradient above 65504 becomes infinite.

Autograd converts the result back to the input's dtype without a word, so the dtype looks right; the digits are
gone. Let backward work in the dtype of what it receives. No conversion is needed: a boolean mask multiplies
tensors of every dtype.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output.half() * (input > 0).half()


def custom_relu(input):
    return ReLUFunction.apply(input)
