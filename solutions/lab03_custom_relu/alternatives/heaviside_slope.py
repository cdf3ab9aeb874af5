class ReLUFunction(torch.autograd.Function):
    """The slope as the Heaviside step function, whose value at 0 is an argument."""

    @staticmethod
    def forward(ctx, input):
        slope = torch.heaviside(input.detach(), torch.zeros_like(input))
        ctx.save_for_backward(slope)
        return torch.maximum(input, input.new_zeros(()))

    @staticmethod
    def backward(ctx, grad_output):
        (slope,) = ctx.saved_tensors
        return slope * grad_output


def custom_relu(input):
    return ReLUFunction.apply(input)
