# fails: inplace_same inplace_history inplace_saved
"""`relu_` returns a new tensor

relu_(h) returns the right values in a new tensor and leaves h as it was.

The underscore promises that the argument itself is overwritten and that no memory is needed for a result. Most
operations have an in-place form, whose name ends in an underscore; then autograd must be told, and x itself returned.
"""
# %% answer="inplace"
class ReLUInplaceFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        result = x.clamp(min=0)
        ctx.save_for_backward(result)
        return result

    @staticmethod
    def backward(ctx, grad_output):
        (result,) = ctx.saved_tensors
        return grad_output * (result > 0)


def relu_(x):
    return ReLUInplaceFunction.apply(x)
