# fails: inplace_input_untouched
"""`forward` edits its input through `.data`

Your function changes its input: after y = f(x) with x = (-2, 3), x itself is (0, 3).

.data is not a copy. It is the same memory under another name, without autograd's protection: what you write there
is in x, and nobody is warned. If you want to overwrite elements, do it in a tensor of your own.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input > 0)
        output = input.data
        output[output < 0] = 0
        return output.clone()

    @staticmethod
    def backward(ctx, grad_output):
        (mask,) = ctx.saved_tensors
        return grad_output * mask


def custom_relu(input):
    return ReLUFunction.apply(input)
