# fails: shapes shapes_gradient
"""Empty tensors raise an error

For an empty tensor, such as torch.zeros(0), your function raises an error: max() of no elements does not exist.

Empty tensors are ordinary: the last batch of a data set, a selection that selects nothing. Elementwise operations
return an empty result by themselves. The shortcut for "everything is negative" saves nothing, since finding out
costs as much as doing the work.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        if input.max() <= 0:
            return torch.zeros_like(input)
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * (input > 0)


def custom_relu(input):
    return ReLUFunction.apply(input)
