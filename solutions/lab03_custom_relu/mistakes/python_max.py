# fails: forward_values forward_fresh_values forward_repeat zero_edge zero_edge_after_relu gradcheck gradcheck_upstream gradcheck_own_rule parity_values parity_gradient parity_noncontiguous shapes shapes_gradient inplace_input_untouched inplace_grad_output_untouched inplace_edit_after_forward network network_skip
"""`max` of Python on a whole tensor

Your function raises "Boolean value of Tensor with more than one value is ambiguous", already for x = (-1, 2).

Python's own max asks whether one *whole* tensor is greater than the other, and expects a single yes or no. You
want the larger of the two for each element. PyTorch has functions for that, see hint 1.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return max(torch.zeros_like(input), input)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * (input > 0)


def custom_relu(input):
    return ReLUFunction.apply(input)
