# fails: forward_repeat zero_edge zero_edge_after_relu gradcheck gradcheck_upstream gradcheck_own_rule parity_gradient parity_noncontiguous shapes_gradient inplace_input_untouched inplace_grad_output_untouched inplace_edit_after_forward network network_skip
"""Nothing is saved for `backward`

The forward pass works, and every backward pass raises "not enough values to unpack (expected 1, got 0)".

backward runs long after forward has returned, and its local variables are gone by then. Only what forward hands
to ctx survives. Yours hands over nothing, so ctx.saved_tensors is empty.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * (input > 0)


def custom_relu(input):
    return ReLUFunction.apply(input)
