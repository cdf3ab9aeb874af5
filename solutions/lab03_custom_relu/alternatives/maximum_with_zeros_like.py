class ReLUFunction(torch.autograd.Function):
    """Elementwise maximum with a tensor of zeros that copies dtype and device."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.max(x, torch.zeros_like(x))

    @staticmethod
    def backward(ctx, grad_output):
        x, = ctx.saved_tensors
        grad_output = grad_output.clone()
        return grad_output * (x > 0)


def custom_relu(x):
    return ReLUFunction.apply(x)
