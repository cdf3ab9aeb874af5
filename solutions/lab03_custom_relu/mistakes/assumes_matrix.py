# fails: forward_values forward_fresh_values zero_edge gradcheck_upstream gradcheck_own_rule parity_noncontiguous shapes shapes_gradient
"""Only inputs with two dimensions are accepted

Your function works for inputs with two dimensions only: for torch.tensor([1.0, 2.0]) it raises "not enough values
to unpack".

ReLU has no notion of batch and features. Convolutions hand it four dimensions, a loss hands it none. If you need
a tensor of the same shape as the input, ask for one *like* it, without naming its dimensions.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        batch, features = input.shape
        ctx.save_for_backward(input)
        return torch.maximum(input, torch.zeros(batch, features, dtype=input.dtype))

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * (input > 0)


def custom_relu(input):
    return ReLUFunction.apply(input)
