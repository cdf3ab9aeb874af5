# fails: forward_values forward_fresh_values forward_repeat zero_edge zero_edge_after_relu gradcheck gradcheck_upstream gradcheck_own_rule parity_values parity_gradient parity_noncontiguous shapes shapes_gradient inplace_input_untouched inplace_grad_output_untouched inplace_edit_after_forward network network_skip
"""The mask is returned along with the output

Your function returns a tuple of two tensors, expected a single one.

What forward returns is the result that the caller sees, so the mask must not be in it. What backward needs
travels through ctx instead. (And with two outputs, backward would receive two upstream gradients.)
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        mask = input > 0
        ctx.save_for_backward(mask)
        return input.clamp(min=0), mask

    @staticmethod
    def backward(ctx, grad_output):
        (mask,) = ctx.saved_tensors
        return grad_output * mask


def custom_relu(input):
    return ReLUFunction.apply(input)
