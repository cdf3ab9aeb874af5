# fails: forward_values forward_fresh_values forward_repeat zero_edge zero_edge_after_relu gradcheck gradcheck_upstream gradcheck_own_rule parity_values parity_gradient parity_noncontiguous shapes shapes_gradient inplace_input_untouched inplace_grad_output_untouched inplace_edit_after_forward network network_skip
"""`custom_relu` returns an object, not a tensor

Your function returns an object of the class ReLUFunction, expected a tensor.

Calling a class makes an object of it; neither forward nor backward has run. A Function is used through one of the
class's own methods, which runs forward and enters the rule into the graph. The wrapper in the starter shows
which.
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
    return ReLUFunction(input)
