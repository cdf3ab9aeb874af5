# fails: forward_repeat zero_edge zero_edge_after_relu gradcheck gradcheck_upstream gradcheck_own_rule parity_gradient parity_noncontiguous shapes_gradient inplace_input_untouched inplace_grad_output_untouched inplace_edit_after_forward network network_skip
"""The result begins a new graph

backward runs without complaint, but the gradient never arrives: x.grad stays None, and y has a gradient of its
own instead.

A result that is detached and then told to require a gradient is the beginning of a *new* graph; nothing leads
from it back to x. A result requires a gradient by itself if its input does and nothing on the way has cut the
connection.
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
    output = ReLUFunction.apply(input.detach())
    return output.requires_grad_()
