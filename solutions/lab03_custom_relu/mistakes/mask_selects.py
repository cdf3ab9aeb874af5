# fails: forward_repeat zero_edge zero_edge_after_relu gradcheck gradcheck_upstream gradcheck_own_rule parity_gradient parity_noncontiguous shapes_gradient inplace_input_untouched inplace_grad_output_untouched inplace_edit_after_forward network network_skip
"""Gradient is shorter than the input

As soon as one element is not positive, the backward pass raises "returned an invalid gradient": for x = (-1, 2,
3) your gradient has 2 elements, expected 3.

Indexing with a mask *picks* the elements where the mask is true and drops the others, so the result is shorter.
The gradient needs a number for every element of the input, and at switched-off elements that number is 0.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output[input > 0]


def custom_relu(input):
    return ReLUFunction.apply(input)
