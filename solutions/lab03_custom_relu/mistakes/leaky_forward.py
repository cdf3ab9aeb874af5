# fails: forward_values forward_fresh_values forward_repeat gradcheck gradcheck_upstream gradcheck_own_rule parity_values parity_gradient parity_noncontiguous shapes shapes_gradient inplace_input_untouched inplace_grad_output_untouched inplace_edit_after_forward network
"""Output of leaky ReLU for negative inputs

Negative numbers leave a trace: for x = -2 your function returns -0.02, expected 0.

That is leaky ReLU, one of the extensions. Plain ReLU outputs an exact 0 on the left; the gradient that you
return, 0, belongs to that.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return torch.where(input > 0, input, 0.01 * input)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * (input > 0)


def custom_relu(input):
    return ReLUFunction.apply(input)
