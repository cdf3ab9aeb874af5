# fails: forward_values forward_fresh_values forward_repeat zero_edge zero_edge_after_relu gradcheck gradcheck_upstream gradcheck_own_rule parity_values parity_gradient parity_noncontiguous shapes shapes_gradient inplace_input_untouched inplace_grad_output_untouched inplace_edit_after_forward network network_skip
"""`forward` has no parameter for ctx

Every call raises "takes 1 positional argument but 2 were given": forward has no parameter for ctx.

apply calls forward with ctx in front of your own arguments, always. Through it forward hands on what backward
will need. Compare the first line of forward with the one in the starter.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(input):
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * (input > 0)


def custom_relu(input):
    return ReLUFunction.apply(input)
