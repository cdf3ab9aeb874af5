class ReLUFunction(torch.autograd.Function):
    """Saves the output, which is positive exactly where the input was; so the input need not be kept alive."""

    @staticmethod
    def forward(ctx, input):
        output = torch.clamp_min(input, 0)
        ctx.save_for_backward(output)
        return output

    @staticmethod
    def backward(ctx, grad_output):
        output, = ctx.saved_tensors
        return grad_output.masked_fill(output <= 0, 0)


def custom_relu(input):
    return ReLUFunction.apply(input)
