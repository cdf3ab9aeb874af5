# fails: forward_repeat zero_edge zero_edge_after_relu gradcheck gradcheck_upstream gradcheck_own_rule parity_gradient parity_noncontiguous shapes_gradient inplace_input_untouched inplace_grad_output_untouched inplace_edit_after_forward network network_skip
"""Gradient is a single number

For any input of more than one element, the backward pass raises "returned an invalid gradient": your backward
returns a single number.

A gradient always has the shape of the tensor it belongs to: one number for each element of the input, saying how
the loss changes with *that* element. Adding them up is not part of the rule.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        grad_input = grad_output * (input > 0)
        return grad_input.sum()


def custom_relu(input):
    return ReLUFunction.apply(input)
