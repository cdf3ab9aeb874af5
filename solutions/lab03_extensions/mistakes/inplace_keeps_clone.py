# fails: inplace_saved
"""`relu_` keeps a full copy of the old values

relu_ works, but it keeps a full copy of the old values for backward: as much memory as the result that it was meant
to save.

backward does not need the old values, only where they were positive. That takes one byte per element, or none, if the
result still tells it: see the table in exercise 5.
"""
# %% answer="inplace"
class ReLUInplaceFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x.clone())
        ctx.mark_dirty(x)
        return x.clamp_(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (old,) = ctx.saved_tensors
        return grad_output * (old > 0)


def relu_(x):
    return ReLUInplaceFunction.apply(x)
