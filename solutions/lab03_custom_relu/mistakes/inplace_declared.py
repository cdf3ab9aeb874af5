# fails: forward_repeat zero_edge_after_relu gradcheck gradcheck_own_rule parity_noncontiguous inplace_input_untouched network network_skip
"""`forward` edits its input, declared by `mark_dirty`

Your function changes its input, and for an input that requires a gradient it raises "a leaf Variable that
requires grad has been used in an in-place operation".

You told autograd honestly, with mark_dirty, and autograd refuses, because the values of a leaf may not be
overwritten. This lab asks for a ReLU that leaves its input alone. The in-place one is an extension.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.mark_dirty(input)
        output = input.clamp_(min=0)
        ctx.save_for_backward(output)
        return output

    @staticmethod
    def backward(ctx, grad_output):
        (output,) = ctx.saved_tensors
        return grad_output * (output > 0)


def custom_relu(input):
    return ReLUFunction.apply(input)
