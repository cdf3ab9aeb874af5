# fails: inplace_same inplace_gradient inplace_history inplace_saved
"""`relu_` marks x as edited and returns a copy

relu_ raises an error: x is marked as edited in place, but what forward returns is a copy of it.

mark_dirty promises that the edited tensor itself comes out of the Function, with a new history. So return the very
tensor that you marked.
"""
# %% answer="inplace"
class ReLUInplaceFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.mark_dirty(x)
        x.clamp_(min=0)
        ctx.save_for_backward(x)
        return x.clone()

    @staticmethod
    def backward(ctx, grad_output):
        (result,) = ctx.saved_tensors
        return grad_output * (result > 0)


def relu_(x):
    return ReLUInplaceFunction.apply(x)
