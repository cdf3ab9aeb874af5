# fails: forward_values forward_fresh_values zero_edge gradcheck_upstream gradcheck_own_rule parity_values parity_gradient shapes shapes_gradient
"""The forward pass goes through numpy

For bfloat16 your function raises "Got unsupported ScalarType BFloat16", and for a single number without
dimensions, torch.tensor(2.0), it fails as well.

The way through numpy ends where numpy has no equivalent: it has no bfloat16, it turns arrays without dimensions
into plain numbers, and it cannot see a GPU. PyTorch has every operation you need here.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        array = input.detach().numpy()
        return torch.from_numpy(np.maximum(array, 0))

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * (input > 0)


def custom_relu(input):
    return ReLUFunction.apply(input)
