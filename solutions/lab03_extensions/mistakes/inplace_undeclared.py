# fails: inplace_history
"""`relu_` does not tell autograd of the edit

After relu_(h), code that goes on with h has the wrong gradient: for h = -1, (3 * h).sum() sends back 3 where it
should send 0. A leaf that requires a gradient is edited without an error.

Autograd does not watch what forward does to the numbers of x. Unless it is told that x has been edited, it keeps the
old history for x. Look at step 2 of the contract in exercise 5.
"""
# %% answer="inplace"
class ReLUInplaceFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        x.clamp_(min=0)
        ctx.save_for_backward(x)
        return x

    @staticmethod
    def backward(ctx, grad_output):
        (result,) = ctx.saved_tensors
        return grad_output * (result > 0)


def relu_(x):
    return ReLUInplaceFunction.apply(x)
