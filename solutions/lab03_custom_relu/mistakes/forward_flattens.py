# fails: forward_values forward_fresh_values forward_repeat zero_edge zero_edge_after_relu gradcheck gradcheck_upstream gradcheck_own_rule parity_values parity_gradient parity_noncontiguous shapes shapes_gradient inplace_input_untouched inplace_grad_output_untouched inplace_edit_after_forward network network_skip
"""The output is always one-dimensional

Your output is always one-dimensional: for an input of shape (2, 3) it has shape (6,), and for a single number ()
it has shape (1,).

ReLU treats every element by itself, so it has no reason to touch the shape; the next layer counts on it.
Elementwise operations work in any number of dimensions, so no flattening is needed.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.flatten().clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output.reshape(input.shape) * (input > 0)


def custom_relu(input):
    return ReLUFunction.apply(input)
