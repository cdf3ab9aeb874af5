# fails: gradcheck_own_rule from_scratch
"""custom_relu calls PyTorch's own ReLU, and the class above it is never used.

While trying things out it is natural to put torch.relu there for comparison. The wrapper has to send the input
through your ReLUFunction, as it does in the starter.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * (input > 0)


def custom_relu(input):
    return torch.relu(input)
