# fails: forward_values forward_fresh_values forward_repeat gradcheck gradcheck_upstream gradcheck_own_rule parity_values parity_gradient parity_noncontiguous shapes shapes_gradient inplace_input_untouched inplace_grad_output_untouched inplace_edit_after_forward network
"""Negative numbers come back positive

Negative numbers come back positive: for x = (-2, 3) your function returns (2, 3), expected (0, 3).

ReLU removes the negative part, it does not mirror it. On the left the graph runs along the x axis.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.abs()

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * (input > 0)


def custom_relu(input):
    return ReLUFunction.apply(input)
