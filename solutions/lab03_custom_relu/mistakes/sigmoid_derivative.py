# fails: zero_edge zero_edge_after_relu gradcheck gradcheck_upstream parity_gradient network network_skip
"""Slope of the sigmoid

Your gradient is y * (1 - y) times what comes from above: at x = 3, with 1 from above, it is -6, expected 1.

y * (1 - y) is the derivative of the sigmoid, written with its output y. Every activation has its own:
differentiate the function that your forward computes. ReLU is made of two straight pieces; what is the slope of
each?
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        output = input.clamp(min=0)
        ctx.save_for_backward(output)
        return output

    @staticmethod
    def backward(ctx, grad_output):
        (output,) = ctx.saved_tensors
        return grad_output * output * (1 - output)


def custom_relu(input):
    return ReLUFunction.apply(input)
