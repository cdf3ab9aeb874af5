# fails: forward_values forward_fresh_values forward_repeat zero_edge_after_relu gradcheck gradcheck_upstream gradcheck_own_rule parity_values parity_gradient parity_noncontiguous shapes shapes_gradient inplace_input_untouched inplace_grad_output_untouched inplace_edit_after_forward network
"""Negative numbers kept, positive ones removed

Your function keeps the negative numbers and removes the positive ones: for x = (-2, 3) it returns (-2, 0),
expected (0, 3).

max(0, x) is never below 0, so 0 is the *lower* bound of the result. Check the argument of clamp, or which branch
of the condition you return.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(max=0)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * (input > 0)


def custom_relu(input):
    return ReLUFunction.apply(input)
