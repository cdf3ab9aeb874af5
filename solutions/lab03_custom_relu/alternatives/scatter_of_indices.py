class ReLUFunction(torch.autograd.Function):
    """Saves where the positive elements are, and copies only those; pays off when they are few."""

    @staticmethod
    def forward(ctx, input):
        flat = input.reshape(-1)
        (where,) = torch.nonzero(flat > 0, as_tuple=True)
        ctx.save_for_backward(where)
        return torch.zeros_like(flat).index_copy(0, where, flat[where]).reshape(input.shape)

    @staticmethod
    def backward(ctx, grad_output):
        (where,) = ctx.saved_tensors
        flat = grad_output.reshape(-1)
        return torch.zeros_like(flat).index_copy(0, where, flat[where]).reshape(grad_output.shape)


def custom_relu(input):
    return ReLUFunction.apply(input)
