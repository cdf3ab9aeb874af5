# fails: forward_repeat zero_edge zero_edge_after_relu gradcheck gradcheck_upstream gradcheck_own_rule parity_gradient parity_noncontiguous shapes_gradient inplace_input_untouched inplace_grad_output_untouched inplace_edit_after_forward network network_skip
"""`backward` returns None

The gradient at the input is None: autograd says that the input "appears to not have been used in the graph".

Your backward computes a result and ends without returning it, and for autograd None means "no gradient goes this
way". The last line of backward has to hand back the gradient.
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


def custom_relu(input):
    return ReLUFunction.apply(input)
