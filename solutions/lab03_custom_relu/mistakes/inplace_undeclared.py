# fails: forward_repeat parity_noncontiguous inplace_input_untouched
"""`forward` edits its input in place

Your function changes its input: after y = f(x) with x = (-2, 3), x itself is (0, 3).

Operations whose name ends in an underscore write into the tensor. The caller may still need it, for a skip
connection or for its own backward pass, and autograd was not told, so it computes wrong gradients there without
an error. Make a new tensor. (A ReLU that is in-place on purpose is one of the extensions.)
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        output = input.clamp_(min=0)
        ctx.save_for_backward(output)
        return output

    @staticmethod
    def backward(ctx, grad_output):
        (output,) = ctx.saved_tensors
        return grad_output * (output > 0)


def custom_relu(input):
    return ReLUFunction.apply(input)
