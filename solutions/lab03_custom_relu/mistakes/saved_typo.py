# fails: forward_repeat zero_edge zero_edge_after_relu gradcheck gradcheck_upstream gradcheck_own_rule parity_gradient parity_noncontiguous shapes_gradient inplace_input_untouched inplace_grad_output_untouched inplace_edit_after_forward network network_skip
"""`ctx.saved_tensor` in the singular

Every backward pass raises "object has no attribute 'saved_tensor'".

What save_for_backward takes is read back under a name in the plural, for one tensor as for many. Compare with the
docstring in the starter.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        input = ctx.saved_tensor[0]
        return grad_output * (input > 0)


def custom_relu(input):
    return ReLUFunction.apply(input)
