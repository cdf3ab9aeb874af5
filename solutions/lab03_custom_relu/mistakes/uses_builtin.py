# fails: forward_values forward_fresh_values forward_repeat zero_edge zero_edge_after_relu gradcheck gradcheck_upstream gradcheck_own_rule parity_values parity_gradient parity_noncontiguous shapes shapes_gradient inplace_input_untouched inplace_grad_output_untouched inplace_edit_after_forward network from_scratch
"""`forward` calls PyTorch's own ReLU

Your forward calls PyTorch's own ReLU.

The numbers are right, of course, but the lab is to write ReLU yourself: nothing in the answer may get its result
from F.relu, torch.relu, nn.ReLU or threshold. clamp, maximum, where, comparisons and masks are all allowed, and
in cells of your own you may compare with F.relu as much as you like.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return F.relu(input)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * (input > 0)


def custom_relu(input):
    return ReLUFunction.apply(input)
