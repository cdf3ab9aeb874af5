# fails: zero_edge gradcheck gradcheck_upstream parity_gradient inplace_edit_after_forward network network_skip
"""The upstream gradient is ignored

Your backward returns the slope, 0 or 1, whatever comes from above: at x = 2, with an upstream gradient of 5, it
returns 1, expected 5.

Under loss = y.sum() the upstream gradient is all ones and nobody notices. The task of backward is the chain rule:
the gradient at the output times the local slope. Which of the arguments of your backward is never used?
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return (input > 0).float()


def custom_relu(input):
    return ReLUFunction.apply(input)
