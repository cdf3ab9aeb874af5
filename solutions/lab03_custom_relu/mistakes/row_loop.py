# fails: zero_edge gradcheck_own_rule shapes shapes_gradient
"""The loop over rows fails for a single number

For a single number without dimensions, torch.tensor(2.0), your function raises "len() of a 0-d tensor".

A loop over the rows assumes that there is a first dimension. A tensor of shape () has none: it is one number.
Elementwise operations do not care how many dimensions there are, and need no loop.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        output = torch.zeros_like(input)
        for i in range(len(input)):
            output[i] = input[i].clamp(min=0)
        return output

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * (input > 0)


def custom_relu(input):
    return ReLUFunction.apply(input)
