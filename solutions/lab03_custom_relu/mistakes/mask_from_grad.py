# fails: zero_edge zero_edge_after_relu gradcheck gradcheck_upstream parity_gradient inplace_edit_after_forward network network_skip
"""Mask made from the sign of `grad_output`

The sign of the wrong tensor decides: at x = -1, with 2 coming from above, your gradient is 2, expected 0; at x =
1, with -4 from above, it is 0, expected -4.

The slope of ReLU at x depends on x, so the mask has to be made from what forward saw. Check which tensor you
compare with 0 in backward, and whether what you fetched from ctx is used at all.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        grad_input = grad_output.clone()
        grad_input[grad_output <= 0] = 0
        return grad_input


def custom_relu(input):
    return ReLUFunction.apply(input)
