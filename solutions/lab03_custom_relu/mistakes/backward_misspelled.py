# fails: forward_repeat zero_edge zero_edge_after_relu gradcheck gradcheck_upstream gradcheck_own_rule parity_gradient parity_noncontiguous shapes_gradient inplace_input_untouched inplace_grad_output_untouched inplace_edit_after_forward network network_skip
"""No method named `backward` in the class

The forward pass works; every backward pass raises "You must implement either the backward or vjp method".

Autograd finds your rule by its name, and there is no method of that name in your class. The same happens if the
method has slipped out of the class by its indentation. Compare the name with the one in the starter, letter by
letter.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(min=0)

    @staticmethod
    def backwards(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * (input > 0)


def custom_relu(input):
    return ReLUFunction.apply(input)
