from torch.autograd.function import once_differentiable


class ReLUFunction(torch.autograd.Function):
    """Says openly that backward is not meant to be differentiated again."""

    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(min=0)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * (input > 0)


def custom_relu(input):
    return ReLUFunction.apply(input)
