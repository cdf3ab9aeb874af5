class ReLUFunction(torch.autograd.Function):
    """max(0, x) = (x + |x|) / 2, in double precision so that large half-precision numbers do not overflow."""

    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        wide = input.double()
        return ((wide + wide.abs()) / 2).type_as(input)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        slope = torch.div(input.sign() + 1, 2, rounding_mode="floor")  # -1, 0, 1 become 0, 0, 1
        return grad_output * slope


def custom_relu(input):
    return ReLUFunction.apply(input)
