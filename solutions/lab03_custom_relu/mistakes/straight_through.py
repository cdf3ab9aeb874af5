# fails: zero_edge zero_edge_after_relu gradcheck gradcheck_upstream parity_gradient network network_skip
"""The upstream gradient is handed on unchanged

Your backward hands the upstream gradient on unchanged: at x = -1, with 2 coming from above, it returns 2,
expected 0.

That would be right for y = x. Where ReLU outputs 0 whatever the input does, a small change of the input changes
nothing, so the slope there is 0. (On purpose, for functions without a useful slope, this is the straight-through
estimator.) backward needs to know on which side of 0 each input was.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output.clone()


def custom_relu(input):
    return ReLUFunction.apply(input)
