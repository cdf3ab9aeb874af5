# fails: forward_repeat zero_edge zero_edge_after_relu gradcheck gradcheck_upstream gradcheck_own_rule parity_gradient parity_noncontiguous shapes_gradient inplace_input_untouched inplace_grad_output_untouched inplace_edit_after_forward network network_skip
"""The result does not require a gradient

Your result is not connected to its input: y.requires_grad is False, and backward raises "element 0 of tensors
does not require grad".

detach() and .data give a tensor without history, so autograd sees no reason to record your function. The
detaching is not needed: inside forward, recording is off anyway. Pass the input on as it is.
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
    return ReLUFunction.apply(input.detach())
