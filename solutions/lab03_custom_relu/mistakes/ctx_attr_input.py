# fails: inplace_edit_after_forward
"""Edits of the kept input go unnoticed

If the input is edited in place between forward and backward, your gradient is silently wrong: for h = (1, -1),
with h.mul_(-1) after the forward pass, it is (0, 1), expected an error from autograd (or the right gradient, (1,
0)).

ctx.save_for_backward remembers the version of the tensor, notices the edit and raises. An attribute of ctx is
only a reference to the same tensor, and nobody watches it. Attributes of ctx are for numbers and shapes.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.input = input
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output * (ctx.input > 0)


def custom_relu(input):
    return ReLUFunction.apply(input)
