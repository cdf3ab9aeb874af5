# fails: forward_repeat gradcheck gradcheck_upstream gradcheck_own_rule inplace_input_untouched
"""`backward` overwrites the input of `forward`

Your backward pass changes the input of the forward pass: after y.sum().backward() with x = (-2, 3), x itself is
(0, 1).

What comes out of ctx.saved_tensors is the caller's tensor, not a copy. Writing zeros and ones into it makes a
mask, and destroys the data (or the weights) that it held. Put the mask into a tensor of its own; a comparison
makes a new one.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        input[input <= 0] = 0
        input[input > 0] = 1
        return grad_output * input


def custom_relu(input):
    return ReLUFunction.apply(input)
