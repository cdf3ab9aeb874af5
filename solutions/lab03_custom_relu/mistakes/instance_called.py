# fails: forward_values forward_fresh_values forward_repeat zero_edge zero_edge_after_relu gradcheck gradcheck_upstream gradcheck_own_rule parity_values parity_gradient parity_noncontiguous shapes shapes_gradient inplace_input_untouched inplace_grad_output_untouched inplace_edit_after_forward network network_skip
"""An instance of `ReLUFunction` is called

Every call raises "Legacy autograd function with non-static forward method is deprecated".

Layers (nn.Module) are made first and called afterwards. A Function is different: its methods are static, no
object of the class is ever made, and it is used through the class itself. The wrapper in the starter shows how.
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
    relu = ReLUFunction()
    return relu(input)
