# fails: zero_edge gradcheck_own_rule parity_noncontiguous
"""`view` fails for transposed tensors

For a transposed tensor, as input or as upstream gradient, your backward raises "view size is not compatible with
input tensor's size and stride".

view reinterprets the memory without moving anything, which works only where the numbers lie in the order in which
they are read. x.t() has the same memory in another order. Nothing has to be flattened here: comparison and
product work in any number of dimensions.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        mask = input.view(-1) > 0
        grad_input = grad_output.view(-1) * mask
        return grad_input.view(input.shape)


def custom_relu(input):
    return ReLUFunction.apply(input)
