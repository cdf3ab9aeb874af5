# fails: forward_values forward_fresh_values forward_repeat zero_edge zero_edge_after_relu gradcheck gradcheck_upstream gradcheck_own_rule parity_values parity_gradient parity_noncontiguous shapes shapes_gradient inplace_input_untouched inplace_grad_output_untouched inplace_edit_after_forward network network_skip
"""The output is shorter than the input

Your output is shorter than the input: for x = (-1, 2, 3) it has 2 elements, expected the 3 elements (0, 2, 3).

Indexing with a mask *picks* the elements where the mask is true and drops the others. ReLU does not remove
elements: it puts a 0 in their place, so that every unit stays where it was.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input[input > 0]

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        grad_input = torch.zeros_like(input)
        grad_input[input > 0] = grad_output
        return grad_input


def custom_relu(input):
    return ReLUFunction.apply(input)
