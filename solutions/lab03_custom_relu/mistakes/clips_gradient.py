# fails: zero_edge gradcheck_upstream parity_gradient network network_skip
"""Gradient clipped at 1 and -1

Large gradients come out as 1 or -1: at x = 2, with 5 coming from above, your gradient is 1, expected 5.

Clipping is a decision about a training step, made once for the whole model (Lab 05). Inside an operation it makes
the gradient wrong for everything in front of it. Return what the chain rule says, however large.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output.clamp(-1, 1) * (input > 0)


def custom_relu(input):
    return ReLUFunction.apply(input)
