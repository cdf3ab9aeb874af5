# fails: zero_edge gradcheck_upstream parity_gradient inplace_edit_after_forward network network_skip
"""Negative upstream gradients are set to 0

Negative gradients vanish: at x = 1, with -4 coming from above, your gradient is 0, expected -4.

Whether a gradient passes is decided by the sign of the input in the forward pass, never by the sign of the
gradient itself. (Dropping negative gradients as well has a name, guided backpropagation, and draws pretty heat
maps; but it is not the gradient.) Look for a clamp or a comparison applied to grad_output.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output.clamp(min=0) * (input > 0)


def custom_relu(input):
    return ReLUFunction.apply(input)
