# fails: zero_edge zero_edge_after_relu gradcheck_own_rule
"""`forward` called directly, `backward` never runs

Your backward never runs. The values are right, but y.grad_fn is ClampBackward, not ReLUFunctionBackward, and at x
= 0 the gradient is 1, expected 0.

Called directly, forward is an ordinary Python function, and autograd records the operations inside it, each with
PyTorch's own rule (for clamp that is 1 at the bound). Only apply puts your rule into the graph. Look at the
wrapper.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * (input > 0)


def custom_relu(input):
    return ReLUFunction.forward(ReLUFunction, input)
