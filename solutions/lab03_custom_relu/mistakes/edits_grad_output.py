# fails: zero_edge_after_relu parity_noncontiguous inplace_grad_output_untouched network_skip
"""`grad_output` is written to

After your backward, the gradient that you were handed has changed. Autograd may give the same tensor to a
neighbor, as in relu(h) + h, where the skip branch now receives 0 at h = -1, so that the gradient is 0, expected
1.

After loss = y.sum() it is worse: all elements of the upstream gradient are one number in memory, and zeroing one
zeroes all. Build a new tensor instead of writing into the one you got.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        grad_output[input <= 0] = 0
        return grad_output


def custom_relu(input):
    return ReLUFunction.apply(input)
