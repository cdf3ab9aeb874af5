# fails: forward_repeat zero_edge zero_edge_after_relu gradcheck gradcheck_upstream gradcheck_own_rule parity_gradient parity_noncontiguous shapes_gradient inplace_input_untouched inplace_grad_output_untouched inplace_edit_after_forward network network_skip
"""`backward` returns two gradients

Every backward pass raises "returned an incorrect number of gradients (expected 1, got 2)".

backward returns one gradient for each argument of forward, ctx not counted, in the same order. Your forward has
one such argument, the input. The upstream gradient was given to you; nobody wants it back.
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
        return grad_output, grad_input


def custom_relu(input):
    return ReLUFunction.apply(input)
