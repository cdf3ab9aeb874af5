# fails: zero_edge zero_edge_after_relu gradcheck gradcheck_upstream parity_gradient network network_skip
"""Gradient has the wrong sign

Your gradient has the wrong sign: at x = 2, with 5 coming from above, it is -5, expected 5.

The minus of gradient descent belongs to the optimizer, w - lr * gradient, and to nobody else. backward returns
the gradient itself: if L grows with y, and y grows with x, then L grows with x.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return -grad_output * (input > 0)


def custom_relu(input):
    return ReLUFunction.apply(input)
