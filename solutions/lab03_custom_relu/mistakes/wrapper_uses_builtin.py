# fails: forward_values forward_fresh_values forward_repeat zero_edge zero_edge_after_relu gradcheck gradcheck_upstream gradcheck_own_rule parity_values parity_gradient parity_noncontiguous shapes shapes_gradient inplace_input_untouched inplace_grad_output_untouched inplace_edit_after_forward network network_skip from_scratch
"""`custom_relu` calls PyTorch's own ReLU

custom_relu calls PyTorch's own ReLU, and the class above it is never used.

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
