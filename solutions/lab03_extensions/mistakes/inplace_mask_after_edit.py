# fails: inplace_gradient inplace_history
"""`relu_` lets every gradient through

relu_ lets every gradient through: at x = -1 yours is 1, and should be 0.

Your mask is made after the edit, when no value is negative any more, so "not negative" holds everywhere. Which
comparison still separates what was positive from what was not? Or when must the mask be made?
"""
# %% answer="inplace"
class ReLUInplaceFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        x.clamp_(min=0)
        ctx.mark_dirty(x)
        ctx.save_for_backward(x >= 0)
        return x

    @staticmethod
    def backward(ctx, grad_output):
        (mask,) = ctx.saved_tensors
        return grad_output * mask


def relu_(x):
    return ReLUInplaceFunction.apply(x)
