# fails: zero_edge zero_edge_after_relu
"""Slope 1 at x = 0

At exactly x = 0 your gradient is 1 times what comes from above; this lab asks for 0, the value that F.relu uses.

Any number from 0 to 1 is a valid subgradient there, so this is a convention, not mathematics: clamp(min=0) really
does use 1. Exact zeros are not rare in practice, since a second ReLU sees one for every unit that the first
switched off. Look at which comparison decides the case x = 0.
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
        grad_input[input < 0] = 0
        return grad_input


def custom_relu(input):
    return ReLUFunction.apply(input)
