# fails: forward_repeat zero_edge zero_edge_after_relu gradcheck gradcheck_upstream gradcheck_own_rule parity_gradient parity_noncontiguous shapes_gradient inplace_input_untouched inplace_grad_output_untouched inplace_edit_after_forward network network_skip
"""A plain number goes to `save_for_backward`

As soon as the input requires a gradient, your function raises "save_for_backward can only save variables, but
argument 1 is of type float".

save_for_backward takes tensors and nothing else, because it watches them for edits. A plain number needs no
watching: keep it as an attribute of ctx, or write it where it is used.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        threshold = 0.0
        ctx.save_for_backward(input, threshold)
        return input.clamp(min=threshold)

    @staticmethod
    def backward(ctx, grad_output):
        input, threshold = ctx.saved_tensors
        return grad_output * (input > threshold)


def custom_relu(input):
    return ReLUFunction.apply(input)
