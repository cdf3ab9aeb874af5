class ReLUFunction(torch.autograd.Function):
    """max(0, x) = -min(0, -x), and a trailing None, which autograd tolerates."""

    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return -torch.minimum(-input, torch.zeros_like(input))

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * torch.logical_not(input <= 0), None


def custom_relu(input):
    return ReLUFunction.apply(input)
