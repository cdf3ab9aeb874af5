"""Texts of Lab 03's answer cell that tests start from."""

RIGHT = """class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * (input > 0)


def custom_relu(input):
    return ReLUFunction.apply(input)
"""
ZEROS = "def custom_relu(x):\n    return torch.zeros_like(x) + 0 * x\n"
