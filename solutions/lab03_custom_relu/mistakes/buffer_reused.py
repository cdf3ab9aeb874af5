# fails: forward_repeat gradcheck gradcheck_upstream
"""A later call overwrites an earlier result

A later call changes the result of an earlier one: after a = f((1, 2)) and b = f((3, 4)), a is (3, 4) as well.

Your forward writes every result into the same buffer, so all results of one shape are the same tensor. In a
network the first layer's output would be overwritten by the second layer's. Return a new tensor from every call;
PyTorch reuses memory by itself once nobody needs it.
"""
class ReLUFunction(torch.autograd.Function):
    buffers = {}  # one for each shape and dtype, to save memory

    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input > 0)
        buffer = ReLUFunction.buffers.setdefault((input.shape, input.dtype), torch.empty_like(input))
        buffer.copy_(input).clamp_(min=0)
        return buffer.view_as(input)

    @staticmethod
    def backward(ctx, grad_output):
        (mask,) = ctx.saved_tensors
        return grad_output * mask


def custom_relu(input):
    return ReLUFunction.apply(input)
